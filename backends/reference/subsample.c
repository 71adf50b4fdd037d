/* subsample.c: shortcut A: every stride-th pixel, with channels of zeros before and after; the
 * gradient writes dy to those pixels and zeros elsewhere. */
#include <string.h>

#include "reference/reference.h"

/* Computes one plane of y from one of x. */
static void plane_sample(const float *x, const rn_subsample_attrs *a, shape_image x_shape,
                         shape_image y_shape, float *y)
{
    for (int64_t p = 0; p < y_shape.h; p++)
        for (int64_t q = 0; q < y_shape.w; q++)
            y[p * y_shape.w + q] = x[p * a->stride[0] * x_shape.w + q * a->stride[1]];
}

/* Computes one plane of dx from one of dy. */
static void plane_scatter(const float *dy, const rn_subsample_attrs *a, shape_image x_shape,
                          shape_image y_shape, float *dx)
{
    memset(dx, 0, sizeof *dx * (size_t)(x_shape.h * x_shape.w));
    for (int64_t p = 0; p < y_shape.h; p++)
        for (int64_t q = 0; q < y_shape.w; q++)
            dx[p * a->stride[0] * x_shape.w + q * a->stride[1]] = dy[p * y_shape.w + q];
}

static void subsample_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_subsample_attrs *a = call->desc->attrs;
    const shape_image x_shape = shape_of_image(call->desc->inputs[RN_SUBSAMPLE_X]);
    const shape_image y_shape = shape_of_image(call->desc->outputs[RN_SUBSAMPLE_Y]);
    const float *x = call->operands[RN_AT_SUBSAMPLE_X];
    float *y = call->operands[RN_AT_SUBSAMPLE_Y];

    for (int64_t plane = begin; plane < end; plane++) {
        int64_t n = plane / y_shape.c, c = plane % y_shape.c - a->channels_before;
        float *to = y + plane * y_shape.h * y_shape.w;
        if (c >= 0 && c < x_shape.c)
            plane_sample(x + (n * x_shape.c + c) * x_shape.h * x_shape.w, a, x_shape, y_shape, to);
        else
            memset(to, 0, sizeof *to * (size_t)(y_shape.h * y_shape.w));
    }
}

static void subsample_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.outputs[RN_SUBSAMPLE_Y]), subsample_work);
}

const cpu_operator reference_subsample = { .run = subsample_run };

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_subsample_attrs *a = call->desc->attrs;
    const shape_image x_shape = shape_of_image(call->desc->outputs[RN_SUBSAMPLE_GRAD_DX]);
    const shape_image y_shape = shape_of_image(call->desc->inputs[RN_SUBSAMPLE_GRAD_DY]);
    const float *dy = call->operands[RN_AT_SUBSAMPLE_GRAD_DY];
    float *dx = call->operands[RN_AT_SUBSAMPLE_GRAD_DX];

    for (int64_t plane = begin; plane < end; plane++) {
        int64_t n = plane / x_shape.c, c = plane % x_shape.c + a->channels_before;
        plane_scatter(dy + (n * y_shape.c + c) * y_shape.h * y_shape.w, a, x_shape, y_shape,
                      dx + plane * x_shape.h * x_shape.w);
    }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.outputs[RN_SUBSAMPLE_GRAD_DX]), grad_work);
}

const cpu_operator reference_subsample_grad = { .run = grad_run };
