/* relu.c: relu with its mask, and the gradient through the mask. */
#include "cpu_blas/mask_bytes.h"

typedef struct relu_call {
    const float *from;
    float *to;
    const rn_tensor_desc *mask_desc; /* NULL: no mask */
    void *mask;
    int64_t plane;
} relu_call;

/* NaN is kept, so that it stays visible. `to` may be `from`. */
CPU_CLONES
static void relu_apply(const float *from, float *to, uint8_t *keep, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        keep[i] = from[i] <= 0.0f ? 0 : 1;
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        to[i] = from[i] <= 0.0f ? 0.0f : from[i];
}

CPU_CLONES
static void keep_apply(const float *from, float *to, const uint8_t *keep, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        to[i] = keep[i] ? from[i] : 0.0f;
}

static void relu_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const relu_call *call = argument;
    uint8_t keep[MASK_CHUNK];
    (void)thread;
    for (int64_t plane = begin; plane < end; plane++)
        for (int64_t i = 0; i < call->plane; i += MASK_CHUNK) {
            int64_t n = cpu_blas_min(MASK_CHUNK, call->plane - i), at = plane * call->plane + i;
            relu_apply(call->from + at, call->to + at, keep, n);
            if (call->mask)
                mask_bytes_put(mask_plane_at(call->mask_desc, call->mask, plane), i, keep, n);
        }
}

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const relu_call *call = argument;
    uint8_t keep[MASK_CHUNK];
    (void)thread;
    for (int64_t plane = begin; plane < end; plane++)
        for (int64_t i = 0; i < call->plane; i += MASK_CHUNK) {
            int64_t n = cpu_blas_min(MASK_CHUNK, call->plane - i), at = plane * call->plane + i;
            mask_bytes_get(mask_plane_at(call->mask_desc, call->mask, plane), i, keep, n);
            keep_apply(call->from + at, call->to + at, keep, n);
        }
}

static void relu_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *d = &kernel->desc;
    relu_call call = { operands[RN_AT_RELU_X], operands[RN_AT_RELU_Y], d->outputs[RN_RELU_MASK],
                       operands[RN_AT_RELU_MASK], shape_plane_size(d->inputs[RN_RELU_X]) };
    (void)workspace;
    cpu_parallel(kernel->context, shape_plane_count(d->inputs[RN_RELU_X]), relu_work, &call);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *d = &kernel->desc;
    relu_call call = { operands[RN_AT_RELU_GRAD_DY], operands[RN_AT_RELU_GRAD_DX],
                       d->inputs[RN_RELU_GRAD_MASK], operands[RN_AT_RELU_GRAD_MASK],
                       shape_plane_size(d->inputs[RN_RELU_GRAD_DY]) };
    (void)workspace;
    cpu_parallel(kernel->context, shape_plane_count(d->inputs[RN_RELU_GRAD_DY]), grad_work, &call);
}

const cpu_operator cpu_blas_relu = { .run = relu_run };
const cpu_operator cpu_blas_relu_grad = { .run = grad_run };
