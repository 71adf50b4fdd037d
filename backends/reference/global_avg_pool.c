/* global_avg_pool.c: the mean of each plane, and its gradient. */
#include "reference/reference.h"

static void pool_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    int64_t size = shape_plane_size(call->desc->inputs[RN_GLOBAL_AVG_POOL_X]);
    const float *x = call->operands[RN_AT_GLOBAL_AVG_POOL_X];
    float *y = call->operands[RN_AT_GLOBAL_AVG_POOL_Y];
    for (int64_t plane = begin; plane < end; plane++) {
        double sum = 0;
        for (int64_t i = 0; i < size; i++)
            sum += (double)x[plane * size + i];
        y[plane] = (float)(sum / (double)size);
    }
}

static void pool_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.inputs[RN_GLOBAL_AVG_POOL_X]), pool_work);
}

const cpu_operator reference_global_avg_pool = { .run = pool_run };

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    int64_t size = shape_plane_size(call->desc->outputs[RN_GLOBAL_AVG_POOL_GRAD_DX]);
    const float *dy = call->operands[RN_AT_GLOBAL_AVG_POOL_GRAD_DY];
    float *dx = call->operands[RN_AT_GLOBAL_AVG_POOL_GRAD_DX];
    for (int64_t plane = begin; plane < end; plane++)
        for (int64_t i = 0; i < size; i++)
            dx[plane * size + i] = (float)((double)dy[plane] / (double)size);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.outputs[RN_GLOBAL_AVG_POOL_GRAD_DX]), grad_work);
}

const cpu_operator reference_global_avg_pool_grad = { .run = grad_run };
