/* linear.c: linear and its gradients, in fp32 at any precision: they take little time. */
#include <stdlib.h>
#include <string.h>

#include "onednn/context.h"

/* The indices of the operands, and the propagation kind in oneDNN. */
typedef struct linear_kind {
    dnnl_prop_kind_t kind;
    int32_t x, w, y; /* operand indices */
    int32_t bias;    /* operand index; -1: none */
} linear_kind;

static const linear_kind FORWARD = { dnnl_forward_inference, 0, 1, 3, 2 };
static const linear_kind GRAD_INPUT = { dnnl_backward_data, 2, 1, 0, -1 };
static const linear_kind GRAD_WEIGHT = { dnnl_backward_weights, 0, 2, 1, 3 };

static const linear_kind *kind_of(const rn_op_desc *op)
{
    if (strcmp(op->op, "linear") == 0)
        return &FORWARD;
    return strcmp(op->op, "linear_grad_input") == 0 ? &GRAD_INPUT : &GRAD_WEIGHT;
}

static onednn_md plain_md(const rn_tensor_desc *t)
{
    return t ? onednn_tensor_md_as(t, RN_LAYOUT_PLAIN) : NULL;
}

static dnnl_primitive_desc_t describe(const rn_context *context, const rn_op_desc *op)
{
    const linear_kind *k = kind_of(op);
    const rn_tensor_desc *bias_desc = onednn_operand(op, k->bias);
    onednn_md x = plain_md(onednn_operand(op, k->x)), w = plain_md(onednn_operand(op, k->w));
    onednn_md y = plain_md(onednn_operand(op, k->y)), bias = plain_md(bias_desc);
    onednn_problem problem = { .kind = k->kind, .x = x, .w = w, .y = y, .bias = bias };
    dnnl_primitive_desc_t desc = NULL;
    if (x && w && y && (bias || !bias_desc))
        desc = onednn_linear_desc(onednn_of(context)->engine, &problem);
    onednn_md_free(x);
    onednn_md_free(w);
    onednn_md_free(y);
    onednn_md_free(bias);
    return desc;
}

static rn_status linear_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    dnnl_primitive_desc_t desc = describe(context, op);
    if (!desc)
        return cpu_host->fail(RN_E_UNSUPPORTED, "oneDNN does not support this inner product");
    answer->workspace_bytes = onednn_desc_scratchpad(desc);
    dnnl_primitive_desc_destroy(desc);
    for (int32_t i = 0; i < op->n_inputs; i++)
        answer->layouts[i] = RN_LAYOUT_PLAIN;
    return RN_OK;
}

static rn_status linear_prepare(rn_kernel *kernel)
{
    const linear_kind *k = kind_of(&kernel->desc);
    bool has_bias = onednn_operand(&kernel->desc, k->bias);
    onednn_primitive *primitive = NULL;
    rn_status status =
        onednn_primitive_make(onednn_of(kernel->context)->engine,
                              describe(kernel->context, &kernel->desc),
                              onednn_arguments_of(k->kind), has_bias ? 4 : 3, &primitive);
    kernel->state = primitive;
    return status;
}

static void linear_destroy(rn_kernel *kernel)
{
    onednn_primitive_free(kernel->state);
}

static void linear_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const linear_kind *k = kind_of(&kernel->desc);
    void *const pointers[] = { operands[k->x], operands[k->w], operands[k->y],
                               k->bias >= 0 ? operands[k->bias] : NULL };
    onednn_primitive_run(onednn_of(kernel->context), kernel->state, pointers, workspace);
}

#define LINEAR                                                                                     \
    {                                                                                              \
        .query = linear_query, .prepare = linear_prepare, .destroy = linear_destroy,               \
        .run = linear_run, .takes_layouts = 1                                                      \
    }

const cpu_operator onednn_linear = LINEAR;
const cpu_operator onednn_linear_grad_input = LINEAR;
const cpu_operator onednn_linear_grad_weight = LINEAR;
