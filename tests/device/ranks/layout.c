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
    answer->layouts[op->n_inputs] = REVERSED;
    answer->layout_bytes[op->n_inputs] = (uint64_t)shape_count(op->outputs[0]) * sizeof(float);
    return status;
}

static void weight_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    float *dweight = operands[kernel->desc.n_inputs];
    reference_conv2d_grad_weight.run(kernel, operands, workspace);
    reverse(dweight, dweight, shape_count(kernel->desc.outputs[0]));
}

const cpu_operator ranks_conv2d_grad_weight = { .query = weight_query,
                                                .run = weight_run,
                                                .takes_layouts = 1 };

static rn_status reorder_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    if (op->inputs[0]->layout != REVERSED || op->outputs[0]->layout != RN_LAYOUT_PLAIN)
        return cpu_host->fail(RN_E_UNSUPPORTED, "reorder: from layout %d to %d",
                              (int)op->inputs[0]->layout, (int)op->outputs[0]->layout);
    return RN_OK;
}

static void reorder_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    reverse(operands[0], operands[1], shape_count(kernel->desc.inputs[0]));
}

const cpu_operator ranks_reorder = { .query = reorder_query,
                                     .run = reorder_run,
                                     .takes_layouts = 1 };
