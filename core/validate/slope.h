/* slope.h: the derivative of a function in one direction, by differences, beside what a gradient
 * says of it. */
#ifndef RN_CORE_VALIDATE_SLOPE_H
#define RN_CORE_VALIDATE_SLOPE_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

#define RN_SLOPE_DIRECTIONS 4

/* What is measured: a function of one tensor, which moves by `by` times the direction. */
typedef struct rn_slope {
    rn_status (*at)(void *context, int direction, double by, double *value);
    void *context;
    double rounding; /* of a value */
    double norm;     /* of the gradient */
    double floor;    /* a difference that is none */
    double expected; /* derivative in this direction: sum(gradient * direction) */
} rn_slope;

/* Element i of a direction: 1 or -1. */
float rn_slope_sign(int direction, int64_t i);

/* How far the nearest measured slope is from the expected one, and whether that is too far: the
 * measurement is certain, and no step's slope is near. */
rn_status rn_slope_measure(const rn_slope *slope, int direction, double *off, bool *too_far);

#endif
