/* rank_sums.h: batch norms whose statistics are those of all ranks together, by sums that the core
 * makes (resnet/rank_sums.h). A kernel gives two numbers for each channel and gets them summed. */
#ifndef BACKENDS_BASE_RANK_SUMS_H
#define BACKENDS_BASE_RANK_SUMS_H

#include <resnet/host.h>
#include <resnet/op.h>
#include <resnet/rank_sums.h>
#include <stdbool.h>

/* What a context was given. */
typedef struct rank_sums {
    rn_rank_sum *sum; /* NULL: nothing yet */
    void *argument;
    int32_t n_ranks;
} rank_sums;

/* Whether a batch norm, or the gradient of one, is synchronised: statistics that are given need no
 * sums. */
static inline bool rank_sums_wanted(const rn_op_desc *op)
{
    const rn_batch_norm_attrs *a = op->attrs;
    return a->synchronised && a->training;
}

/* The number of ranks whose values a batch norm's statistics are of. */
static inline int32_t rank_sums_ranks(const rank_sums *ranks, const rn_op_desc *op)
{
    return rank_sums_wanted(op) ? ranks->n_ranks : 1;
}

/* Refuses a synchronised batch norm where the core has given no sums. */
rn_status rank_sums_check(const rank_sums *ranks, const rn_host *host, const rn_op_desc *op);

/* How many numbers the ranks sum: two for each channel. The first of all channels come first. */
static inline int64_t rank_sums_count(const rn_op_desc *op)
{
    return 2 * op->inputs[0]->shape[1];
}

/* This rank's mean and biased variance of a channel, as numbers whose sums tell those of all ranks,
 * which have as many values each: the mean, and that of the squares.
 *
 * In double the squares suffice: that they cancel costs the variance about mean^2 * 2^-53, less
 * than it cost already that x was rounded to float, (mean * 2^-23)^2 / 12. */
static inline void rank_sums_put(double *values, int64_t channels, int64_t c, double mean,
                                 double variance)
{
    values[c] = mean;
    values[channels + c] = variance + mean * mean;
}

static inline void rank_sums_get(const double *values, int64_t channels, int64_t c, int32_t n_ranks,
                                 double *mean, double *variance)
{
    *mean = values[c] / n_ranks;
    double difference = values[channels + c] / n_ranks - *mean * *mean;
    *variance = difference < 0 ? 0 : difference; /* NaN stays: fmax would hide it */
}

#endif
