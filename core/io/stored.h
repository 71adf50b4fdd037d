/* stored.h: tensors as a file holds them: numbers of any type, at any strides, usually in memory
 * that the file is mapped into. */
#ifndef RN_CORE_IO_STORED_H
#define RN_CORE_IO_STORED_H

#include <resnet/status.h>
#include <resnet/tensor.h>
#include <stdbool.h>

#include "io/element.h"

/* Its data and its name belong to the file. */
typedef struct rn_stored {
    const char *name;
    const rn_element *type;
    int32_t rank;
    int64_t shape[RN_MAX_RANK];
    int64_t stride[RN_MAX_RANK]; /* in elements; 0 or more */
    const uint8_t *data;         /* the first element; may be misaligned */
} rn_stored;

/* The tensors of a file, in the order of their names. */
typedef struct rn_stored_table {
    rn_stored *tensors;
    int64_t count;
} rn_stored_table;

/* Puts the tensors in the order of their names. RN_E_DATA names one that is there twice; `path` is
 * for the message. */
rn_status rn_stored_sort(rn_stored_table *table, const char *path);

/* The tensor of that name in a sorted table, or NULL. */
const rn_stored *rn_stored_find(const rn_stored_table *table, const char *name);

/* The number of elements; RN_E_DATA where it does not fit in 62 bits. */
rn_status rn_stored_count(const rn_stored *tensor, const char *path, int64_t *count);

/* Sets the strides of a tensor without gaps, row by row. */
void rn_stored_pack(rn_stored *tensor);

/* The bytes from the first element to the end of the last; false where they do not fit in 63 bits,
 * or a length or a stride is negative. */
bool rn_stored_extent(const rn_stored *tensor, uint64_t *bytes);

/* True if `data` is the tensor as the engine takes it: aligned floats without gaps. */
bool rn_stored_is_plain(const rn_stored *tensor);

/* Copies the numbers, row by row, as floats. RN_E_DATA if they are of an integer type, or too large
 * for a float. */
rn_status rn_stored_read(const rn_stored *tensor, const char *path, float *to);

#endif
