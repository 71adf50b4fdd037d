/* idx_pair.h: a split that is stored as a pair of IDX files: pictures of bytes, and labels. */
#ifndef RN_CORE_DATA_SETS_IDX_PAIR_H
#define RN_CORE_DATA_SETS_IDX_PAIR_H

#include "data/dataset.h"

typedef struct rn_idx_pair {
    const char *images, *labels; /* paths */
    int64_t side;                /* of every picture; 0: any size */
    int64_t n_classes;           /* 0: one more than the largest label */
    int64_t limit;               /* as in rn_dataset_params */
} rn_idx_pair;

/* Reads both files whole; the rest are functions of the kind. Leaves the names of classes to the
 * caller. RN_E_DATA: the files do not fit together. */
rn_status rn_idx_pair_open(const rn_idx_pair *pair, rn_dataset *dataset);
void rn_idx_pair_close(rn_dataset *dataset);
rn_status rn_idx_pair_read(const rn_dataset *dataset, int64_t index, rn_sample *sample);
int32_t rn_idx_pair_label(const rn_dataset *dataset, int64_t index);
void rn_idx_pair_locate(const rn_dataset *dataset, int64_t index, char *path, size_t size);
void rn_idx_pair_describe(const rn_dataset *dataset, int64_t index, char *text, size_t size);

#endif
