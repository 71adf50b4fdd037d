/* dataset.h: a split of a data set: images as bytes, labels, class names. */
#ifndef RN_CORE_DATA_DATASET_H
#define RN_CORE_DATA_DATASET_H

#include <resnet/status.h>
#include <stdint.h>

typedef enum rn_split { RN_SPLIT_TRAIN = 1, RN_SPLIT_VALIDATION } rn_split;

/* Images lie one after another, each (channels, height, width). Read-only once opened: [any]. */
typedef struct rn_dataset {
    int64_t count;
    int64_t channels, height, width;
    int64_t n_classes;
    const char *const *class_names; /* n_classes */
    uint8_t *images;
    uint8_t *labels;
    char *place; /* the folder it was read from */
} rn_dataset;

/* Opens a split by the data set's name. `path` "" means the known places. RN_E_DATA names the
 * places that were tried and how to get the data. `limit` > 0 keeps the first images only. */
rn_status rn_dataset_open(const char *name, const char *path, rn_split split, int64_t limit,
                          rn_dataset **out);
void rn_dataset_destroy(rn_dataset *dataset);

#endif
