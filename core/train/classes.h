/* classes.h: the names of the classes that a model was trained on, kept in its files. */
#ifndef RN_CORE_TRAIN_CLASSES_H
#define RN_CORE_TRAIN_CLASSES_H

#include "config/config.h"
#include "data/dataset.h"

/* The names as a JSON array, for a file's metadata; the caller frees it. RN_E_NOMEM. */
rn_status rn_classes_record(const rn_dataset *dataset, char **text);

/* RN_E_DATA where the data set has other classes than a file says, which a run that is resumed may
 * not. */
rn_status rn_classes_check(const rn_dataset *dataset, const char *recorded, const char *path);

/* Makes the classes of a data set those of a file, or of another split: its labels become theirs by
 * name, so that it may lack some. RN_E_DATA names `path`, and the first class that is not among
 * them. Classes that are known by their numbers alone may be more. */
rn_status rn_classes_adopt(rn_dataset *dataset, const char *recorded, const char *path);
rn_status rn_classes_adopt_split(rn_dataset *dataset, const rn_dataset *other);

/* Whether the data set knows its classes by numbers alone, or has none. */
bool rn_classes_are_numbers(const rn_dataset *dataset);

/* Gives a data set the names of the cfg's network.class_names, if that is set: in their order where
 * the data set knows its classes by numbers alone or not at all, else by its own names, which are
 * the file's keys, as with WordNet's identifiers, or its names. A data set with as many classes,
 * none of which the file knows, keeps its names. RN_E_CONFIG where the file has another number of
 * names than the network has outputs, RN_E_DATA where only a part of the classes is in it. */
rn_status rn_classes_name(rn_dataset *dataset, const rn_config *config);

#endif
