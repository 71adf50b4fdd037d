/* labels.h: predictions as a person or a program reads them. */
#ifndef RN_CORE_REPORT_LABELS_H
#define RN_CORE_REPORT_LABELS_H

#include <stdbool.h>
#include <stdio.h>

#include "data/dataset.h"

/* For each image its three likeliest classes and its true one; small images of one channel are
 * drawn with characters. `probabilities` is (count, n_classes). As JSON: one object a line. */
rn_status rn_labels_print(FILE *stream, const rn_dataset *images, const float *probabilities,
                          int64_t n_classes, bool json);

#endif
