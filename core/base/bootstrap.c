/* bootstrap.c: the percentile interval of a ratio of medians. */
#include "base/bootstrap.h"

#include <math.h>
#include <resnet/random.h>
#include <stdlib.h>

#include "base/median.h"
#include "base/status.h"

#define N_DRAWS 4000
#define SEED 1

/* The median of n values drawn from n, with replacement. */
static double draw_median(const double *values, int64_t n, uint32_t draw, uint32_t stream,
                          double *room)
{
    for (int64_t i = 0; i < n; i++) {
        double u = (double)rn_random_uniform(SEED, draw, stream, (uint64_t)i);
        room[i] = values[(int64_t)(u * (double)n)];
    }
    return rn_median_of(room, n);
}

/* The value below which this share of the sorted values is, with those between interpolated. */
static double quantile(const double *sorted, int64_t n, double share)
{
    double at = share * (double)(n - 1);
    int64_t i = (int64_t)floor(at);
    double next = sorted[i + 1 < n ? i + 1 : i];
    return sorted[i] + (at - (double)i) * (next - sorted[i]);
}

rn_status rn_bootstrap_ratio(const double *a, int64_t n, const double *b, int64_t m,
                             double confidence, rn_interval *interval)
{
    double *ratios = malloc(N_DRAWS * sizeof *ratios);
    double *room = malloc((size_t)(n > m ? n : m) * sizeof *room);
    rn_status status = ratios && room ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for a comparison");
    if (status)
        goto done;
    for (uint32_t draw = 0; draw < N_DRAWS; draw++)
        ratios[draw] = draw_median(b, m, draw, 1, room) / draw_median(a, n, draw, 0, room);
    rn_sort_values(ratios, N_DRAWS);
    interval->low = quantile(ratios, N_DRAWS, (1 - confidence) / 2);
    interval->high = quantile(ratios, N_DRAWS, (1 + confidence) / 2);
done:
    free(ratios);
    free(room);
    return status;
}
