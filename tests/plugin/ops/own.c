/* own.c: a plugin with operators of its own, and blocks that use them. prelu has kernels for
 * devices and a gradient operator with two results; shift is its own gradient; halves has two
 * results; scaled_tanh has a gradient that is composed of the core's operators. */
#include <math.h>

#include "own_prelu.h"

/* ---- scaled_tanh: y = scale * tanh(x) ---- */

static const rn_attr tanh_attrs[] = {
    RN_ATTR_ROW(FLOAT, "scale", "1", 0.1, 10, "", NULL, "what tanh(x) is multiplied by"),
};

static rn_status same_shape(const rn_custom_desc *op, rn_tensor_desc *outputs)
{
    set_shape(&outputs[0], op->inputs[0]);
    return RN_OK;
}

static void tanh_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const rn_custom_call *call = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++)
        call->outputs[0][i] =
            (float)(call->op->attrs[0].float_value * tanh((double)call->inputs[0][i]));
}

static rn_status tanh_run(const rn_custom_call *call)
{
    call->parallel(call, count(call->op->inputs[0]), tanh_work, (void *)call);
    return RN_OK;
}

/* scale * (1 - tanh(x)^2) = scale - y^2/scale */
static rn_status tanh_gradient(rn_graph *g, const rn_custom_gradient *of)
{
    double scale = of->attrs[0].float_value;
    rn_value *y = of->outputs[0];
    rn_value *slope = rn_scale(g, rn_multiply(g, y, y), -1 / scale, scale);
    of->dxs[0] = rn_multiply(g, of->dys[0], slope);
    return RN_OK;
}

static const rn_custom_op scaled_tanh = {
    .size = sizeof(rn_custom_op),
    .n_attrs = 1,
    .name = "scaled_tanh",
    .doc = "A hyperbolic tangent, times a number.",
    .source = "none",
    .attrs = tanh_attrs,
    .n_inputs = 1,
    .n_outputs = 1,
    .deterministic = 1,
    .shape = same_shape,
    .cost = cost_one,
    .gradient = tanh_gradient,
    .run = tanh_run,
};

/* ---- shift: each fifth of the channels moves by a pixel; shift with `back` undoes it ---- */

static const rn_attr shift_attrs[] = {
    RN_ATTR_ROW(BOOL, "back", "false", 0, 0, "", NULL, "the other way"),
};

static rn_status shift_shape(const rn_custom_desc *op, rn_tensor_desc *outputs)
{
    set_shape(&outputs[0], op->inputs[0]);
    return check_image(op);
}

static void shift_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    static const int64_t moves[5][2] = { { 0, 0 }, { 0, 1 }, { 0, -1 }, { 1, 0 }, { -1, 0 } };
    const rn_custom_call *call = argument;
    const rn_tensor_desc *d = call->op->inputs[0];
    int64_t height = d->shape[2], width = d->shape[3], sign = call->op->attrs[0].int_value[0];
    (void)thread;
    for (int64_t p = begin; p < end; p++) {
        const int64_t *move = moves[p % d->shape[1] % 5];
        for (int64_t i = 0; i < height * width; i++) {
            int64_t h = i / width - (sign ? -move[0] : move[0]);
            int64_t w = i % width - (sign ? -move[1] : move[1]);
            int is_inside = h >= 0 && h < height && w >= 0 && w < width;
            call->outputs[0][p * height * width + i] =
                is_inside ? call->inputs[0][p * height * width + h * width + w] : 0;
        }
    }
}

static rn_status shift_run(const rn_custom_call *call)
{
    const rn_tensor_desc *d = call->op->inputs[0];
    call->parallel(call, d->shape[0] * d->shape[1], shift_work, (void *)call);
    return RN_OK;
}

static rn_status shift_gradient(rn_graph *g, const rn_custom_gradient *of)
{
    rn_setting back = rn_set_bool("back", !of->attrs[0].int_value[0]);
    rn_custom_use use = {
        .op = "own/shift", .settings = &back, .n_settings = 1, .inputs = of->dys, .n_inputs = 1
    };
    of->dxs[0] = rn_custom(g, use);
    return RN_OK;
}

static const rn_custom_op shift = {
    .size = sizeof(rn_custom_op),
    .n_attrs = 1,
    .name = "shift",
    .doc = "Moves channels by a pixel; what moves in is 0.",
    .source = "after Wu et al. 2018, arXiv:1711.08141",
    .attrs = shift_attrs,
    .n_inputs = 1,
    .n_outputs = 1,
    .deterministic = 1,
    .shape = shift_shape,
    .cost = cost_one,
    .gradient = shift_gradient,
    .run = shift_run,
};

/* ---- halves: the first half of the channels, and the second ---- */

