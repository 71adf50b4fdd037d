/* conv2d.c: conv2d and its gradients. */
#include <stdio.h>

#include "base/choices.h"
#include "onednn/conv2d/algorithms.h"
#include "onednn/conv2d/choose.h"

static conv2d_problem problem_of(rn_context *context, const rn_op_desc *op)
{
    const conv2d_pass pass = conv2d_pass_of(op->op);
    const conv2d_operands at = conv2d_operands_of(op->op);
    return (conv2d_problem){ .context = context,
                             .op = op,
                             .pass = pass,
                             .attrs = op->attrs,
                             .x = onednn_operand(op, at.x),
                             .w = onednn_operand(op, at.weight),
                             .y = onednn_operand(op, at.y),
                             .bias = onednn_operand(op, at.bias),
                             .z = onednn_operand(op, at.z) };
}

static void answer_layout(rn_op_answer *answer, int32_t operand, conv2d_layout layout)
{
    answer->layouts[operand] = layout.layout;
    answer->layout_bytes[operand] = layout.bytes;
}

/* For people: the algorithm, and more where there is more to say. */
static void name_write(const conv2d_plan *plan, char *name, size_t size)
{
    const char *more = "";
    if (plan->desc)
        more = onednn_desc_implementation(plan->desc);
    else if (plan->algorithm == CONV2D_WINOGRAD)
        more = plan->winograd.algorithm;
    snprintf(name, size, "%s%s%s", onednn_conv2d_algorithm_name(plan->algorithm), *more ? ", " : "",
             more);
}

static rn_status conv2d_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const conv2d_problem p = problem_of(context, op);
    const conv2d_operands at = conv2d_operands_of(op->op);
    const conv2d_plan *plan;
    if (p.pass == CONV2D_FORWARD && op->outputs[RN_CONV2D_MASK])
        return cpu_host->fail(RN_E_UNSUPPORTED, "conv2d writes no mask here; relu does");
    rn_status status = onednn_conv2d_choose(&p, &plan);
    if (status)
        return status;
    answer_layout(answer, at.x, plan->x);
    answer_layout(answer, at.weight, plan->w);
    answer_layout(answer, at.y, plan->y);
    if (p.z && at.z >= 0) {
        answer_layout(answer, at.z, p.pass == CONV2D_FORWARD ? plan->y : plan->x);
        answer->inplace_inputs = 1u << at.z;
    }
    answer->workspace_bytes = plan->workspace_bytes;
    name_write(plan, answer->algorithm, sizeof answer->algorithm);
    return RN_OK;
}

/* True if the operands have the layouts of this plan. */
static bool is_as_answered(const conv2d_problem *p, const conv2d_plan *plan)
{
    return p->x->layout == plan->x.layout && p->w->layout == plan->w.layout &&
           p->y->layout == plan->y.layout;
}

static rn_status conv2d_prepare(rn_kernel *kernel)
{
    const conv2d_problem p = problem_of(kernel->context, &kernel->desc);
    const conv2d_plan *plan;
    conv2d_state *state = NULL;
    rn_status status = onednn_conv2d_choose(&p, &plan);
    choices_keep(onednn_of(kernel->context)->choices);
    if (!status && !is_as_answered(&p, plan))
        status = cpu_host->fail(RN_E_UNSUPPORTED, "its operands are not in the layouts that were "
                                                  "asked for");
    if (!status)
        status = onednn_conv2d_state_make(&p, plan, &state);
    kernel->state = state;
    return status;
}

static void conv2d_destroy(rn_kernel *kernel)
{
    onednn_conv2d_state_free(kernel->state);
}

static void conv2d_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const conv2d_state *state = kernel->state;
    const conv2d_operands at = conv2d_operands_of(kernel->desc.op);
    conv2d_pointers pointers = {
        .x = operands[at.x], .w = operands[at.weight], .y = operands[at.y], .workspace = workspace
    };
    if (at.bias >= 0)
        pointers.bias = operands[at.bias];
    if (at.z >= 0)
        pointers.z = operands[at.z];
    onednn_conv2d_state_run(kernel->context, state, &pointers);
}

#define CONV2D                                                                                     \
    {                                                                                              \
        .query = conv2d_query, .prepare = conv2d_prepare, .destroy = conv2d_destroy,               \
        .run = conv2d_run, .takes_layouts = 1                                                      \
    }

const cpu_operator onednn_conv2d = CONV2D;
const cpu_operator onednn_conv2d_grad_input = CONV2D;
const cpu_operator onednn_conv2d_grad_input_sum = CONV2D;
const cpu_operator onednn_conv2d_grad_weight = CONV2D;
