/* operator.c: a plugin with an operator, its gradient and a block around it, and one mistake. */
#include <stddef.h>
#include <string.h>

#include "planted.h"

enum mistake {
    none,
    wrong_status_for_shapes,
    leaves_the_last_element,
    writes_past_the_end,
    writes_past_its_workspace,
    changes_its_input,
    adds_to_what_was_there,
    depends_on_threads,
    half_a_gradient,
    another_kernel
};

#define WORKSPACE 64 /* bytes */

static const rn_host *host;

static int64_t count(const rn_tensor_desc *desc)
{
    int64_t n = 1;
    for (int32_t i = 0; i < desc->rank; i++)
        n *= desc->shape[i];
    return n;
}

static rn_status shape(const rn_custom_desc *op, rn_tensor_desc *outputs)
{
    const rn_tensor_desc *x = op->inputs[0];
    if (IS(wrong_status_for_shapes) && x->shape[1] == 7)
        return host->fail(RN_E_IO, "7 channels");
    outputs[0].rank = x->rank;
    for (int32_t i = 0; i < x->rank; i++)
        outputs[0].shape[i] = x->shape[i];
    return RN_OK;
}

static void cost(const rn_custom_desc *op, rn_custom_cost *c)
{
    c->other_flops = count(op->inputs[0]);
}

static uint64_t workspace(const rn_custom_desc *op)
{
    (void)op;
    return WORKSPACE;
}

/* y = x^2 */
static void square_part(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const rn_custom_call *call = argument;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (int64_t i = begin; i < end; i++) {
        float before = IS(adds_to_what_was_there) ? y[i] : 0;
        y[i] = before + x[i] * x[i] + (IS(depends_on_threads) ? 1e-3f * (float)thread : 0);
    }
}

static rn_status square(const rn_custom_call *call)
{
    int64_t n = count(call->op->inputs[0]);
    float *y = call->outputs[0], *scratch = call->workspace;
    call->parallel(call, IS(leaves_the_last_element) ? n - 1 : n, square_part, (void *)call);
    if (IS(writes_past_the_end))
        y[n] = 0;
    if (IS(writes_past_its_workspace))
        scratch[WORKSPACE / sizeof *scratch] = 0;
    if (IS(changes_its_input))
        ((float *)call->inputs[0])[0] = 0;
    return RN_OK;
}

/* dx = 2 x dy */
static void grad_part(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const rn_custom_call *call = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++)
        call->outputs[0][i] =
            (IS(half_a_gradient) ? 1 : 2) * call->inputs[0][i] * call->inputs[1][i];
}

static rn_status square_grad(const rn_custom_call *call)
{
    call->parallel(call, count(call->op->inputs[0]), grad_part, (void *)call);
    return RN_OK;
}

static rn_status gradient(rn_graph *g, const rn_custom_gradient *of)
{
    rn_value *inputs[2] = { of->inputs[0], of->dys[0] };
    rn_custom_use use = { .op = "square_grad", .inputs = inputs, .n_inputs = 2 };
    of->dxs[0] = rn_custom(g, use);
    return RN_OK;
}

static const char *const text = "__kernel void square(__global const float *x, __global float *y,\n"
                                "                     long n, float factor)\n"
                                "{\n"
                                "    long i = get_global_id(0);\n"
                                "    if (i < n)\n"
                                "        y[i] = factor * x[i] * x[i];\n"
                                "}\n";

static rn_status launch(const rn_custom_desc *op, rn_custom_launch *to)
{
    int64_t n = count(op->inputs[0]);
    rn_custom_items(to, n);
    rn_custom_arg_i64(to, n);
    rn_custom_arg_f32(to, IS(another_kernel) ? 1.01 : 1);
    return RN_OK;
}

static rn_custom_source opencl = { .size = sizeof opencl, .entry = "square", .launch = launch };

static const rn_custom_op square_op = {
    .size = sizeof square_op,
    .name = "square",
    .doc = "The square of each element.",
    .source = "none",
    .n_inputs = 1,
    .n_outputs = 1,
    .deterministic = 1,
    .shape = shape,
    .cost = cost,
    .gradient = gradient,
    .workspace = workspace,
    .run = square,
    .opencl = &opencl,
};
static const rn_custom_op square_grad_op = {
    .size = sizeof square_grad_op,
    .name = "square_grad",
    .doc = "Its gradient.",
    .source = "none",
    .n_inputs = 2,
    .n_outputs = 1,
    .deterministic = 1,
    .shape = shape,
    .cost = cost,
    .run = square_grad,
};
static const rn_custom_op *const ops[] = { &square_op, &square_grad_op };
static const rn_custom_ops all_ops = { sizeof all_ops, 2, ops };

static const void *extension(const char *id)
{
    return strcmp(id, RN_CUSTOM_OPS_ID) == 0 ? &all_ops : NULL;
}

static rn_value *build(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_custom_use use = { .op = "square", .name = "square", .inputs = &x, .n_inputs = 1 };
    (void)attrs;
    if (g->size < offsetof(rn_graph, custom) + sizeof g->custom)
        return g->fail(g, RN_E_UNSUPPORTED, "this program has no operators of plugins");
    return rn_custom(g, use);
}

static const rn_block block = {
    .size = sizeof block,
    .name = "planted",
    .doc = "The square of each element.",
    .source = "none",
    .build = build,
};
static const rn_block *const blocks[] = { &block };

rn_status RN_PLUGIN_ENTRY(const rn_host *given, rn_plugin *plugin)
{
    host = given;
    opencl.text = text;
    plugin->blocks = blocks;
    plugin->n_blocks = 1;
    if (plugin->size >= offsetof(rn_plugin, extension) + sizeof plugin->extension)
        plugin->extension = extension;
    return planted_fill(plugin);
}
