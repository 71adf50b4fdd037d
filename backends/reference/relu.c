/* relu.c: y = max(x, 0), the mask of the values that it keeps, and the gradient through the
 * mask. */
#include "reference/reference.h"

static void relu_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_tensor_desc *mask_desc = call->desc->outputs[RN_RELU_MASK];
    int64_t size = shape_plane_size(call->desc->inputs[RN_RELU_X]);
    const float *x = call->operands[RN_AT_RELU_X];
    float *y = call->operands[RN_AT_RELU_Y];
    void *mask = call->operands[RN_AT_RELU_MASK];

    for (int64_t plane = begin; plane < end; plane++) {
        mask_plane m = { 0 };
        if (mask)
            m = mask_plane_at(mask_desc, mask, plane);
        for (int64_t i = 0; i < size; i++) {
            float value = x[plane * size + i];
            bool keep = reference_relu_keeps((double)value);
            y[plane * size + i] = keep ? value : 0;
            if (mask)
                mask_put(m, i, keep);
        }
    }
}

static void relu_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, shape_plane_count(kernel->desc.inputs[RN_RELU_X]),
                   relu_work);
}

const cpu_operator reference_relu = { .run = relu_run };

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    int64_t size = shape_plane_size(call->desc->inputs[RN_RELU_GRAD_DY]);
    const float *dy = call->operands[RN_AT_RELU_GRAD_DY];
    float *dx = call->operands[RN_AT_RELU_GRAD_DX];

    for (int64_t plane = begin; plane < end; plane++) {
        mask_plane mask = mask_plane_at(call->desc->inputs[RN_RELU_GRAD_MASK],
                                        call->operands[RN_AT_RELU_GRAD_MASK], plane);
        for (int64_t i = 0; i < size; i++)
            dx[plane * size + i] = mask_get(mask, i) ? dy[plane * size + i] : 0;
    }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.inputs[RN_RELU_GRAD_DY]), grad_work);
}

const cpu_operator reference_relu_grad = { .run = grad_run };
