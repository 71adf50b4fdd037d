/* file_set.h: data sets whose samples are files: what such kinds share. */
#ifndef RN_CORE_DATA_SETS_FILE_SET_H
#define RN_CORE_DATA_SETS_FILE_SET_H

#include "data/dataset.h"
#include "data/sets/index.h"

/* The state of such a data set. */
typedef struct rn_file_set {
    rn_index index;
    char *root; /* of the paths in the index, as the kind wants it; may be NULL */
} rn_file_set;

/* Functions of the kind; the path of a file is what its `describe` writes. */
rn_status rn_file_set_read(const rn_dataset *dataset, int64_t index, rn_sample *sample);
int32_t rn_file_set_label(const rn_dataset *dataset, int64_t index);
void rn_file_set_read_ahead(const rn_dataset *dataset, int64_t index);
void rn_file_set_close(rn_dataset *dataset);

#endif
