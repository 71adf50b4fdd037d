/* cudnn_transform.c: cuDNN's algorithms that transform images, each pass as a correlation of
 * planes: cudnn_winograd.c and cudnn_fourier.c. They have no strides, dilation or groups. */
#include <stdlib.h>

#include "cudnn_correlate.h"
#include "cudnn_sim.h"

/* An element's place in the floats of dnn_loops: images are N, H, W, C. */
static size_t image_at(const struct cudnnTensorStruct *t, int n, int c, int row, int column)
{
    const int *d = t->dims;
    return (((size_t)n * (size_t)d[2] + (size_t)row) * (size_t)d[3] + (size_t)column) *
               (size_t)d[1] +
           (size_t)c;
}

/* Copies an image's planes behind a border of zeros, or without some rows if that is negative.
 * `turned`: the channels are the outer axis. */
static void planes_read(const struct cudnnTensorStruct *t, const float *values, const int border[2],
                        bool turned, const int size[2], float *planes)
{
    const int *d = t->dims, outer = d[turned ? 1 : 0], inner = d[turned ? 0 : 1];
    for (int i = 0; i < outer * inner; i++)
        for (int at = 0; at < size[0] * size[1]; at++) {
            const int n = turned ? i % inner : i / inner, c = turned ? i / inner : i % inner;
            const int row = at / size[1] - border[0], column = at % size[1] - border[1];
            const bool is_in = row >= 0 && row < d[2] && column >= 0 && column < d[3];
            *planes++ = is_in ? values[image_at(t, n, c, row, column)] : 0;
        }
}

static void planes_write(const struct cudnnTensorStruct *t, const float *planes, float *values)
{
    const int *d = t->dims, area = d[2] * d[3];
    for (int i = 0; i < d[0] * d[1]; i++)
        for (int at = 0; at < area; at++)
            values[image_at(t, i / d[1], i % d[1], at / d[3], at % d[3])] = *planes++;
}

/* The place of tap (row, column) of a plane of the filter. */
static size_t filter_at(const dnn_problem *p, int k, int c, int tap, bool is_rotated)
{
    const int taps = p->w.values.dims[2] * p->w.values.dims[3];
    const bool flips = (p->convolution.mode == CUDNN_CONVOLUTION) != is_rotated;
    return dnn_matrix_at(p, k, c, flips ? taps - 1 - tap : tap);
}

/* From output to input channels and rotated by half a turn if `is_rotated`, as dx needs it. */
static void filter_read(const dnn_problem *p, const float *values, bool is_rotated, float *planes)
{
    const int *w = p->w.values.dims, taps = w[2] * w[3];
    const int outer = w[is_rotated ? 1 : 0], inner = w[is_rotated ? 0 : 1];
    for (int i = 0; i < outer * inner; i++)
        for (int tap = 0; tap < taps; tap++) {
            const int k = is_rotated ? i % inner : i / inner;
            const int c = is_rotated ? i / inner : i % inner;
            *planes++ = values[filter_at(p, k, c, tap, is_rotated)];
        }
}

/* The planes are those of c, for each k. */
static void filter_write(const dnn_problem *p, const float *planes, float *values)
{
    const int *w = p->w.values.dims, taps = w[2] * w[3];
    for (int i = 0; i < w[0] * w[1]; i++)
        for (int tap = 0; tap < taps; tap++)
            values[filter_at(p, i % w[0], i / w[0], tap, false)] = *planes++;
}

static correlation correlation_make(const dnn_problem *p, const int border[2])
{
    const int *x = p->x.dims, *y = p->y.dims, *w = p->w.values.dims;
    correlation c = { x[0], x[1], y[1], { 0 }, { w[2], w[3] }, { y[2], y[3] }, 0, 0, 0 };
    if (p->pass == DNN_DATA)
        c = (correlation){ x[0], y[1], x[1], { 0 }, { w[2], w[3] }, { x[2], x[3] }, 0, 0, 0 };
    if (p->pass == DNN_FILTERS)
        c = (correlation){ x[1], x[0], y[1], { 0 }, { y[2], y[3] }, { w[2], w[3] }, 0, 0, 0 };
    for (int i = 0; i < 2; i++)
        c.in_size[i] = (p->pass == DNN_DATA ? y : x)[2 + i] + 2 * border[i];
    c.in = malloc((size_t)c.batch * (size_t)c.n_in * (size_t)(c.in_size[0] * c.in_size[1]) *
                  sizeof *c.in);
    c.filter = malloc((size_t)c.n_out * (size_t)c.n_in *
                      (size_t)(c.filter_size[0] * c.filter_size[1]) * sizeof *c.filter);
    c.out = malloc((size_t)c.batch * (size_t)c.n_out * (size_t)(c.out_size[0] * c.out_size[1]) *
                   sizeof *c.out);
    return c;
}

static void correlate(const correlation *c, const dnn_problem *p, dnn_transform how)
{
    const int filter = p->w.values.dims[2], size = how == DNN_WINOGRAD_SMALL ? 4 : 6;
    if (how == DNN_FOURIER)
        correlate_fourier(c);
    else if (p->pass == DNN_FILTERS)
        correlate_winograd(c, filter, size + 1 - filter);
    else
        correlate_winograd(c, size + 1 - filter, filter);
}

void dnn_transform_run(const dnn_problem *p, dnn_transform how, float *x, float *y, float *w)
{
    static const int NONE[2] = { 0, 0 };
    const int *filter = p->w.values.dims, *pad = p->convolution.pad;
    const int turned[2] = { filter[2] - 1 - pad[0], filter[3] - 1 - pad[1] };
    correlation c = correlation_make(p, p->pass == DNN_DATA ? turned : pad);
    if (p->pass == DNN_DATA)
        planes_read(&p->y, y, turned, false, c.in_size, c.in);
    else
        planes_read(&p->x, x, pad, p->pass == DNN_FILTERS, c.in_size, c.in);
    if (p->pass == DNN_FILTERS)
        planes_read(&p->y, y, NONE, true, c.filter_size, c.filter);
    else
        filter_read(p, w, p->pass == DNN_DATA, c.filter);
    correlate(&c, p, how);
    if (p->pass == DNN_FORWARD)
        planes_write(&p->y, c.out, y);
    else if (p->pass == DNN_DATA)
        planes_write(&p->x, c.out, x);
    else
        filter_write(p, c.out, w);
    free(c.in);
    free(c.filter);
    free(c.out);
}
