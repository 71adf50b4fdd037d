/* classes.h: the names of the classes that a model was trained on, kept in its files. */
#ifndef RN_CORE_TRAIN_CLASSES_H
#define RN_CORE_TRAIN_CLASSES_H

#include "data/dataset.h"

/* The names as a JSON array, for a file's metadata; the caller frees it. RN_E_NOMEM. */
rn_status rn_classes_record(const rn_dataset *dataset, char **text);

/* Compares them with those of the data set. RN_E_DATA names `path`, and the first class that
 * differs. */
rn_status rn_classes_check(const rn_dataset *dataset, const char *recorded, const char *path);

/* Both splits of a data set must have the same classes; numbers may be fewer in one of them. */
rn_status rn_classes_check_splits(const rn_dataset *train, const rn_dataset *validation);

#endif
