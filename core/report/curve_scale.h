/* curve_scale.h: the series and axes of a learning curve, for any kind of drawing. */
#ifndef RN_CORE_REPORT_CURVE_SCALE_H
#define RN_CORE_REPORT_CURVE_SCALE_H

#include <stdbool.h>

#include "report/axis.h"
#include "report/report.h"

enum { RN_CURVE_TRAIN_LOSS, RN_CURVE_VALIDATION_LOSS, RN_CURVE_ACCURACY, RN_CURVE_N };

typedef struct rn_curve_scale {
    rn_axis epoch;
    rn_axis left;  /* of the losses */
    rn_axis right; /* of the accuracy; equal to `left` if shared */
    bool shared;   /* one axis for all, as in the book; not if large losses would flatten the
                            accuracy */
} rn_curve_scale;

/* The names of the series: "train loss". */
extern const char *const rn_curve_labels[RN_CURVE_N];

/* A row's point in a series. Its epoch is clamped to what can be drawn; its value is NaN if it is
 * not finite or too large to draw. */
rn_plot_point rn_curve_scale_point(const rn_epoch_metrics *row, int series);

/* Axes that fit the rows, whatever they contain: every epoch is within its axis, and max > min. */
rn_curve_scale rn_curve_scale_fit(const rn_epoch_metrics *rows, int64_t count);

/* The vertical axis of a series. */
const rn_axis *rn_curve_scale_axis(const rn_curve_scale *scale, int series);

#endif
