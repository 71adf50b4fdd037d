/* sums.h: sums over long tensors, in double precision. A tensor is divided into blocks, whose sums
 * are kept apart and then added in order, so that the result does not depend on the number of
 * threads. */
#ifndef BACKENDS_CPU_SUMS_H
#define BACKENDS_CPU_SUMS_H

#include <resnet/op.h>

#include "cpu/clones.h"

#define SUMS_BLOCK 4096 /* elements */

static inline int64_t sums_blocks(int64_t count)
{
    return (count + SUMS_BLOCK - 1) / SUMS_BLOCK;
}

/* The end of a block of a tensor of `count` elements. */
static inline int64_t sums_block_end(int64_t block, int64_t count)
{
    int64_t end = (block + 1) * SUMS_BLOCK;
    return end < count ? end : count;
}

/* The sum of the squares of x[begin] to x[end - 1]. */
CPU_INLINE double sums_squares(const float *x, int64_t begin, int64_t end)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = begin; i < end; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

/* The squares of two tensors' norms, or of a block of each. */
typedef struct sums_pair {
    double first, second;
} sums_pair;

static inline sums_pair sums_of_pairs(const sums_pair *blocks, int64_t n)
{
    sums_pair sum = { 0, 0 };
    for (int64_t i = 0; i < n; i++) {
        sum.first += blocks[i].first;
        sum.second += blocks[i].second;
    }
    return sum;
}

#endif
