/* shift.c: ShiftNet: an operator that moves channels by pixels, in place of spatial convolutions,
 * and the block that is made with it. */
#include <resnet/custom_op.h>
#include <resnet/plugin.h>
#include <string.h>

static const rn_host *host;

/* ---- The operator ---- */

enum attr_row { KERNEL, DILATION, REVERSE, N_ATTRS };

static const rn_attr shift_attrs[N_ATTRS] = {
    [KERNEL] = RN_ATTR_ROW(INT, "kernel", "3", 1, 63, "pixels", NULL,
                           "an equal share of the channels comes from each pixel of a window of "
                           "this size; odd"),
    [DILATION] = RN_ATTR_ROW(INT, "dilation", "1", 1, 1024, "pixels", NULL,
                             "distance between the window's pixels"),
    [REVERSE] = RN_ATTR_ROW(BOOL, "reverse", "false", 0, 0, "", NULL,
                            "move the other way, as the gradient does"),
};

typedef struct shift {
    int64_t channels, height, width;
    int64_t kernel, step; /* step: the dilation, negative in reverse */
    const float *x;
    float *y;
} shift;

static shift read_shift(const rn_custom_desc *op)
{
    const int64_t *shape = op->inputs[0]->shape;
    int64_t dilation = op->attrs[DILATION].int_value[0];
    return (shift){ .channels = shape[1],
                    .height = shape[2],
                    .width = shape[3],
                    .kernel = op->attrs[KERNEL].int_value[0],
                    .step = op->attrs[REVERSE].int_value[0] ? -dilation : dilation };
}

static rn_status shape_of(const rn_custom_desc *op, rn_tensor_desc *outputs)
{
    const rn_tensor_desc *x = op->inputs[0];
    long long kernel = (long long)op->attrs[KERNEL].int_value[0];
    if (x->rank != 4)
        return host->fail(RN_E_SHAPE, "%s: shift takes images (N, C, H, W), not %d dimensions",
                          op->name, (int)x->rank);
    if (kernel % 2 == 0)
        return host->fail(RN_E_CONFIG, "%s: kernel %lld is even, so it has no middle", op->name,
                          kernel);
    outputs[0].rank = x->rank;
    memcpy(outputs[0].shape, x->shape, sizeof x->shape);
    return RN_OK;
}

static void count_nothing(const rn_custom_desc *op, rn_custom_cost *cost)
{
    (void)op;
    (void)cost;
}

/* The gradient moves back. */
static rn_status build_gradient(rn_graph *g, const rn_custom_gradient *of)
{
    rn_setting settings[N_ATTRS];
    memcpy(settings, of->attrs, sizeof settings);
    settings[REVERSE].int_value[0] = !settings[REVERSE].int_value[0];
    of->dxs[0] = rn_custom(g, (rn_custom_use){ .op = "shift",
                                               .settings = settings,
                                               .n_settings = N_ATTRS,
                                               .inputs = of->dys,
                                               .n_inputs = 1 });
    return of->dxs[0] ? RN_OK : RN_E_PLUGIN;
}

/* How far away, in rows and columns, a channel's pixels come from. Channels that are left over,
 * as the window does not divide them, stay. */
static void find_offset(const shift *s, int64_t channel, int64_t offset[2])
{
    int64_t window = s->kernel * s->kernel, share = s->channels / window;
    int64_t place = share && channel / share < window ? channel / share : window / 2;
    offset[0] = (place / s->kernel - s->kernel / 2) * s->step;
    offset[1] = (place % s->kernel - s->kernel / 2) * s->step;
}

static void move_row(const shift *s, const float *x, float *y, int64_t by)
{
    for (int64_t w = 0; w < s->width; w++)
        y[w] = x && w + by >= 0 && w + by < s->width ? x[w + by] : 0;
}

