/* NAME.c: an operator, its gradient, and a block by which a cfg uses it: y = x / (1 + bend*|x|),
 * which bends large values of either sign towards 1/bend. dx = dy / (1 + bend*|x|)^2. */
#include <math.h>
#include <resnet/plugin.h>
#include <string.h>

static int64_t elements(const rn_tensor_desc *desc)
{
    int64_t product = 1;
    for (int32_t i = 0; i < desc->rank; i++)
        product *= desc->shape[i];
    return product;
}

/* ---- Both operators: outputs of the shape of the first input, element by element --------- */
static rn_status shape(const rn_custom_desc *op, rn_tensor_desc *outputs)
{
    outputs[0].rank = op->inputs[0]->rank;
    for (int32_t i = 0; i < op->inputs[0]->rank; i++)
        outputs[0].shape[i] = op->inputs[0]->shape[i];
    return RN_OK;
}

static void cost(const rn_custom_desc *op, rn_custom_cost *cost)
{
    cost->other_flops = 4 * elements(op->inputs[0]);
}

/* The value of attribute 0 of the table below. */
static float bend_of(const rn_custom_desc *op)
{
    return (float)op->attrs[0].float_value;
}

static rn_status launch(const rn_custom_desc *op, rn_custom_launch *launch)
{
    rn_custom_arg_i64(launch, elements(op->inputs[0]));
    rn_custom_arg_f32(launch, bend_of(op));
    rn_custom_items(launch, elements(op->inputs[0]));
    return RN_OK;
}

static const rn_attr attributes[] = {
    RN_ATTR_ROW(FLOAT, "bend", "1.0", 0, 1e6, "", NULL, "how much; the limit is its inverse"),
};

/* ---- Forward: x -> y --------------------------------------------------------------------- */
static void forward_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const rn_custom_call *call = argument;
    const float *x = call->inputs[0];
    float *y = call->outputs[0], bend = bend_of(call->op);
    (void)thread;
    for (int64_t i = begin; i < end; i++)
        y[i] = x[i] / (1 + bend * fabsf(x[i]));
}

static rn_status forward_run(const rn_custom_call *call)
{
    call->parallel(call, elements(call->op->inputs[0]), forward_work, (void *)call);
    return RN_OK;
}

/* dx is made by the second operator, of x and dy. */
static rn_status gradient(rn_graph *g, const rn_custom_gradient *of)
{
    rn_value *inputs[] = { of->inputs[0], of->dys[0] };
    of->dxs[0] = rn_custom(g, (rn_custom_use){ .op = "NAME_grad",
                                               .settings = of->attrs,
                                               .n_settings = 1,
                                               .inputs = inputs,
                                               .n_inputs = 2 });
    return RN_OK;
}

/* The kernel has a name that no function of OpenCL, such as clamp, can have. */
static const rn_custom_source forward_opencl = {
    .size = sizeof forward_opencl,
    .text = "__kernel void NAME_y(__global const float *x, __global float *y, long n, float bend)\n"
            "{\n"
            "    long i = get_global_id(0);\n"
            "    if (i < n)\n"
            "        y[i] = x[i] / (1 + bend * fabs(x[i]));\n"
            "}\n",
    .entry = "NAME_y",
    .launch = launch,
};

static const rn_custom_op forward = {
    .size = sizeof forward,
    .n_attrs = 1,
    .name = "NAME",
    .doc = "Bends large values towards a limit: x / (1 + bend*|x|).",
    .source = "softsign: Glorot and Bengio 2010, section 3.1, with a slope",
    .attrs = attributes,
    .n_inputs = 1,
    .n_outputs = 1,
    .deterministic = 1,
    .shape = shape,
    .cost = cost,
    .gradient = gradient,
    .run = forward_run,
    .opencl = &forward_opencl,
};

/* ---- Gradient: x, dy -> dx; not differentiable itself ------------------------------------ */
static void backward_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const rn_custom_call *call = argument;
    const float *x = call->inputs[0], *dy = call->inputs[1];
    float *dx = call->outputs[0], bend = bend_of(call->op);
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        float below = 1 + bend * fabsf(x[i]);
        dx[i] = dy[i] / (below * below);
    }
}

static rn_status backward_run(const rn_custom_call *call)
{
    call->parallel(call, elements(call->op->inputs[0]), backward_work, (void *)call);
    return RN_OK;
}

static const rn_custom_op backward = {
    .size = sizeof backward,
    .n_attrs = 1,
    .name = "NAME_grad",
    .doc = "The gradient of NAME.",
    .source = "the derivative of NAME",
    .attrs = attributes,
    .n_inputs = 2,
    .n_outputs = 1,
    .deterministic = 1,
    .shape = shape,
    .cost = cost,
    .run = backward_run,
};

/* ---- The block --------------------------------------------------------------------------- */
static rn_value *build(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_setting bend = rn_set_float("bend", rn_attr_float(g, attrs, "bend"));
    return rn_custom(
        g, (rn_custom_use){
               .op = "NAME", .settings = &bend, .n_settings = 1, .inputs = &x, .n_inputs = 1 });
}

static const rn_block block = {
    .size = sizeof block,
    .n_attrs = 1,
    .name = "NAME",
    .doc = "The operator NAME as a layer.",
    .source = "as the operator",
    .attrs = attributes,
    .build = build,
};

static const void *extension(const char *id)
{
    static const rn_custom_op *const ops[] = { &forward, &backward };
    static const rn_custom_ops all = { sizeof all, 2, ops };
    return strcmp(id, RN_CUSTOM_OPS_ID) == 0 ? &all : NULL;
}

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &block };
    if (!RN_HAS(plugin, extension))
        return host->fail(RN_E_PLUGIN, "NAME brings an operator, for which this program is too "
                                       "old; it needs one of ABI 0.9");
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "NAME"; /* as the file: NAME.so */
    plugin->version = "0.1.0";
    plugin->doc = "An operator of my own.";
    plugin->blocks = blocks;
    plugin->n_blocks = 1;
    plugin->extension = extension;
    return RN_OK;
}
