/* layers.c: the built-in layers, each of which adds one operator at the layer's path. */
#include "plugin/layers.h"

#include <string.h>

/* A builder function's `name`: the operator takes the layer's path, so that its parameters are
 * called "conv1.weight". */
#define LAYER_PATH ""

/* Sets `padding` and returns its mode. */
static int32_t read_padding(rn_graph *g, const rn_attrs *attrs, int64_t padding[2])
{
    int32_t same = rn_attr_bool(g, attrs, "same_padding");
    g->attr_pair(g, attrs, "padding", padding);
    if (same && (padding[0] || padding[1]))
        g->fail(g, RN_E_CONFIG, "give either same_padding = true or padding = [%d, %d], not both",
                (int)padding[0], (int)padding[1]);
    return same ? RN_PADDING_SAME : RN_PADDING_SYMMETRIC;
}

static rn_value *build_conv2d(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_conv2d_attrs conv = {
        .has_bias = rn_attr_bool(g, attrs, "bias"),
        .channels = rn_attr_int(g, attrs, "channels"),
        .groups = rn_attr_int(g, attrs, "groups"),
    };
    g->attr_pair(g, attrs, "kernel", conv.kernel);
    g->attr_pair(g, attrs, "stride", conv.stride);
    conv.padding_mode = read_padding(g, attrs, conv.padding);
    g->attr_pair(g, attrs, "dilation", conv.dilation);
    return rn_conv2d(g, x, LAYER_PATH, conv);
}

static rn_value *build_batch_norm(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    return rn_batch_norm(g, x, LAYER_PATH,
                         (rn_batch_norm_attrs){ .epsilon = rn_attr_float(g, attrs, "epsilon"),
                                                .momentum = rn_attr_float(g, attrs, "momentum") });
}

static rn_value *build_relu(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    return rn_relu(g, x);
}

static rn_pool_attrs read_window(rn_graph *g, const rn_attrs *attrs)
{
    rn_pool_attrs pool = { 0 };
    g->attr_pair(g, attrs, "kernel", pool.kernel);
    g->attr_pair(g, attrs, "stride", pool.stride);
    pool.padding_mode = read_padding(g, attrs, pool.padding);
    return pool;
}

static rn_value *build_max_pool(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    return rn_max_pool(g, x, read_window(g, attrs));
}

static rn_value *build_avg_pool(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_pool_attrs pool = read_window(g, attrs);
    pool.exclude_padding = rn_attr_bool(g, attrs, "exclude_padding");
    return rn_avg_pool(g, x, pool);
}

static rn_value *build_global_avg_pool(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    return rn_global_avg_pool(g, x);
}

static rn_value *build_flatten(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    return rn_flatten(g, x);
}

static rn_value *build_linear(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    return rn_linear(g, x, LAYER_PATH,
                     (rn_linear_attrs){ .has_bias = rn_attr_bool(g, attrs, "bias"),
                                        .units = rn_attr_int(g, attrs, "units") });
}

static rn_value *build_dropout(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    return rn_dropout(g, x, rn_attr_float(g, attrs, "rate"));
}

static rn_value *build_subsample(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_subsample_attrs a = { .channels_before = rn_attr_int(g, attrs, "channels_before"),
                             .channels_after = rn_attr_int(g, attrs, "channels_after") };
    g->attr_pair(g, attrs, "stride", a.stride);
    return rn_subsample(g, x, a);
}

/* The parameters of an activation's kind, as a layer has them. */
static double read_alpha(rn_graph *g, const rn_attrs *attrs, int n_parameters)
{
    return n_parameters ? rn_attr_float(g, attrs, n_parameters == 1 ? "slope" : "alpha") : 0;
}

static double read_beta(rn_graph *g, const rn_attrs *attrs, int n_parameters)
{
    return n_parameters == 2 ? rn_attr_float(g, attrs, "beta") : 0;
}

/* build_sigmoid, and so on. */
#define KIND(CONSTANT, name, number, n_parameters, formula)                                        \
    static rn_value *build_##name(rn_graph *g, const rn_attrs *attrs, rn_value *x)                 \
    {                                                                                              \
        rn_activation_attrs a = { sizeof a, RN_ACTIVATION_##CONSTANT,                              \
                                  read_alpha(g, attrs, n_parameters),                              \
                                  read_beta(g, attrs, n_parameters) };                             \
        return g->op(g, "activation", LAYER_PATH, &a, &x, 1);                                      \
    }
RN_ACTIVATIONS(KIND)
#undef KIND

/* Of several inputs: a cfg's list of layers builds it by itself. */
static rn_value *build_join(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    (void)x;
    return g->fail(g, RN_E_CONFIG, "it joins several layers; only a cfg can name them");
}

#define KERNEL                                                                                     \
    RN_ATTR_ROW(PAIR, "kernel", NULL, 1, 1024, "pixels", NULL, "height and width of the window")
#define PADDING                                                                                    \
    RN_ATTR_ROW(PAIR, "padding", "0", 0, 1024, "pixels", NULL,                                     \
                "rows above and below, columns left and right")
#define SAME_PADDING                                                                               \
    RN_ATTR_ROW(BOOL, "same_padding", "false", 0, 0, "", NULL,                                     \
                "pad so that the output is input / stride, rounded up (as TensorFlow does)")
#define BIAS(default_text)                                                                         \
    RN_ATTR_ROW(BOOL, "bias", default_text, 0, 0, "", NULL, "add a bias to each output channel")
