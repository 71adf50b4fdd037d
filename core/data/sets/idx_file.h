/* idx_file.h: the IDX format of LeCun's MNIST (http://yann.lecun.com/exdb/mnist): big-endian
 * sizes, then bytes; plain or gzipped. */
#ifndef RN_CORE_DATA_SETS_IDX_FILE_H
#define RN_CORE_DATA_SETS_IDX_FILE_H

#include <resnet/status.h>
#include <stdint.h>

#define RN_IDX_MAX_RANK 4

typedef struct rn_idx {
    int32_t rank;
    int64_t shape[RN_IDX_MAX_RANK]; /* of the whole file */
    int64_t kept;  /* items (along the first dimension) that were read: shape[0], or the limit */
    uint8_t *data; /* kept * shape[1] * …; freed by rn_idx_free */
} rn_idx;

/* Reads an array of bytes of `rank` dimensions, which after the first must be `item_shape`
 * (rank - 1 sizes), or any sizes where that is NULL. `limit` > 0 keeps only the first items, and
 * does not check the rest of the file. RN_E_DATA names the file, what was found and what was
 * expected. */
rn_status rn_idx_read(const char *path, int32_t rank, const int64_t *item_shape, int64_t limit,
                      rn_idx *out);
void rn_idx_free(rn_idx *idx);

#endif
