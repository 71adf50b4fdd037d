/* dataset.h: one split of a data set: images as bytes, labels, class names. */
#ifndef RN_CORE_DATA_DATASET_H
#define RN_CORE_DATA_DATASET_H

#include <resnet/status.h>
#include <stdint.h>

typedef enum rn_split { RN_SPLIT_TRAIN = 1, RN_SPLIT_VALIDATION } rn_split;

/* Read-only once opened: [any]. */
typedef struct rn_dataset {
    int64_t count;
    int64_t channels, height, width;
    int64_t n_classes;
    const char *const *class_names; /* n_classes */
    uint8_t *images;                /* (count, channels, height, width) */
    uint8_t *labels;                /* count */
    char *folder;                   /* that it was read from */
} rn_dataset;

/* Opens a split of the data set `name`, from the folder `path`, or from the known folders if `path`
 * is "". `limit` > 0 keeps only the first images. RN_E_DATA names the folders that were tried and
 * how to get the data. */
rn_status rn_dataset_open(const char *name, const char *path, rn_split split, int64_t limit,
                          rn_dataset **out);
void rn_dataset_destroy(rn_dataset *dataset);

#endif
