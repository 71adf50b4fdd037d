/* resample_axis.h: the weights of a resampling filter along one axis, as Pillow computes them
 * (src/libImaging/Resample.c, precompute_coeffs), rounded to 22-bit fixed point. */
#ifndef RN_CORE_DATA_RESAMPLE_AXIS_H
#define RN_CORE_DATA_RESAMPLE_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/resample.h"

#define RN_WEIGHT_BITS 22

typedef struct rn_axis_params {
    rn_filter filter;
    bool antialias;
    int64_t from;    /* pixels of the input; none outside of them is looked at */
    float low, high; /* the part of the input that becomes the output */
    int64_t to;      /* pixels of the output, of which `count` from `first` are wanted */
    int64_t first, count;
} rn_axis_params;

/* Zero-initialise. Output i is the sum over k < counts[i] of
 * weights[i * width + k] * input[firsts[i] + k]; i is 0 for the first one that is wanted. */
typedef struct rn_axis {
    rn_axis_params params;
    int64_t width;
    int32_t *firsts, *counts, *weights;
    double *exact;
    size_t capacity, weights_capacity; /* outputs, weights */
} rn_axis;

/* Computes the weights, unless the axis has them. False: not enough memory. */
bool rn_axis_set(rn_axis *axis, const rn_axis_params *params);

/* The inputs of all outputs that are wanted: from *begin to *end - 1. */
void rn_axis_reach(const rn_axis_params *params, int64_t *begin, int64_t *end);

/* The number of inputs that the axis looks at, from firsts[0]. */
int64_t rn_axis_length(const rn_axis *axis);

void rn_axis_clear(rn_axis *axis);

#endif
