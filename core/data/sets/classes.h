/* classes.h: labels that are written as text, numbers or names, become the indices of classes. */
#ifndef RN_CORE_DATA_SETS_CLASSES_H
#define RN_CORE_DATA_SETS_CLASSES_H

#include "data/dataset.h"
#include "data/sets/index.h"

/* Zero-initialise. */
typedef struct rn_classes {
    rn_index texts; /* each label once, in the order of appearance */
    int32_t *slots; /* a table of hashes of texts: their places, or -1 */
    uint64_t n_slots;
} rn_classes;

/* Sets `*place` to the place of a label among those that were seen. RN_E_DATA: too many. */
rn_status rn_classes_add(rn_classes *classes, const char *text, size_t length, int32_t *place);

/* Turns places into indices of classes, and names the classes. If all labels are numbers, they are
 * the indices; else the classes are the sorted names. RN_E_DATA: a number out of range. */
rn_status rn_classes_finish(rn_classes *classes, int32_t *labels, int64_t count,
                            rn_dataset *dataset);

void rn_classes_clear(rn_classes *classes);

#endif
