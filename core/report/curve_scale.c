/* curve_scale.c: fits the axes of a learning curve. */
#include "report/curve_scale.h"

#include <math.h>

/* With larger losses, an accuracy of 0.9 would be in the lowest quarter of a shared axis. */
#define LARGEST_SHARED 4.0
/* A larger loss counts as infinite; its axis would overflow. */
#define LARGEST_DRAWN 1e100
/* Up to here, epochs that differ by 1 are distinct in double arithmetic. */
#define LARGEST_EPOCH 1e12

const char *const rn_curve_labels[RN_CURVE_N] = { "train loss", "validation loss",
                                                  "validation accuracy" };

static double value_of(const rn_epoch_metrics *row, int series)
{
    double value = series == RN_CURVE_TRAIN_LOSS        ? row->train_loss
                   : series == RN_CURVE_VALIDATION_LOSS ? row->validation_loss
                                                        : row->validation_accuracy;
    return fabs(value) <= LARGEST_DRAWN ? value : NAN;
}

static double epoch_of(const rn_epoch_metrics *row)
{
    return fmin(fmax((double)row->epoch, -LARGEST_EPOCH), LARGEST_EPOCH);
}

rn_plot_point rn_curve_scale_point(const rn_epoch_metrics *row, int series)
{
    return (rn_plot_point){ epoch_of(row), value_of(row, series) };
}

static rn_axis epoch_axis(const rn_epoch_metrics *rows, int64_t count)
{
    double min = LARGEST_EPOCH, max = -LARGEST_EPOCH;
    for (int64_t i = 0; i < count; i++) {
        min = fmin(min, epoch_of(&rows[i]));
        max = fmax(max, epoch_of(&rows[i]));
    }
    if (!(max > min)) { /* a single epoch is drawn in the middle */
        min -= 0.5;
        max = min + 1;
    }
    return rn_axis_of_integers(min, max);
}

rn_curve_scale rn_curve_scale_fit(const rn_epoch_metrics *rows, int64_t count)
{
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        for (int series = 0; series < RN_CURVE_ACCURACY; series++)
            largest = fmax(largest, value_of(&rows[i], series)); /* fmax skips NaN */
    rn_curve_scale scale = { .shared = largest <= LARGEST_SHARED,
                             .epoch = epoch_axis(rows, count) };
    scale.left = rn_axis_up_to(scale.shared ? fmax(largest, 1) : largest);
    scale.right = scale.shared ? scale.left : rn_axis_up_to(1);
    return scale;
}

const rn_axis *rn_curve_scale_axis(const rn_curve_scale *scale, int series)
{
    return series == RN_CURVE_ACCURACY ? &scale->right : &scale->left;
}
