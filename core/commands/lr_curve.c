/* lr_curve.c: how a range test is smoothed, when it ends, and what it suggests: as fastai does it
 * (lr_find, with the suggestions "valley" and "steep"), so that its rates mean the same. */
#include "commands/lr_curve.h"

#include <math.h>
#include <stdlib.h>

#include "base/status.h"

#define SMOOTHING 0.98   /* the weight of the losses before, in the average */
#define DIVERGED 4.0     /* times the lowest smoothed loss */
#define SKIPPED_SHARE 10 /* the first tenth of the range is too noisy to judge */
#define SKIPPED_AT_END 5 /* points, which show how it diverges */
#define LEAST_POINTS 8   /* fewer are no curve */
#define LEAST_FALL 0.05  /* share of the first loss: less is noise */

rn_status rn_lr_curve_start(int64_t n_rates, rn_lr_curve *curve)
{
    *curve = (rn_lr_curve){ .n_rates = n_rates, .lowest = INFINITY };
    curve->points = calloc((size_t)n_rates, sizeof *curve->points);
    return curve->points ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the curve");
}

void rn_lr_curve_clear(rn_lr_curve *curve)
{
    free(curve->points);
    *curve = (rn_lr_curve){ 0 };
}

void rn_lr_curve_add(rn_lr_curve *curve, double rate, double loss)
{
    curve->average = loss + SMOOTHING * (curve->average - loss);
    rn_lr_point *point = &curve->points[curve->count++];
    *point =
        (rn_lr_point){ .rate = rate,
                       .loss = loss,
                       .smoothed = curve->average / (1 - pow(SMOOTHING, (double)curve->count)) };
    curve->lowest = fmin(curve->lowest, point->smoothed);
    curve->diverged = !(point->smoothed <= DIVERGED * curve->lowest);
}

/* The rate from which on the loss falls fastest, over the logarithm of the rate. */
static double find_steepest(const rn_lr_point *points, int64_t n)
{
    int64_t best = 0;
    double least = INFINITY;
    for (int64_t i = 0; i + 1 < n; i++) {
        double slope = (points[i + 1].smoothed - points[i].smoothed) /
                       log(points[i + 1].rate / points[i].rate);
        if (slope < least) {
            least = slope;
            best = i;
        }
    }
    return points[best].rate;
}

/* The rate in the middle of the longest fall: of the longest sequence of points, with others
 * between them, each of which is lower than the one before. lengths[i]: of those that end at i. */
static double find_valley(const rn_lr_point *points, int64_t n, int64_t *lengths)
{
    int64_t end = 0, start = 0;
    for (int64_t i = 0; i < n; i++) {
        lengths[i] = 1;
        for (int64_t j = 0; j < i; j++)
            if (points[i].smoothed < points[j].smoothed && lengths[i] < lengths[j] + 1)
                lengths[i] = lengths[j] + 1;
        if (lengths[i] > lengths[end]) {
            end = i;
            start = end - lengths[end];
        }
    }
    int64_t third = (end - start) / 3, sixth = (end - start) / 6;
    int64_t middle = start + third + sixth;
    return points[middle < 0 ? 0 : middle].rate;
}

/* Fills in the losses at the start and at the lowest point. */
static void find_fall(const rn_lr_point *points, int64_t n, rn_lr_advice *advice)
{
    advice->first = points[0].smoothed;
    advice->lowest = INFINITY;
    for (int64_t i = 0; i < n; i++)
        if (points[i].smoothed < advice->lowest) {
            advice->lowest = points[i].smoothed;
            advice->lowest_rate = points[i].rate;
        }
}

rn_lr_advice rn_lr_curve_advise(const rn_lr_curve *curve)
{
    int64_t skipped = curve->n_rates / SKIPPED_SHARE;
    int64_t n = curve->count - SKIPPED_AT_END - skipped;
    const rn_lr_point *points = curve->points + skipped;
    rn_lr_advice advice = { 0 };
    if (n < LEAST_POINTS) {
        advice.problem = "the loss rose too soon; begin lower with --lowest, or check the pictures "
                         "with resnet-run data";
        return advice;
    }
    find_fall(points, n, &advice);
    if (!(advice.lowest < advice.first * (1 - LEAST_FALL))) {
        advice.problem =
            curve->diverged
                ? "the loss never fell before it rose; check the pictures with resnet-run data, "
                  "and try --overfit-batch of train"
                : "the loss hardly changed; go further with --highest, take more --rates, or try "
                  "--overfit-batch of train";
        return advice;
    }
    int64_t *lengths = calloc((size_t)n, sizeof *lengths);
    if (!lengths) {
        advice.problem = "there is no memory to look for it";
        return advice;
    }
    advice.steepest = find_steepest(points, n);
    advice.valley = find_valley(points, n, lengths);
    free(lengths);
    return advice;
}
