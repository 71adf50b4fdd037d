/* labels.h: prints what a network says about images. */
#ifndef RN_CORE_REPORT_LABELS_H
#define RN_CORE_REPORT_LABELS_H

#include <stdbool.h>
#include <stdio.h>

#include "data/dataset.h"

/* An image and its prediction. */
typedef struct rn_labelled {
    const rn_dataset *dataset;
    int64_t index;              /* of the image in it */
    int64_t truth;              /* its label */
    const float *probabilities; /* n_classes */
    int64_t n_classes;
    const rn_picture *picture; /* drawn beside the prediction; NULL: not drawn */
} rn_labelled;

/* Whether the pictures of a data set are drawn: grey ones that fit into a terminal. */
bool rn_labels_draws(const rn_dataset *dataset);

/* Prints the most likely classes of an image, or one JSON object per line. */
rn_status rn_labels_print(FILE *stream, const rn_labelled *image, bool json);

#endif
