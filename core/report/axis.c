/* axis.c: round steps between ticks. */
#include "report/axis.h"

#include <math.h>
#include <stdio.h>

#define VALUE_TICKS 6
#define INTEGER_TICKS 10

/* The smallest of …, 0.5, 1, 2, 5, 10, 20, … that divides `range` into at most `ticks` steps. */
static double nice_step(double range, int ticks)
{
    double power = pow(10.0, floor(log10(range / ticks)));
    double mantissa = range / ticks / power * (1 - 1e-9);
    return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
}

rn_axis rn_axis_up_to(double largest)
{
    rn_axis axis = { .step = nice_step(largest, VALUE_TICKS) };
    axis.max = axis.step * ceil(largest / axis.step - 1e-9);
    return axis;
}

rn_axis rn_axis_of_integers(double min, double max)
{
    return (rn_axis){ min, max, fmax(1, nice_step(max - min, INTEGER_TICKS)) };
}

void rn_axis_ticks(const rn_axis *axis, int64_t *first, int64_t *last)
{
    *first = (int64_t)ceil(axis->min / axis->step - 1e-9);
    *last = (int64_t)floor(axis->max / axis->step + 1e-9);
}

void rn_axis_label(const rn_axis *axis, double value, char text[RN_AXIS_LABEL_MAX])
{
    double digits = fmax(0, ceil(-log10(axis->step) - 1e-9));
    if (axis->max >= 1e5 || digits > 4)
        snprintf(text, RN_AXIS_LABEL_MAX, "%.2g", value);
    else
        snprintf(text, RN_AXIS_LABEL_MAX, "%.*f", (int)digits, value);
}
