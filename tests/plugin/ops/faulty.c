/* faulty.c: an operator y = x that is right but for one fault, chosen by -DFAULT=…, and the block
 * that uses it. */
#include <resnet/plugin.h>
#include <string.h>

enum fault {
    NOTHING,
    /* in the tables */
    NO_LIST,
    NO_OPS,
    NULL_OP,
    SHORT_OP,
    NO_RUN,
    BAD_NAME,
    TWINS,
    TOO_MANY_INPUTS,
    BAD_FLAG,
    BAD_ATTR,
    BAD_ENTRY,
    /* in shapes and costs */
    RANK_0,
    EMPTY,
    SHAPE_SAYS_NOTHING,
    NEGATIVE_COST,
    /* in the gradient */
    NO_GRADIENT,
    GRADIENT_GIVES_NONE,
    GRADIENT_GIVES_GARBAGE,
    GRADIENT_OF_OTHER_SHAPE,
    GRADIENT_HAS_WEIGHTS,
    GRADIENT_HAS_PARAMETER,
    GRADIENT_FAILS,
    /* in the block that calls it */
    UNKNOWN_OP,
    UNKNOWN_PLUGIN,
    UNKNOWN_SETTING,
    BAD_SETTING,
    THREE_INPUTS,
    NULL_INPUT,
    ONE_OUTPUT_TOO_MANY,
    PARAMETER_TWICE,
    PARAMETER_OF_RANK_9,
    PARAMETER_OF_NO_KIND,
    PARAMETER_NOT_FINITE,
    PARAMETER_NORMAL, /* no faults: to see the initial values */
    PARAMETER_UNIFORM,
    /* in runs */
    RUN_FAILS,
    HUGE_WORKSPACE,
    NOT_DETERMINISTIC,
    COUPLES,
    HUGE_GROUP,
    BAD_TEXT
};

static const rn_host *host;

static rn_status shape(const rn_custom_desc *op, rn_tensor_desc *outputs)
{
    if (FAULT == SHAPE_SAYS_NOTHING)
        return RN_E_SHAPE;
    outputs[0].rank = FAULT == RANK_0 ? 0 : op->inputs[0]->rank;
    memcpy(outputs[0].shape, op->inputs[0]->shape, sizeof outputs[0].shape);
    if (FAULT == EMPTY)
        outputs[0].shape[1] = 0;
    return RN_OK;
}

static void cost(const rn_custom_desc *op, rn_custom_cost *cost)
{
    (void)op;
    cost->other_flops = FAULT == NEGATIVE_COST ? -1 : 1;
}

static rn_value *wrong_gradient(rn_graph *g, rn_value *dy)
{
    static int garbage[4096];
    rn_conv2d_attrs conv = { .channels = rn_dim(g, dy, 1), .kernel = { 1, 1 } };
    rn_parameter_desc desc = { .init = RN_PARAMETER_CONSTANT, .rank = 1, .shape = { 1 } };
    switch (FAULT) {
        case GRADIENT_GIVES_NONE: return NULL;
        case GRADIENT_GIVES_GARBAGE: return (rn_value *)(void *)garbage;
        case GRADIENT_OF_OTHER_SHAPE: return rn_global_avg_pool(g, dy);
        case GRADIENT_HAS_WEIGHTS: return rn_conv2d(g, dy, "conv", conv);
        case GRADIENT_HAS_PARAMETER: rn_parameter(g, "w", desc); return dy;
        default: return dy;
    }
}

static rn_status gradient(rn_graph *g, const rn_custom_gradient *of)
{
    if (FAULT == GRADIENT_FAILS)
        return host->fail(RN_E_UNSUPPORTED, "no gradient of so many pixels");
    of->dxs[0] = wrong_gradient(g, of->dys[0]);
    return RN_OK;
}

static uint64_t workspace(const rn_custom_desc *op)
{
    (void)op;
    return FAULT == HUGE_WORKSPACE ? UINT64_MAX / 2 : 0;
}

static rn_status run(const rn_custom_call *call)
{
    if (FAULT == RUN_FAILS)
        return host->fail(RN_E_DATA, "found no %s", "table");
    memcpy(call->outputs[0], call->inputs[0], call->op->inputs[0]->size_bytes);
    return RN_OK;
}

static rn_status launch(const rn_custom_desc *op, rn_custom_launch *launch)
{
    (void)op;
    launch->group[0] = FAULT == HUGE_GROUP ? 257 : 1;
    return RN_OK;
}

