/* axis.h: a point of a drawing, and an axis with ticks at round numbers. */
#ifndef RN_CORE_REPORT_AXIS_H
#define RN_CORE_REPORT_AXIS_H

#include <stdint.h>

#define RN_AXIS_LABEL_MAX 16

typedef struct rn_plot_point {
    double x, y;
} rn_plot_point;

/* Ticks are at multiples of `step`. */
typedef struct rn_axis {
    double min, max, step;
} rn_axis;

/* From 0 to `largest`, which is above 0, rounded up to a tick. */
rn_axis rn_axis_up_to(double largest);

/* From `min` to `max`, which is larger, with ticks at integers. */
rn_axis rn_axis_of_integers(double min, double max);

/* Ticks are at `step` times the integers from *first to *last, at most a dozen. */
void rn_axis_ticks(const rn_axis *axis, int64_t *first, int64_t *last);

/* The label of a tick, with enough digits to distinguish it from its neighbours. */
void rn_axis_label(const rn_axis *axis, double value, char text[RN_AXIS_LABEL_MAX]);

#endif