static void move_planes(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const shift *s = argument;
    int64_t offset[2], size = s->height * s->width;
    (void)thread;
    for (int64_t plane = begin; plane < end; plane++) {
        find_offset(s, plane % s->channels, offset);
        for (int64_t h = 0; h < s->height; h++) {
            int64_t from = h + offset[0];
            const float *row =
                from >= 0 && from < s->height ? s->x + plane * size + from * s->width : NULL;
            move_row(s, row, s->y + plane * size + h * s->width, offset[1]);
        }
    }
}

static rn_status run(const rn_custom_call *call)
{
    shift s = read_shift(call->op);
    s.x = call->inputs[0];
    s.y = call->outputs[0];
    call->parallel(call, call->op->inputs[0]->shape[0] * s.channels, move_planes, &s);
    return RN_OK;
}

/* The kernel of a device, an item for each element: `head` is what its language writes before the
 * arguments, `memory` before a pointer, `wide` is its 64-bit integer, `index` the item's number. */
#define DEVICE_TEXT(head, memory, wide, index)                                                     \
    head " void shift(" memory " const float *x, " memory " float *y, " wide " count,\n"           \
         "    int channels, int height, int width, int kernel_size, int step)\n"                   \
         "{\n"                                                                                     \
         "    " wide " i = " index ";\n"                                                           \
         "    if (i >= count)\n"                                                                   \
         "        return;\n"                                                                       \
         "    int w = (int)(i % width), h = (int)(i / width % height);\n"                          \
         "    int channel = (int)(i / width / height % channels);\n"                               \
         "    int window = kernel_size * kernel_size, share = channels / window;\n"                \
         "    int place = share && channel / share < window ? channel / share : window / 2;\n"     \
         "    int rows = (place / kernel_size - kernel_size / 2) * step;\n"                        \
         "    int columns = (place % kernel_size - kernel_size / 2) * step;\n"                     \
         "    int inside = h + rows >= 0 && h + rows < height && w + columns >= 0 &&\n"            \
         "                 w + columns < width;\n"                                                 \
         "    y[i] = inside ? x[i + (" wide ")rows * width + columns] : 0.0f;\n"                   \
         "}\n"

static rn_status launch(const rn_custom_desc *op, rn_custom_launch *launch)
{
    const shift s = read_shift(op);
    int64_t count = op->inputs[0]->shape[0] * s.channels * s.height * s.width;
    rn_custom_items(launch, count);
    rn_custom_arg_i64(launch, count);
    rn_custom_arg_i32(launch, (int32_t)s.channels);
    rn_custom_arg_i32(launch, (int32_t)s.height);
    rn_custom_arg_i32(launch, (int32_t)s.width);
    rn_custom_arg_i32(launch, (int32_t)s.kernel);
    rn_custom_arg_i32(launch, (int32_t)s.step);
    return RN_OK;
}

static const rn_custom_source opencl_source = {
    .size = sizeof(rn_custom_source),
    .text = DEVICE_TEXT("__kernel", "__global", "long", "(long)get_global_id(0)"),
    .entry = "shift",
    .launch = launch,
};
static const rn_custom_source cuda_source = {
    .size = sizeof(rn_custom_source),
    .text = DEVICE_TEXT("extern \"C\" __global__", "", "long long",
                        "(long long)blockIdx.x * blockDim.x + threadIdx.x"),
    .entry = "shift",
    .launch = launch,
};

static const rn_custom_op shift_op = {
    .size = sizeof(rn_custom_op),
    .n_attrs = N_ATTRS,
    .name = "shift",
    .doc = "Moves shares of the channels by the offsets of a window's pixels; zeros move in.",
    .source = "Wu et al. 2018, arXiv:1711.08141, section 3.2; channels that are left over stay",
    .attrs = shift_attrs,
    .n_inputs = 1,
    .n_outputs = 1,
    .deterministic = 1,
    .shape = shape_of,
    .cost = count_nothing,
    .gradient = build_gradient,
    .run = run,
    .opencl = &opencl_source,
    .cuda = &cuda_source,
};

static const void *find_extension(const char *id)
{
    static const rn_custom_op *const ops[] = { &shift_op };
    static const rn_custom_ops all = { .size = sizeof all, .n_ops = 1, .ops = ops };
    return strcmp(id, RN_CUSTOM_OPS_ID) == 0 ? &all : NULL;
}

