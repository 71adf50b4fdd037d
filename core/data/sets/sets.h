/* sets.h: the kinds of data sets, and what they share: where a split is stored. */
#ifndef RN_CORE_DATA_SETS_SETS_H
#define RN_CORE_DATA_SETS_SETS_H

#include "data/dataset.h"
#include "io/file.h"

extern const rn_dataset_kind rn_set_folder;
extern const rn_dataset_kind rn_set_list;
extern const rn_dataset_kind rn_set_tar;
extern const rn_dataset_kind rn_set_tensors;
extern const rn_dataset_kind rn_set_idx;
extern const rn_dataset_kind rn_set_cifar10;
extern const rn_dataset_kind rn_set_cifar100;
extern const rn_dataset_kind rn_set_fashion_mnist;
extern const rn_dataset_kind rn_set_mnist;

/* Not in a cfg: opened where rn_dataset_params.pictures is given. */
extern const rn_dataset_kind rn_set_pictures;

/* The split whose files hold the one that is wanted: with data.validation_share both are parts of
 * what is stored for training. */
rn_split rn_set_stored_split(const rn_dataset_params *params);

/* Where a split is stored: data.train or data.validation below data.path; if they are not given,
 * the first of the usual names that exists: train, or val, validation, test, with `ending` or
 * without. With data.validation_share it may also be data.path itself. RN_E_DATA says what was
 * looked for. */
rn_status rn_set_find(const rn_dataset_params *params, const char *ending, char path[RN_PATH_SIZE]);

/* Names the classes: copies of `names`, or their numbers "0", "1", … where that is NULL. */
rn_status rn_set_name_classes(rn_dataset *dataset, const char *const *names, int64_t n_classes);

/* Makes the sample a picture whose pixels are in the data set's memory. */
void rn_sample_borrow(rn_sample *sample, const rn_dataset *dataset, rn_picture_type type,
                      const void *pixels);

/* The same from bytes (channels, height, width); those of several channels are interleaved in the
 * sample's own memory. RN_E_NOMEM. */
rn_status rn_sample_interleave(rn_sample *sample, const rn_dataset *dataset, const uint8_t *planes);

#endif