static rn_status halves_shape(const rn_custom_desc *op, rn_tensor_desc *outputs)
{
    rn_status status = check_image(op);
    if (status)
        return status;
    if (op->inputs[0]->shape[1] % 2)
        return host->fail(RN_E_SHAPE, "takes an even number of channels, not %d",
                          (int)op->inputs[0]->shape[1]);
    for (int32_t i = 0; i < 2; i++) {
        set_shape(&outputs[i], op->inputs[0]);
        outputs[i].shape[1] /= 2;
    }
    return RN_OK;
}

static rn_status halves_run(const rn_custom_call *call)
{
    int64_t half = count(call->op->outputs[0]) / call->op->outputs[0]->shape[0];
    for (int64_t i = 0; i < count(call->op->inputs[0]); i++)
        call->outputs[i / half % 2][i / half / 2 * half + i % half] = call->inputs[0][i];
    return RN_OK;
}

static rn_status halves_gradient(rn_graph *g, const rn_custom_gradient *of)
{
    rn_value *parts[2];
    for (int32_t i = 0; i < 2; i++)
        parts[i] = of->dys[i] ? of->dys[i] : rn_scale(g, of->outputs[i], 0, 0);
    of->dxs[0] = rn_concat(g, parts, 2);
    return RN_OK;
}

static const rn_custom_op halves = {
    .size = sizeof(rn_custom_op),
    .name = "halves",
    .doc = "The first half of the channels, and the second.",
    .source = "none",
    .n_inputs = 1,
    .n_outputs = 2,
    .deterministic = 1,
    .shape = halves_shape,
    .cost = cost_one,
    .gradient = halves_gradient,
    .run = halves_run,
};

/* ---- Blocks ---- */

static rn_value *build_tanh(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_setting scale = rn_set_float("scale", rn_attr_float(g, attrs, "scale"));
    rn_custom_use use = {
        .op = "scaled_tanh", .settings = &scale, .n_settings = 1, .inputs = &x, .n_inputs = 1
    };
    return rn_custom(g, use);
}

static const rn_attr prelu_attrs[] = {
    RN_ATTR_ROW(BOOL, "frozen", "false", 0, 0, "", NULL, "the slopes are not trained"),
};

static rn_value *build_prelu(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_parameter_desc desc = { .init = RN_PARAMETER_CONSTANT,
                               .value = 0.25,
                               .rank = 1,
                               .frozen = rn_attr_bool(g, attrs, "frozen"),
                               .shape = { rn_dim(g, x, 1) } };
    rn_value *inputs[] = { x, rn_parameter(g, "weight", desc) };
    rn_custom_use use = { .op = "prelu", .inputs = inputs, .n_inputs = 2 };
    return rn_custom(g, use);
}

static rn_value *build_shift(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    rn_custom_use use = { .op = "shift", .inputs = &x, .n_inputs = 1 };
    return rn_custom(g, use);
}

static const rn_attr halves_attrs[] = {
    RN_ATTR_ROW(BOOL, "both", "true", 0, 0, "", NULL, "the sum of both; otherwise the first"),
};

static rn_value *build_halves(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_value *parts[2] = { NULL, NULL };
    rn_custom_use use = { .op = "halves",
                          .name = "parts",
                          .inputs = &x,
                          .n_inputs = 1,
                          .outputs = parts,
                          .n_outputs = 2 };
    rn_custom(g, use);
    return rn_attr_bool(g, attrs, "both") ? rn_add(g, parts[0], parts[1]) : parts[0];
}

#define BLOCK(block, n, table)                                                                     \
    &(const rn_block)                                                                              \
    {                                                                                              \
        .size = sizeof(rn_block), .n_attrs = n, .name = #block, .doc = "A test.",                  \
        .source = "none", .attrs = table, .build = build_##block                                   \
    }

static const rn_block *const blocks[] = { BLOCK(tanh, 1, tanh_attrs), BLOCK(prelu, 1, prelu_attrs),
                                          BLOCK(shift, 0, NULL), BLOCK(halves, 1, halves_attrs) };
static const rn_custom_op *const ops[] = { &scaled_tanh, &prelu, &prelu_grad, &shift, &halves };
static const rn_custom_ops list = { sizeof list, sizeof ops / sizeof *ops, ops };

static const void *extension(const char *id)
{
    const char *wanted = RN_CUSTOM_OPS_ID;
    while (*id && *id == *wanted)
        id++, wanted++;
    return *id == *wanted ? &list : NULL;
}

rn_status RN_PLUGIN_ENTRY(const rn_host *given, rn_plugin *plugin)
{
    host = given;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "own";
    plugin->version = "1.0.0";
    plugin->doc = "Operators and blocks of its own.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof *blocks;
    if (RN_HAS(plugin, extension)) /* else the program is older */
        plugin->extension = extension;
    return RN_OK;
}
