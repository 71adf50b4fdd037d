/* global_avg_pool.c: the mean of each plane; the gradient distributes dy evenly over it. */
#include "cpu_blas/cpu_blas.h"

typedef struct mean_call {
    const float *from;
    float *to;
    int64_t plane;
} mean_call;

CPU_CLONES
static void mean_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const mean_call *call = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        const float *x = call->from + i * call->plane;
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < call->plane; j++)
            sum += (double)x[j];
        call->to[i] = (float)(sum / (double)call->plane);
    }
}

CPU_CLONES
static void share_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const mean_call *call = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        float share = call->from[i] / (float)call->plane;
        for (int64_t j = 0; j < call->plane; j++)
            call->to[i * call->plane + j] = share;
    }
}

static void mean_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_GLOBAL_AVG_POOL_X];
    mean_call call = { operands[RN_AT_GLOBAL_AVG_POOL_X], operands[RN_AT_GLOBAL_AVG_POOL_Y],
                       shape_plane_size(x) };
    (void)workspace;
    cpu_parallel(kernel->context, shape_plane_count(x), mean_work, &call);
}

static void share_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *dx = kernel->desc.outputs[RN_GLOBAL_AVG_POOL_GRAD_DX];
    mean_call call = { operands[RN_AT_GLOBAL_AVG_POOL_GRAD_DY],
                       operands[RN_AT_GLOBAL_AVG_POOL_GRAD_DX], shape_plane_size(dx) };
    (void)workspace;
    cpu_parallel(kernel->context, shape_plane_count(dx), share_work, &call);
}

const cpu_operator cpu_blas_global_avg_pool = { .run = mean_run };
const cpu_operator cpu_blas_global_avg_pool_grad = { .run = share_run };
