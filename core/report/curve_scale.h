/* curve_scale.h: the series and axes of a learning curve, for any kind of drawing. */
#ifndef RN_CORE_REPORT_CURVE_SCALE_H
#define RN_CORE_REPORT_CURVE_SCALE_H

#include <stdbool.h>

#include "report/report.h"

enum { RN_CURVE_TRAIN_LOSS, RN_CURVE_VALIDATION_LOSS, RN_CURVE_ACCURACY, RN_CURVE_N };

#define RN_CURVE_LABEL_MAX 16

/* An axis with ticks at multiples of `step`. */
typedef struct rn_curve_axis {
    double min, max, step;
} rn_curve_axis;

typedef struct rn_curve_scale {
    rn_curve_axis epoch;
    rn_curve_axis left;  /* of the losses */
    rn_curve_axis right; /* of the accuracy; equal to `left` if shared */
    bool shared;         /* one axis for all, as in the book; not if large losses would flatten the
                            accuracy */
} rn_curve_scale;

/* The names of the series: "train loss". */
extern const char *const rn_curve_labels[RN_CURVE_N];

/* A row's value in a series; NaN if it is not finite or too large to draw. */
double rn_curve_scale_value(const rn_epoch_metrics *row, int series);

/* A row's position on the axis of epochs: its epoch, clamped to what can be drawn. */
double rn_curve_scale_epoch(const rn_epoch_metrics *row);

/* Axes that fit the rows, whatever they contain: every epoch is within its axis, and max > min. */
rn_curve_scale rn_curve_scale_fit(const rn_epoch_metrics *rows, int64_t count);

/* An axis from `min` to `max`, both rounded outwards to a multiple of its step, of which there are
 * about `ticks`; max > min even if the values are equal. */
rn_curve_axis rn_curve_axis_fit(double min, double max, int ticks);

/* Ticks are at `step` times the integers from *first to *last, at most a dozen. */
void rn_curve_scale_ticks(const rn_curve_axis *axis, int64_t *first, int64_t *last);

/* The vertical axis of a series. */
const rn_curve_axis *rn_curve_scale_axis(const rn_curve_scale *scale, int series);

/* The label of a tick, with enough digits to distinguish it from its neighbours. */
void rn_curve_scale_label(const rn_curve_axis *axis, double value, char text[RN_CURVE_LABEL_MAX]);

#endif
