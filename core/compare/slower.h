/* slower.h: whether steps take longer than they did before.
 *
 * The times of neighbouring steps depend on each other (the clock of a warm processor, other
 * processes), and a test that took each for itself would see differences where there are none. So
 * the steps of either run are put into blocks, longer than such a dependence lasts, and the medians
 * of blocks are compared; of at least five blocks, where there are five steps. What differs from
 * one start of a program to the next (where memory lies) is in no block: that is what a limit above
 * 0 % is for. */
#ifndef RN_CORE_COMPARE_SLOWER_H
#define RN_CORE_COMPARE_SLOWER_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

#define RN_SLOWER_LEAST 5    /* blocks on either side: four and four never reach the level */
#define RN_SLOWER_LEVEL 0.01 /* a difference is one if chance makes it more rarely than this */

typedef struct rn_slower {
    double ratio;     /* of the medians, after by before */
    double low, high; /* the interval of the ratio, of confidence 1 - RN_SLOWER_LEVEL */
    double p;         /* of Mann and Whitney's test */
    int64_t block;    /* steps in a block */
    bool differs;     /* p is below RN_SLOWER_LEVEL, of five blocks or more on either side */
} rn_slower;

/* Compares the times of n steps before with those of m after, each at least one and in their order.
 * RN_E_NOMEM. */
rn_status rn_slower_judge(const double *before, int64_t n, const double *after, int64_t m,
                          rn_slower *slower);

/* How long blocks should be; 1 for steps that do not depend on each other. */
int64_t rn_slower_block(const double *times, int64_t n);

#endif
