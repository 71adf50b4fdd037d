/* draw.h: random numbers of augmentation. They are counted, not drawn from a state: those of a
 * sample depend on the seed, the epoch and the sample alone, so that its pixels do not depend on
 * threads, on resuming, or on how many devices share a batch. */
#ifndef RN_CORE_DATA_DRAW_H
#define RN_CORE_DATA_DRAW_H

#include <stdint.h>

typedef struct rn_draw {
    uint64_t seed;
    int64_t epoch;
    int64_t sample;  /* its index in the data set; for a batch, the batch's index in the epoch */
    uint32_t stream; /* the transform's place in its list */
    uint32_t next;   /* numbers drawn so far; 0 at the start of each transform */
} rn_draw;

/* Uniform in [0,1), of 53 bits. */
double rn_draw_uniform(rn_draw *draw);

/* Uniform in [low, high). */
double rn_draw_between(rn_draw *draw, double low, double high);

/* An integer, uniform in [0, count); count is at least 1. */
int64_t rn_draw_below(rn_draw *draw, int64_t count);

/* True with this probability. */
int rn_draw_happens(rn_draw *draw, double probability);

/* Normal with mean 0 and variance 1 (Box and Muller 1958). */
double rn_draw_normal(rn_draw *draw);

/* Beta(alpha, alpha), by two gamma variates (Marsaglia and Tsang 2000). alpha > 0. */
double rn_draw_beta(rn_draw *draw, double alpha);

#endif
