/* grouped.c: grouped 3x3 convolutions: which are taken, how they are planned, and how their weights
 * are packed. */
#include "onednn/conv2d/grouped.h"

#include "onednn/conv2d/grouped_kernels.h"
#include "onednn/conv2d/grouped_rows.h"
#include "onednn/conv2d/grouped_weight.h"

bool onednn_grouped_fits(const rn_conv2d_attrs *a, const rn_tensor_desc *x, const rn_tensor_desc *y)
{
    for (int axis = 0; axis < 2; axis++)
        if (a->kernel[axis] != 3 || a->padding[axis] != 1 || a->dilation[axis] != 1 ||
            a->stride[axis] != a->stride[0])
            return false;
    if (x->rank != 4 || x->shape[1] != y->shape[1] || x->shape[1] % ONEDNN_LANES ||
        a->stride[0] > 2)
        return false;
    int64_t group = x->shape[1] / a->groups;
    return group == 4 || group == 8 || group == 16;
}

void onednn_grouped_pack(rn_context *context, const void *packing, const float *weight, void *to)
{
    const onednn_grouped_packing *p = packing;
    float *packed = to;
    (void)context;
    for (int64_t channel = 0; channel < p->channels; channel++)
        for (int64_t j = 0; j < p->group; j++)
            for (int64_t tap = 0; tap < ONEDNN_GROUPED_TAPS; tap++) {
                int64_t start = channel - channel % p->group;
                int64_t k = p->turned ? start + j : channel;
                int64_t c = p->turned ? channel - start : j;
                int64_t from = p->mirrored ? ONEDNN_GROUPED_TAPS - 1 - tap : tap;
                packed[onednn_grouped_place(p->group, channel, j, tap)] =
                    weight[(k * p->group + c) * ONEDNN_GROUPED_TAPS + from];
            }
}

void onednn_grouped_plan_make(const rn_op_desc *op, conv2d_pass pass, int32_t n_threads,
                              bool is_bf16, onednn_grouped_plan *plan)
{
    const rn_conv2d_attrs *a = op->attrs;
    const bool turned = pass == CONV2D_GRAD_INPUT;
    const rn_tensor_desc *from = pass == CONV2D_FORWARD ? op->inputs[RN_CONV2D_X]
                                 : turned               ? op->inputs[RN_CONV2D_GRAD_INPUT_DY]
                                                        : op->inputs[RN_CONV2D_GRAD_WEIGHT_X];
    const rn_tensor_desc *to = pass == CONV2D_FORWARD ? op->outputs[RN_CONV2D_Y]
                               : turned               ? op->outputs[RN_CONV2D_GRAD_INPUT_DX]
                                                      : op->inputs[RN_CONV2D_GRAD_WEIGHT_DY];
    const int64_t group = from->shape[1] / a->groups;
    *plan = (onednn_grouped_plan){ .pass = pass,
                                   .kind = a->stride[0] == 1 ? GROUPED_SAME
                                           : turned          ? GROUPED_UP
                                                             : GROUPED_DOWN,
                                   .n_threads = n_threads,
                                   .is_bf16 = is_bf16,
                                   .n = from->shape[0],
                                   .blocks = onednn_blocks(from),
                                   .group = group,
                                   .from_h = from->shape[2],
                                   .from_w = from->shape[3],
                                   .to_h = to->shape[2],
                                   .to_w = to->shape[3],
                                   .packing = { .channels = from->shape[1],
                                                .group = group,
                                                .turned = turned,
                                                .mirrored = turned && a->stride[0] == 1 } };
    plan->weight_bytes = (uint64_t)(from->shape[1] * group * ONEDNN_GROUPED_TAPS) * sizeof(float);
    if (pass == CONV2D_GRAD_WEIGHT)
        onednn_grouped_weight_plan(plan);
    else
        onednn_grouped_rows_plan(plan);
}

void onednn_grouped_run(const onednn_grouped_call *call)
{
    if (call->plan->pass == CONV2D_GRAD_WEIGHT)
        onednn_grouped_weight_run(call);
    else
        onednn_grouped_rows_run(call);
}
