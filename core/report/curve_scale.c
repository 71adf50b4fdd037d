/* curve_scale.c: fits the axes of a learning curve. */
#include "report/curve_scale.h"

#include <math.h>

#define Y_TICKS 6
#define X_TICKS 10
/* With larger losses, an accuracy of 0.9 would be in the lowest quarter of a shared axis. */
#define LARGEST_SHARED 4.0
/* A larger loss counts as infinite; its axis would overflow. */
#define LARGEST_DRAWN 1e100
/* Up to here, epochs that differ by 1 are distinct in double arithmetic. */
#define LARGEST_EPOCH 1e12

const char *const rn_curve_labels[RN_CURVE_N] = { "train loss", "validation loss",
                                                  "validation accuracy" };

double rn_curve_scale_value(const rn_epoch_metrics *row, int series)
{
    double value = series == RN_CURVE_TRAIN_LOSS        ? row->train_loss
                   : series == RN_CURVE_VALIDATION_LOSS ? row->validation_loss
                                                        : row->validation_accuracy;
    return fabs(value) <= LARGEST_DRAWN ? value : NAN;
}

double rn_curve_scale_epoch(const rn_epoch_metrics *row)
{
    return fmin(fmax((double)row->epoch, -LARGEST_EPOCH), LARGEST_EPOCH);
}

/* The smallest of …, 0.5, 1, 2, 5, 10, 20, … that divides `range` into at most `ticks` steps. */
static double nice_step(double range, int ticks)
{
    double power = pow(10.0, floor(log10(range / ticks)));
    double mantissa = range / ticks / power * (1 - 1e-9);
    return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
}

/* An axis from 0 to `largest`, rounded up to a multiple of its step. */
static rn_curve_axis value_axis(double largest)
{
    rn_curve_axis axis = { .step = nice_step(largest, Y_TICKS) };
    axis.max = axis.step * ceil(largest / axis.step - 1e-9);
    return axis;
}

rn_curve_axis rn_curve_axis_fit(double min, double max, int ticks)
{
    double least = fmax(fmax(fabs(min), fabs(max)) * 1e-6, 1e-12);
    if (max - min < least)
        max = min + least;
    rn_curve_axis axis = { .step = nice_step(max - min, ticks) };
    axis.min = axis.step * floor(min / axis.step + 1e-9);
    axis.max = axis.step * ceil(max / axis.step - 1e-9);
    return axis;
}

static rn_curve_axis epoch_axis(const rn_epoch_metrics *rows, int64_t count)
{
    rn_curve_axis axis = { LARGEST_EPOCH, -LARGEST_EPOCH, 1 };
    for (int64_t i = 0; i < count; i++) {
        axis.min = fmin(axis.min, rn_curve_scale_epoch(&rows[i]));
        axis.max = fmax(axis.max, rn_curve_scale_epoch(&rows[i]));
    }
    if (!(axis.max > axis.min)) { /* a single epoch is drawn in the middle */
        axis.min -= 0.5;
        axis.max = axis.min + 1;
    }
    axis.step = fmax(1, nice_step(axis.max - axis.min, X_TICKS));
    return axis;
}

rn_curve_scale rn_curve_scale_fit(const rn_epoch_metrics *rows, int64_t count)
{
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        for (int series = 0; series < RN_CURVE_ACCURACY; series++)
            largest = fmax(largest, rn_curve_scale_value(&rows[i], series)); /* fmax skips NaN */
    rn_curve_scale scale = { .shared = largest <= LARGEST_SHARED,
                             .epoch = epoch_axis(rows, count) };
    scale.left = value_axis(scale.shared ? fmax(largest, 1) : largest);
    scale.right = scale.shared ? scale.left : value_axis(1);
    return scale;
}

void rn_curve_scale_ticks(const rn_curve_axis *axis, int64_t *first, int64_t *last)
{
    *first = (int64_t)ceil(axis->min / axis->step - 1e-9);
    *last = (int64_t)floor(axis->max / axis->step + 1e-9);
}

const rn_curve_axis *rn_curve_scale_axis(const rn_curve_scale *scale, int series)
{
    return series == RN_CURVE_ACCURACY ? &scale->right : &scale->left;
}

void rn_curve_scale_label(const rn_curve_axis *axis, double value, char text[RN_CURVE_LABEL_MAX])
{
    double digits = fmax(0, ceil(-log10(axis->step) - 1e-9));
    if (axis->max >= 1e5 || digits > 4)
        snprintf(text, RN_CURVE_LABEL_MAX, "%.2g", value);
    else
        snprintf(text, RN_CURVE_LABEL_MAX, "%.*f", (int)digits, value);
}