static const rn_custom_source source = {
    .size = sizeof source,
    .text = "not a program",
    .entry = FAULT == BAD_ENTRY ? "a b" : "entry",
    .launch = launch,
};

static const rn_attr attrs[] = {
    RN_ATTR_ROW(INT, "count", FAULT == BAD_ATTR ? "ten" : "1", 1, 9, "", NULL, "a number"),
};

#define HAS_SOURCE (FAULT == BAD_ENTRY || FAULT == HUGE_GROUP || FAULT == BAD_TEXT)

static const rn_custom_op op = {
    .size = FAULT == SHORT_OP ? 8 : sizeof op,
    .n_attrs = 1,
    .name = FAULT == BAD_NAME ? "Same" : "same",
    .doc = "The input.",
    .source = "none",
    .attrs = attrs,
    .n_inputs = FAULT == TOO_MANY_INPUTS ? 9 : 1,
    .n_outputs = 1,
    .deterministic = FAULT == BAD_FLAG ? 2 : FAULT != NOT_DETERMINISTIC,
    .couples_samples = FAULT == COUPLES,
    .shape = shape,
    .cost = cost,
    .gradient = FAULT == NO_GRADIENT ? NULL : gradient,
    .workspace = workspace,
    .run = FAULT == NO_RUN ? NULL : run,
    .opencl = HAS_SOURCE ? &source : NULL,
};

static const rn_custom_op *const ops[] = { FAULT == NULL_OP ? NULL : &op, &op };
static const rn_custom_ops list = { sizeof list, FAULT == NO_LIST ? 0 : 1 + (FAULT == TWINS),
                                    FAULT == NO_OPS ? NULL : ops };

static rn_value *call(rn_graph *g, rn_value *x)
{
    rn_setting setting =
        rn_set_int(FAULT == UNKNOWN_SETTING ? "cuont" : "count", FAULT == BAD_SETTING ? 10 : 2);
    rn_value *inputs[3] = { FAULT == NULL_INPUT ? NULL : x, x, x }, *outputs[2] = { NULL, NULL };
    rn_custom_use use = {
        .op = FAULT == UNKNOWN_OP       ? "smae"
              : FAULT == UNKNOWN_PLUGIN ? "nowhere/same"
                                        : "same",
        .settings = &setting,
        .n_settings = 1,
        .inputs = inputs,
        .n_inputs = FAULT == THREE_INPUTS ? 3 : 1,
        .outputs = outputs,
        .n_outputs = FAULT == ONE_OUTPUT_TOO_MANY ? 2 : 1,
    };
    return rn_custom(g, use);
}

static rn_value *build(rn_graph *g, const rn_attrs *unused, rn_value *x)
{
    rn_parameter_desc desc = { .init = FAULT == PARAMETER_OF_NO_KIND ? 7
                                       : FAULT == PARAMETER_NORMAL   ? RN_PARAMETER_NORMAL
                                       : FAULT == PARAMETER_UNIFORM  ? RN_PARAMETER_UNIFORM
                                                                     : RN_PARAMETER_CONSTANT,
                               .value = FAULT == PARAMETER_NOT_FINITE ? 1e300 * 1e300 : 0.5,
                               .rank = FAULT == PARAMETER_OF_RANK_9 ? 9 : 1,
                               .shape = { 4096 } };
    (void)unused;
    if (FAULT >= PARAMETER_TWICE && FAULT <= PARAMETER_UNIFORM)
        rn_parameter(g, "table", desc);
    if (FAULT == PARAMETER_TWICE)
        rn_parameter(g, "table", desc);
    return call(g, x);
}

static const rn_block block = {
    .size = sizeof block, .name = "faulty", .doc = "A test.", .source = "none", .build = build
};
static const rn_block *const blocks[] = { &block };

static const void *extension(const char *id)
{
    return strcmp(id, RN_CUSTOM_OPS_ID) == 0 ? &list : NULL;
}

rn_status RN_PLUGIN_ENTRY(const rn_host *given, rn_plugin *plugin)
{
    host = given;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "faulty";
    plugin->version = "1.0.0";
    plugin->doc = "An operator with a fault.";
    plugin->blocks = blocks;
    plugin->n_blocks = 1;
    if (RN_HAS(plugin, extension)) /* else the program is older */
        plugin->extension = extension;
    return RN_OK;
}
