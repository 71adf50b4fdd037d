/* conv2d.c: conv2d and its gradients. */
#include "onednn/conv2d/conv2d.h"

#include <stdio.h>
#include <string.h>

/* Where each operand stands in the operator's list. */
typedef struct conv2d_places {
    int8_t x, w, y, bias, z; /* -1: none */
} conv2d_places;

static const conv2d_places PLACES[] = {
    [CONV2D_FORWARD] = { .x = 0, .w = 1, .y = 4, .bias = 2, .z = 3 },
    [CONV2D_GRAD_INPUT] = { .x = 2, .w = 1, .y = 0, .bias = -1, .z = -1 },
    [CONV2D_GRAD_WEIGHT] = { .x = 0, .w = 2, .y = 1, .bias = 3, .z = -1 },
};

static conv2d_role role_of(const rn_op_desc *op)
{
    if (strcmp(op->op, "conv2d") == 0)
        return CONV2D_FORWARD;
    return strcmp(op->op, "conv2d_grad_input") == 0 ? CONV2D_GRAD_INPUT : CONV2D_GRAD_WEIGHT;
}

static conv2d_problem problem_of(rn_context *context, const rn_op_desc *op)
{
    conv2d_role role = role_of(op);
    const conv2d_places *at = &PLACES[role];
    return (conv2d_problem){ .context = context,
                             .op = op,
                             .role = role,
                             .attrs = op->attrs,
                             .x = onednn_operand(op, at->x),
                             .w = onednn_operand(op, at->w),
                             .y = onednn_operand(op, at->y),
                             .bias = onednn_operand(op, at->bias),
                             .z = onednn_operand(op, at->z) };
}

static void answer_layout(rn_op_answer *answer, int32_t place, conv2d_layout layout)
{
    answer->layouts[place] = layout.layout;
    answer->layout_bytes[place] = layout.bytes;
}

/* For people: the algorithm, and more where there is more to say. */
static void name_write(const conv2d_way *way, char *name, size_t size)
{
    const char *more = "";
    if (way->desc)
        more = onednn_desc_implementation(way->desc);
    else if (way->algorithm == CONV2D_WINOGRAD)
        more = way->winograd.algorithm;
    snprintf(name, size, "%s%s%s", conv2d_algorithm_name(way->algorithm), *more ? ", " : "", more);
}

static rn_status conv2d_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const conv2d_problem p = problem_of(context, op);
    const conv2d_places *at = &PLACES[p.role];
    conv2d_way way;
    if (p.role == CONV2D_FORWARD && op->outputs[RN_CONV2D_MASK])
        return cpu_host->fail(RN_E_UNSUPPORTED, "conv2d writes no mask here; relu does");
    rn_status status = conv2d_choose(&p, &way);
    if (status)
        return status;
    answer_layout(answer, at->x, way.x);
    answer_layout(answer, at->w, way.w);
    answer_layout(answer, at->y, way.y);
    if (p.z && at->z >= 0) {
        answer_layout(answer, at->z, way.y);
        answer->inplace_inputs = 1u << at->z;
    }
    answer->workspace_bytes = way.workspace_bytes;
    name_write(&way, answer->algorithm, sizeof answer->algorithm);
    conv2d_way_clear(&way);
    return RN_OK;
}

/* Are the operands as this way wants them? Where memory is short another may have come out. */
static bool is_as_answered(const conv2d_problem *p, const conv2d_way *way)
{
    return p->x->layout == way->x.layout && p->w->layout == way->w.layout &&
           p->y->layout == way->y.layout;
}

static rn_status conv2d_prepare(rn_kernel *kernel)
{
    const conv2d_problem p = problem_of(kernel->context, &kernel->desc);
    conv2d_way way;
    conv2d_state *state = NULL;
    rn_status status = conv2d_choose(&p, &way);
    if (!status && !is_as_answered(&p, &way)) {
        conv2d_way_clear(&way);
        status = cpu_host->fail(RN_E_NOMEM, "no memory for the algorithm that was chosen before");
    }
    if (!status)
        status = conv2d_state_make(&p, &way, &state);
    kernel->state = state;
    return status;
}

static void conv2d_destroy(rn_kernel *kernel)
{
    conv2d_state_free(kernel->state);
}

static void conv2d_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const conv2d_state *state = kernel->state;
    const conv2d_places *at = &PLACES[state->role];
    conv2d_pointers pointers = {
        .x = operands[at->x], .w = operands[at->w], .y = operands[at->y], .workspace = workspace
    };
    if (at->bias >= 0)
        pointers.bias = operands[at->bias];
    if (at->z >= 0)
        pointers.z = operands[at->z];
    conv2d_state_run(kernel->context, state, &pointers);
}

#define CONV2D                                                                                     \
    {                                                                                              \
        .query = conv2d_query, .prepare = conv2d_prepare, .destroy = conv2d_destroy,               \
        .run = conv2d_run, .takes_layouts = 1                                                      \
    }

const cpu_operator onednn_conv2d = CONV2D;
const cpu_operator onednn_conv2d_grad_input = CONV2D;
const cpu_operator onednn_conv2d_grad_weight = CONV2D;
