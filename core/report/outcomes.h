/* outcomes.h: what a network said about each image of an evaluation, and what follows from it by
 * counting. */
#ifndef RN_CORE_REPORT_OUTCOMES_H
#define RN_CORE_REPORT_OUTCOMES_H

#include <stdbool.h>

#include "data/loader.h"

typedef struct rn_outcome {
    int64_t sample; /* its index in the data set */
    int32_t truth, predicted;
    float confidence; /* the probability of `predicted` */
    bool in_top5;     /* fewer than five classes are more likely than `truth` */
} rn_outcome;

/* Zero-initialise, then set `n_classes`. */
typedef struct rn_outcomes {
    int64_t n_classes; /* outputs of the network */
    rn_outcome *row;   /* count of them, in the order of the data set; owned */
    int64_t count, capacity;
} rn_outcomes;

/* Adds the images of a batch: probabilities are (batch->count, n_classes). Among equal ones the
 * first counts as more likely. RN_E_DIVERGED where one is not finite, RN_E_NOMEM. */
rn_status rn_outcomes_add(rn_outcomes *outcomes, const rn_batch *batch, const float *probabilities);
void rn_outcomes_clear(rn_outcomes *outcomes);

/* The share of images whose label is among the five most likely classes; 1 where there are no more
 * than five. NaN without images. */
double rn_outcomes_top5(const rn_outcomes *outcomes);

/* A class by counts. Recall is correct / images, precision correct / predicted; NaN for 0 / 0. */
typedef struct rn_class_score {
    int64_t index;
    int64_t images, predicted, correct;
    double recall, precision;
} rn_class_score;

/* All classes in their order; the caller frees *scores. RN_E_NOMEM. */
rn_status rn_outcomes_score(const rn_outcomes *outcomes, rn_class_score **scores);

/* The classes that have images, the least recall first; of equal ones that with more images. The
 * caller frees *scores. RN_E_NOMEM. */
rn_status rn_outcomes_worst(const rn_outcomes *outcomes, rn_class_score **scores, int64_t *count);

/* Up to `limit` mistakes, the most confident first; of equal ones the earlier. The caller frees
 * *mistakes. RN_E_NOMEM. */
rn_status rn_outcomes_mistakes(const rn_outcomes *outcomes, int64_t limit, rn_outcome **mistakes,
                               int64_t *count);

#endif
