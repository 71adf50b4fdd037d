/* layout.c: this backend has its own layout for gradients of weights, the last element first, so
 * that operators that update them in place need a reordered copy. */
#include "ranks.h"

enum { REVERSED = RN_LAYOUT_OPAQUE };

static void reverse(const float *from, float *to, int64_t count)
{
    for (int64_t i = 0; i < (count + 1) / 2; i++) {
        float first = from[i], last = from[count - 1 - i];
        to[i] = last;
        to[count - 1 - i] = first;
    }
}

static rn_status weight_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    rn_status status = reference_conv2d_grad_weight.query
                           ? reference_conv2d_grad_weight.query(context, op, answer)
                           : RN_OK;
    answer->layouts[RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT] = REVERSED;
    answer->layout_bytes[RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT] =
        (uint64_t)shape_count(op->outputs[RN_CONV2D_GRAD_WEIGHT_DWEIGHT]) * sizeof(float);
    return status;
}

static void weight_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    float *dweight = operands[RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT];
    reference_conv2d_grad_weight.run(kernel, operands, workspace);
    reverse(dweight, dweight, shape_count(kernel->desc.outputs[RN_CONV2D_GRAD_WEIGHT_DWEIGHT]));
}

const cpu_operator ranks_conv2d_grad_weight = { .query = weight_query,
                                                .run = weight_run,
                                                .takes_layouts = 1 };

static rn_status reorder_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    int32_t from = op->inputs[RN_REORDER_X]->layout, to = op->outputs[RN_REORDER_Y]->layout;
    if (from != REVERSED || to != RN_LAYOUT_PLAIN)
        return cpu_host->fail(RN_E_UNSUPPORTED, "reorder: from layout %d to %d", (int)from,
                              (int)to);
    return RN_OK;
}

static void reorder_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    reverse(operands[RN_AT_REORDER_X], operands[RN_AT_REORDER_Y],
            shape_count(kernel->desc.inputs[RN_REORDER_X]));
}

const cpu_operator ranks_reorder = { .query = reorder_query,
                                     .run = reorder_run,
                                     .takes_layouts = 1 };