/* ---- The block ---- */

static rn_value *conv1x1(rn_graph *g, rn_value *x, const char *name, int64_t channels,
                         int64_t stride)
{
    return rn_conv2d(g, x, name,
                     (rn_conv2d_attrs){
                         .channels = channels, .kernel = { 1, 1 }, .stride = { stride, stride } });
}

static rn_value *norm_relu(rn_graph *g, rn_value *x, const char *name)
{
    return rn_relu(g, rn_batch_norm(g, x, name, (rn_batch_norm_attrs){ 0 }));
}

static rn_value *moved(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    const rn_setting settings[] = { rn_set_int("kernel", rn_attr_int(g, attrs, "kernel")),
                                    rn_set_int("dilation", rn_attr_int(g, attrs, "dilation")) };
    return rn_custom(
        g, (rn_custom_use){
               .op = "shift", .settings = settings, .n_settings = 2, .inputs = &x, .n_inputs = 1 });
}

static rn_value *build_csc(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t channels = rn_attr_int(g, attrs, "channels"), found = rn_dim(g, x, 1);
    int64_t stride = rn_attr_int(g, attrs, "stride");
    int64_t added = stride == 1 ? channels : channels - found;
    if (stride == 1 && channels != found)
        return g->fail(g, RN_E_CONFIG, "stride 1 keeps the %lld channels, and cannot give %lld",
                       (long long)found, (long long)channels);
    if (added < 1)
        return g->fail(g, RN_E_CONFIG,
                       "stride %lld adds channels to the %lld of the input, and cannot give %lld",
                       (long long)stride, (long long)found, (long long)channels);

    rn_value *y = norm_relu(g, x, "bn1");
    y = conv1x1(g, y, "conv1", added * rn_attr_int(g, attrs, "expansion"), 1);
    y = norm_relu(g, moved(g, attrs, y), "bn2");
    y = conv1x1(g, y, "conv2", added, stride);
    if (stride == 1)
        return rn_add(g, x, y);
    x = rn_avg_pool(g, x,
                    (rn_pool_attrs){ .kernel = { stride, stride },
                                     .padding_mode = RN_PADDING_SAME,
                                     .exclude_padding = 1 });
    rn_value *both[2] = { x, y };
    return rn_concat(g, both, 2);
}

static const rn_attr csc_attrs[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL, "channels of the output"),
    RN_ATTR_ROW(INT, "stride", "1", 1, 64, "pixels", NULL,
                "step of the whole block; with 1 the input is added, otherwise its means are "
                "joined to the result"),
    RN_ATTR_ROW(INT, "kernel", "3", 1, 63, "pixels", NULL, "size of the shift's window; odd"),
    RN_ATTR_ROW(INT, "dilation", "1", 1, 1024, "pixels", NULL,
                "distance between the window's pixels"),
    RN_ATTR_ROW(INT, "expansion", "1", 1, 64, "", NULL,
                "channels that are moved, as a multiple of those that the second 1x1 gives"),
};

static const rn_block csc_block = {
    .size = sizeof(rn_block),
    .n_attrs = sizeof csc_attrs / sizeof csc_attrs[0],
    .name = "csc",
    .doc = "A 1x1 convolution, a shift of the channels and a 1x1: as a 3x3, for fewer parameters.",
    .source = "Wu et al. 2018, arXiv:1711.08141, figure 3, both convolutions after their "
              "normalisation and relu; means of stride x stride pixels",
    .attrs = csc_attrs,
    .build = build_csc,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *of, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &csc_block };
    host = of;
    if (!RN_HAS(plugin, extension))
        return host->fail(RN_E_PLUGIN, "shift brings an operator, which takes ABI 0.9");
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "shift";
    plugin->version = "0.1.0";
    plugin->doc = "ShiftNet: channels that move by pixels, in place of spatial convolutions.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof blocks[0];
    plugin->extension = find_extension;
    return RN_OK;
}
