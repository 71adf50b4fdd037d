/* idx.h: the IDX format of LeCun's MNIST (http://yann.lecun.com/exdb/mnist): big-endian sizes, then
 * bytes; plain or gzipped. */
#ifndef RN_CORE_DATA_IDX_H
#define RN_CORE_DATA_IDX_H

#include <resnet/status.h>
#include <stdint.h>

#define RN_IDX_MAX_RANK 4

typedef struct rn_idx {
    int32_t rank;
    int64_t shape[RN_IDX_MAX_RANK];
    int64_t kept;  /* items (first dimension) that were read: shape[0], or the limit */
    uint8_t *data; /* kept * shape[1] * …; freed by rn_idx_free */
} rn_idx;

/* Reads an array of bytes of `rank` dimensions. `item_shape` gives the rank - 1 sizes after the
 * first. `limit` > 0 keeps the first items only and looks at no more of the file. RN_E_DATA names
 * the file, what was found and what was expected. */
rn_status rn_idx_read(const char *path, int32_t rank, const int64_t *item_shape, int64_t limit,
                      rn_idx *out);
void rn_idx_free(rn_idx *idx);

#endif
