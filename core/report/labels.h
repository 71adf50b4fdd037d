/* labels.h: prints predictions, as text or as JSON. */
#ifndef RN_CORE_REPORT_LABELS_H
#define RN_CORE_REPORT_LABELS_H

#include <stdbool.h>
#include <stdio.h>

#include "data/dataset.h"

/* Prints each image's true class and its three most likely ones. As text, small images of one
 * channel are also drawn with characters; as JSON, each image is an object on its own line.
 * `probabilities` is (images->count, n_classes). */
rn_status rn_labels_print(FILE *stream, const rn_dataset *images, const float *probabilities,
                          int64_t n_classes, bool json);

#endif
