/* curve_scale.h: what a learning curve shows and between which limits, however it is drawn. */
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
    rn_curve_axis left;  /* losses, and the accuracy where it shares it */
    rn_curve_axis right; /* the accuracy; equal to `left` where it shares it */
    bool shared;         /* as in the book, unless large losses would flatten the accuracy */
} rn_curve_scale;

/* "train loss" */
extern const char *const rn_curve_labels[RN_CURVE_N];

/* The value of a series, NaN where it is not finite or too large to draw. */
double rn_curve_scale_value(const rn_epoch_metrics *row, int series);

/* Where a row stands on the axis of epochs: at its epoch, or at the end of what can be drawn. */
double rn_curve_scale_epoch(const rn_epoch_metrics *row);

/* The limits of any rows: every epoch is within its axis, and max is above min. */
rn_curve_scale rn_curve_scale_fit(const rn_epoch_metrics *rows, int64_t count);

/* Ticks are at `step` times the integers from *first to *last, a dozen at most. */
void rn_curve_scale_ticks(const rn_curve_axis *axis, int64_t *first, int64_t *last);

/* The vertical axis of a series. */
const rn_curve_axis *rn_curve_scale_axis(const rn_curve_scale *scale, int series);

/* The text of a tick, with as many digits as tell it from its neighbours. */
void rn_curve_scale_label(const rn_curve_axis *axis, double value, char text[RN_CURVE_LABEL_MAX]);

#endif
