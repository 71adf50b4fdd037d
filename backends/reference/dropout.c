/* dropout.c: sets a fraction `rate` of the values to 0 and scales the rest by 1 / (1 - rate); the
 * gradient does the same to dy through the mask. */
#include "reference/dropout.h"

static void dropout_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_dropout_attrs *a = call->desc->attrs;
    int64_t size = shape_plane_size(call->desc->inputs[RN_DROPOUT_X]);
    const float *x = call->operands[RN_AT_DROPOUT_X];
    const int32_t *random = call->operands[RN_AT_DROPOUT_RANDOM];
    float *y = call->operands[RN_AT_DROPOUT_Y];

    for (int64_t plane = begin; plane < end; plane++) {
        mask_plane mask = mask_plane_at(call->desc->outputs[RN_DROPOUT_MASK],
                                        call->operands[RN_AT_DROPOUT_MASK], plane);
        for (int64_t i = 0; i < size; i++) {
            int64_t at = plane * size + i;
            bool keep = reference_dropout_keeps(a, random, at);
            mask_put(mask, i, keep);
            y[at] = keep ? (float)((double)x[at] / (1 - a->rate)) : 0;
        }
    }
}

static void dropout_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.inputs[RN_DROPOUT_X]), dropout_work);
}

const cpu_operator reference_dropout = { .run = dropout_run };

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_dropout_attrs *a = call->desc->attrs;
    int64_t size = shape_plane_size(call->desc->inputs[RN_DROPOUT_GRAD_DY]);
    const float *dy = call->operands[RN_AT_DROPOUT_GRAD_DY];
    float *dx = call->operands[RN_AT_DROPOUT_GRAD_DX];

    for (int64_t plane = begin; plane < end; plane++) {
        mask_plane mask = mask_plane_at(call->desc->inputs[RN_DROPOUT_GRAD_MASK],
                                        call->operands[RN_AT_DROPOUT_GRAD_MASK], plane);
        for (int64_t i = 0; i < size; i++) {
            double kept = (double)dy[plane * size + i] / (1 - a->rate);
            dx[plane * size + i] = mask_get(mask, i) ? (float)kept : 0;
        }
    }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.inputs[RN_DROPOUT_GRAD_DY]), grad_work);
}

const cpu_operator reference_dropout_grad = { .run = grad_run };
