/* resample_axis.c: weights of box, triangle and cubic filters, and of the nearest pixel. */
#include "data/resample_axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double triangle(double x)
{
    double distance = fabs(x);
    return distance < 1.0 ? 1.0 - distance : 0.0;
}

/* Keys 1981, "Cubic convolution interpolation for digital image processing". */
static double cubic(double x)
{
    const double a = -0.5, distance = fabs(x);
    if (distance < 1.0)
        return ((a + 2.0) * distance - (a + 3.0)) * distance * distance + 1.0;
    if (distance < 2.0)
        return (((distance - 5.0) * distance + 8.0) * distance - 4.0) * a;
    return 0.0;
}

static double filter_value(rn_filter filter, double x)
{
    if (filter == RN_FILTER_BOX)
        return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
    return filter == RN_FILTER_BICUBIC ? cubic(x) : triangle(x);
}

/* Inputs on each side of an output's center where the filter is not widened. */
static double filter_support(rn_filter filter)
{
    if (filter == RN_FILTER_BOX)
        return 0.5;
    return filter == RN_FILTER_BICUBIC ? 2.0 : 1.0;
}

static double axis_scale(const rn_axis_params *p)
{
    return (double)(p->high - p->low) / (double)p->to;
}

static double axis_widening(const rn_axis_params *p)
{
    double scale = axis_scale(p);
    return !p->antialias || scale < 1.0 ? 1.0 : scale;
}

/* The inputs of an output: from *begin to *end - 1. */
static void find_inputs(const rn_axis_params *p, int64_t output, int32_t *begin, int32_t *end)
{
    double center = (double)p->low + ((double)output + 0.5) * axis_scale(p);
    double support = filter_support(p->filter) * axis_widening(p);
    *begin = (int32_t)(center - support + 0.5);
    *end = (int32_t)(center + support + 0.5);
    if (*begin < 0)
        *begin = 0;
    if (*end > p->from)
        *end = (int32_t)p->from;
}

/* Computes the weights of the i-th output. */
static void fill_weights(rn_axis *axis, int64_t i)
{
    const rn_axis_params *p = &axis->params;
    int64_t output = p->first + i;
    int32_t begin, end, *weights = axis->weights + i * axis->width;
    find_inputs(p, output, &begin, &end);
    axis->firsts[i] = begin;
    axis->counts[i] = end - begin;
    double center = (double)p->low + ((double)output + 0.5) * axis_scale(p);
    double narrowing = 1.0 / axis_widening(p), total = 0.0;
    for (int32_t k = 0; k < end - begin; k++) {
        axis->exact[k] = filter_value(p->filter, (k + begin - center + 0.5) * narrowing);
        total += axis->exact[k];
    }
    for (int32_t k = 0; k < end - begin; k++) {
        double weight = total != 0.0 ? axis->exact[k] / total : axis->exact[k];
        double fixed = weight * (1 << RN_WEIGHT_BITS);
        weights[k] = (int32_t)(fixed < 0.0 ? fixed - 0.5 : fixed + 0.5);
    }
}

/* Pillow adds up the coordinates, and so rounds differently from a product. */
static void fill_nearest(rn_axis *axis)
{
    const rn_axis_params *p = &axis->params;
    double scale = axis_scale(p), at = (double)p->low + scale * 0.5;
    for (int64_t output = 0; output < p->first + p->count; output++, at += scale) {
        int64_t i = output - p->first;
        if (i < 0)
            continue;
        axis->firsts[i] = (int32_t)(at < (double)p->from ? at : (double)(p->from - 1));
        axis->counts[i] = 1;
        axis->weights[i] = 1 << RN_WEIGHT_BITS;
    }
}

static bool grow_axis(rn_axis *axis)
{
    size_t outputs = (size_t)axis->params.count, weights = outputs * (size_t)axis->width;
    if (outputs <= axis->capacity && weights <= axis->weights_capacity)
        return true;
    rn_axis_params params = axis->params;
    int64_t width = axis->width;
    rn_axis_clear(axis);
    axis->params = params;
    axis->width = width;
    axis->firsts = malloc(outputs * sizeof *axis->firsts);
    axis->counts = malloc(outputs * sizeof *axis->counts);
    axis->weights = malloc(weights * sizeof *axis->weights);
    axis->exact = malloc(weights * sizeof *axis->exact);
    axis->capacity = outputs;
    axis->weights_capacity = weights;
    if (axis->firsts && axis->counts && axis->weights && axis->exact)
        return true;
    rn_axis_clear(axis);
    return false;
}

static bool is_same(const rn_axis_params *a, const rn_axis_params *b)
{
    return a->filter == b->filter && a->antialias == b->antialias && a->from == b->from &&
           a->low == b->low && a->high == b->high && a->to == b->to && a->first == b->first &&
           a->count == b->count;
}

bool rn_axis_set(rn_axis *axis, const rn_axis_params *params)
{
    if (is_same(&axis->params, params))
        return true;
    axis->params = *params;
    axis->width = 1;
    if (params->filter != RN_FILTER_NEAREST)
        axis->width = (int64_t)ceil(filter_support(params->filter) * axis_widening(params)) * 2 + 1;
    if (!grow_axis(axis))
        return false;
    if (params->filter == RN_FILTER_NEAREST)
        fill_nearest(axis);
    for (int64_t i = 0; i < params->count && params->filter != RN_FILTER_NEAREST; i++)
        fill_weights(axis, i);
    return true;
}

void rn_axis_reach(const rn_axis_params *params, int64_t *begin, int64_t *end)
{
    if (params->from == params->to) {
        *begin = params->first;
        *end = params->first + params->count;
        return;
    }
    int32_t first, last, ignored;
    find_inputs(params, params->first, &first, &ignored);
    find_inputs(params, params->first + params->count - 1, &ignored, &last);
    /* The nearest pixel is one of those that a triangle weighs, but for rounding. */
    bool rounds = params->filter == RN_FILTER_NEAREST;
    *begin = rounds && first > 0 ? first - 1 : first;
    *end = rounds && last < params->from ? last + 1 : last;
}

int64_t rn_axis_length(const rn_axis *axis)
{
    int64_t last = axis->params.count - 1;
    return axis->firsts[last] + axis->counts[last] - axis->firsts[0];
}

void rn_axis_clear(rn_axis *axis)
{
    free(axis->firsts);
    free(axis->counts);
    free(axis->weights);
    free(axis->exact);
    *axis = (rn_axis){ 0 };
}
