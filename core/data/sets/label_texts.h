/* label_texts.h: labels written as text, numbers or names, become the indices of classes. */
#ifndef RN_CORE_DATA_SETS_LABEL_TEXTS_H
#define RN_CORE_DATA_SETS_LABEL_TEXTS_H

#include "data/dataset.h"
#include "data/sets/index.h"

/* Zero-initialise. */
typedef struct rn_label_texts {
    rn_index texts; /* each label once, in the order of appearance */
    int32_t *slots; /* a table of hashes of texts: their places, or -1 */
    uint64_t n_slots;
} rn_label_texts;

/* Sets `*place` to the place of a label among those that were seen. RN_E_DATA: too many. */
rn_status rn_label_texts_add(rn_label_texts *seen, const char *text, size_t length, int32_t *place);

/* Turns places into indices of classes, and names the classes. If all labels are numbers, they are
 * the indices; else the classes are the sorted names. RN_E_DATA: a number out of range. */
rn_status rn_label_texts_finish(rn_label_texts *seen, int32_t *labels, int64_t count,
                                rn_dataset *dataset);

void rn_label_texts_clear(rn_label_texts *seen);

#endif
