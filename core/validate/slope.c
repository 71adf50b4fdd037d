/* slope.c: derivatives by differences. Over random directions of +-1 the size of sum(gradient *
 * direction) is the gradient's norm. 10 % of it is allowed for curvature, and the rounding of the
 * function, divided by the step; a step for which that is more than 10 % of the norm does not
 * count. Corners of relu within a step spoil the difference to that side: so the best of both sides
 * and of their mean counts, of several steps. Where the two smallest steps do not agree with each
 * other, the function has too many corners there, and nothing is known. */
#include "validate/slope.h"

#include <math.h>
#include <resnet/random.h>

#define SHARE_OFF 0.1
#define SHARE_STABLE 0.05
#define LARGEST_STEP 0x1p-4
#define SMALLEST_STEP 0x1p-20

float rn_slope_sign(int direction, int64_t i)
{
    return rn_random_uniform(7, (uint32_t)direction, 0, (uint64_t)i) < 0.5f ? -1.0f : 1.0f;
}

static double nearest_of(const double slopes[3], double expected)
{
    double nearest = slopes[0];
    for (int i = 1; i < 3; i++)
        if (fabs(slopes[i] - expected) < fabs(nearest - expected))
            nearest = slopes[i];
    return nearest;
}

/* The three slopes of one step. */
static rn_status take_slopes(const rn_slope *s, int direction, double h, double here,
                             double slopes[3])
{
    double above = 0, below = 0;
    rn_status status = s->at(s->context, direction, h, &above);
    if (!status)
        status = s->at(s->context, direction, -h, &below);
    slopes[0] = (above - here) / h;
    slopes[1] = (here - below) / h;
    slopes[2] = (above - below) / (2 * h);
    return status;
}

rn_status rn_slope_measure(const rn_slope *s, int direction, double *off, bool *too_far)
{
    double here = 0, before = NAN;
    bool is_stable = false;
    *off = INFINITY;
    *too_far = false;
    rn_status status = s->at(s->context, direction, 0, &here);
    for (double h = LARGEST_STEP; h >= SMALLEST_STEP && !status; h /= 4) {
        double slopes[3], rounding = s->rounding / h;
        if (h < LARGEST_STEP && rounding > SHARE_OFF * s->norm + s->floor)
            break;
        status = take_slopes(s, direction, h, here, slopes);
        double distance = fabs(nearest_of(slopes, s->expected) - s->expected);
        if (distance <= SHARE_OFF * s->norm + rounding + s->floor)
            return status;
        *off = distance < *off ? distance : *off;
        is_stable = fabs(slopes[2] - before) <= SHARE_STABLE * fabs(slopes[2]) + rounding;
        before = slopes[2];
    }
    *too_far = is_stable;
    return status;
}
