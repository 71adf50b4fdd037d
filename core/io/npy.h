/* npy.h: NumPy's format of one array (formats 1.0 to 3.0), mapped into memory. */
#ifndef RN_CORE_IO_NPY_H
#define RN_CORE_IO_NPY_H

#include "io/map.h"

#define RN_NPY_MAX_RANK 4

/* Zero-initialise. */
typedef struct rn_npy {
    rn_map map;
    char type;    /* 'u', 'i', 'f': as in NumPy's names of types */
    int32_t size; /* bytes of an element */
    int32_t rank;
    int64_t shape[RN_NPY_MAX_RANK];
    const uint8_t *data; /* in C order, little-endian */
} rn_npy;

/* Maps a file. RN_E_DATA: damaged, truncated, or an array in another order, of another type, or of
 * more than RN_NPY_MAX_RANK dimensions. */
rn_status rn_npy_open(const char *path, rn_npy *npy);

void rn_npy_close(rn_npy *npy);

#endif