#define POOL_STRIDE                                                                                \
    RN_ATTR_ROW(PAIR, "stride", "0", 0, 1024, "pixels", NULL, "step; 0: the kernel's size")

static const rn_attr conv2d_attrs[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 1048576, "channels", NULL, "channels of the output"),
    KERNEL,
    RN_ATTR_ROW(PAIR, "stride", "1", 1, 1024, "pixels", NULL, "step of the kernel"),
    PADDING,
    SAME_PADDING,
    RN_ATTR_ROW(PAIR, "dilation", "1", 1, 1024, "pixels", NULL,
                "distance between the kernel's pixels"),
    RN_ATTR_ROW(INT, "groups", "1", 1, 1048576, "groups", NULL,
                "groups of channels that are convolved separately"),
    BIAS("false"),
};

static const rn_attr batch_norm_attrs[] = {
    RN_ATTR_ROW(FLOAT, "epsilon", "1e-5", 1e-12, 1, "", NULL, "added to the variance"),
    RN_ATTR_ROW(FLOAT, "momentum", "0.1", 1e-6, 1, "share of 1", NULL,
                "weight of the batch in the running statistics"),
};

static const rn_attr max_pool_attrs[] = { KERNEL, POOL_STRIDE, PADDING, SAME_PADDING };

static const rn_attr avg_pool_attrs[] = {
    KERNEL,
    POOL_STRIDE,
    PADDING,
    SAME_PADDING,
    RN_ATTR_ROW(BOOL, "exclude_padding", "false", 0, 0, "", NULL,
                "divide by the pixels inside the image only"),
};

static const rn_attr linear_attrs[] = {
    RN_ATTR_ROW(INT, "units", "0", 0, 1048576, "units", NULL, "outputs; 0: network.classes"),
    BIAS("true"),
};

static const rn_attr dropout_attrs[] = {
    RN_ATTR_ROW(FLOAT, "rate", "0.5", 0, 0.999, "share of 1", NULL,
                "fraction of the values that is set to 0"),
};

static const rn_attr subsample_attrs[] = {
    RN_ATTR_ROW(PAIR, "stride", "1", 1, 1024, "pixels", NULL, "distance between the pixels taken"),
    RN_ATTR_ROW(INT, "channels_before", "0", 0, 1048576, "channels", NULL,
                "channels of zeros before those of the input"),
    RN_ATTR_ROW(INT, "channels_after", "0", 0, 1048576, "channels", NULL, "and after them"),
};

/* By the number of parameters. */
#define PARAMETERS_0 NULL
static const rn_attr PARAMETERS_1[] = {
    RN_ATTR_ROW(FLOAT, "slope", "0.01", -1e30, 1e30, "", NULL, "factor of what is not positive"),
};
static const rn_attr PARAMETERS_2[] = {
    RN_ATTR_ROW(FLOAT, "alpha", "1", -1e30, 1e30, "", NULL, "factor"),
    RN_ATTR_ROW(FLOAT, "beta", "0", -1e30, 1e30, "", NULL, "is added to the product"),
};

#define BUILT_IN(layer, rows, n_rows, doc_text, function)                                          \
    {                                                                                              \
        .size = sizeof(rn_block), .n_attrs = n_rows, .name = #layer, .doc = doc_text,              \
        .source = "built in; resnet-operators(7)", .attrs = rows, .build = function                \
    }
#define LAYER(layer, rows, n_rows, doc_text) BUILT_IN(layer, rows, n_rows, doc_text, build_##layer)
#define JOIN(layer, doc_text) BUILT_IN(layer, NULL, 0, doc_text, build_join)
#define ACTIVATION(CONSTANT, name, number, n_parameters, formula)                                  \
    LAYER(name, PARAMETERS_##n_parameters, n_parameters, "Of each value: " formula "."),
#define LAYER_WITH(layer, doc_text)                                                                \
    LAYER(layer, layer##_attrs, sizeof layer##_attrs / sizeof layer##_attrs[0], doc_text)

static const rn_block layers[] = {
    LAYER_WITH(conv2d, "A convolution."),
    LAYER_WITH(batch_norm, "Batch normalisation."),
    LAYER(relu, NULL, 0, "Negative values become 0."),
    LAYER_WITH(max_pool, "The largest value of each window."),
    LAYER_WITH(avg_pool, "The mean of each window."),
    LAYER(global_avg_pool, NULL, 0, "The mean of each channel."),
    LAYER(flatten, NULL, 0, "Reshapes each image into a vector."),
    LAYER_WITH(linear, "A fully connected layer."),
    JOIN(add, "The sum of several layers of one shape, which `input` names."),
    JOIN(multiply, "The product of several layers, which `input` names; those after the first may "
                   "have one value for each channel."),
    JOIN(concat, "The channels of several layers, which `input` names."),
    LAYER_WITH(dropout, "Sets a random fraction of the values to 0 during training."),
    LAYER_WITH(subsample, "Every stride-th pixel, and channels of zeros: a shortcut without "
                          "parameters."),
    RN_ACTIVATIONS(ACTIVATION)
};
#define N_LAYERS (sizeof layers / sizeof layers[0])

const rn_block *const *rn_layers(void)
{
    static const rn_block *list[N_LAYERS + 1];
    for (size_t i = 0; i < N_LAYERS; i++)
        list[i] = &layers[i];
    return list;
}

const rn_block *rn_layer_find(const char *name)
{
    for (size_t i = 0; i < N_LAYERS; i++)
        if (strcmp(layers[i].name, name) == 0)
            return &layers[i];
    return NULL;
}
