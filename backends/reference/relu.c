/* relu.c: y = max(x, 0), the mask of the values that it keeps, and the gradient through the
 * mask. */
#include "reference/reference.h"

static void relu_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_tensor_desc *mask_desc = call->desc->outputs[1];
    int64_t size = shape_plane_size(call->desc->inputs[0]);
    const float *x = call->operands[0];
    float *y = call->operands[1];
    void *mask = call->operands[2];

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
    reference_each(kernel, operands, workspace, shape_plane_count(kernel->desc.inputs[0]),
                   relu_work);
}

const cpu_operator reference_relu = { .name = "relu", .run = relu_run };

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    int64_t size = shape_plane_size(call->desc->inputs[0]);
    const float *dy = call->operands[0];
    float *dx = call->operands[2];

    for (int64_t plane = begin; plane < end; plane++) {
        mask_plane mask = mask_plane_at(call->desc->inputs[1], call->operands[1], plane);
        for (int64_t i = 0; i < size; i++)
            dx[plane * size + i] = mask_get(mask, i) ? dy[plane * size + i] : 0;
    }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, shape_plane_count(kernel->desc.inputs[0]),
                   grad_work);
}

const cpu_operator reference_relu_grad = { .name = "relu_grad", .run = grad_run };
