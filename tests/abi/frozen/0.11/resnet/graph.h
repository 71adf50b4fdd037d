/* graph.h: the graph under construction, as a block sees it, with calls that read like a paper.
 *
 *     rn_conv2d_attrs conv = { .channels = 64, .kernel = { 3, 3 }, .padding = { 1, 1 } };
 *     x = rn_conv2d(g, x, "conv1", conv);
 *     x = rn_relu(g, rn_batch_norm(g, x, "bn1", (rn_batch_norm_attrs){ 0 }));
 *
 * Failures are sticky: after one, every call returns NULL and does nothing, and a call that is
 * given NULL returns NULL. So a block need not check anything; it returns its last value.
 * Parameters have PyTorch's names: the block's path, the operator's name, then weight, bias,
 * running_mean or running_var. All calls are [setup]: one thread builds a graph. Nothing is
 * computed, and names, attributes and settings are copied. */
#ifndef RESNET_GRAPH_H
#define RESNET_GRAPH_H

#include <resnet/attr.h>
#include <resnet/op.h>
#include <resnet/status.h>
#include <resnet/tensor.h>
#include <stddef.h>

/* A tensor in the graph. Owned by the graph; valid during the call of `build`. */
typedef struct rn_value rn_value;

/* The initial content of a parameter. 0 is invalid. */
enum rn_parameter_init {
    RN_PARAMETER_CONSTANT = 1, /* `value` everywhere */
    RN_PARAMETER_NORMAL = 2,   /* normal, of mean 0 and standard deviation `value` */
    RN_PARAMETER_UNIFORM = 3   /* uniform from -value to value */
};

/* A parameter of a block's own. Since ABI 0.9. */
typedef struct rn_parameter_desc {
    uint32_t size;
    int32_t init;               /* rn_parameter_init */
    double value;               /* finite */
    int32_t rank;               /* 1 to RN_MAX_RANK */
    int32_t frozen;             /* 1: training never changes it */
    int64_t shape[RN_MAX_RANK]; /* each at least 1; 0 beyond `rank` */
} rn_parameter_desc;

/* A call of an operator that a plugin brings (custom_op.h). Since ABI 0.9. */
typedef struct rn_custom_use {
    uint32_t size;
    int32_t n_settings;
    const char *op;             /* "plugin/op", or "op" of the same plugin */
    const char *name;           /* as in rn_graph.op; NULL: the core numbers it */
    const rn_setting *settings; /* n_settings; attributes without one have their defaults */
    rn_value *const *inputs;    /* n_inputs */
    rn_value **outputs;         /* room for n_outputs values, which the call sets; NULL if that is
                                    0: only the first output is wanted, which is returned */
    int32_t n_inputs;
    int32_t n_outputs; /* 0, or as many as the operator has */
} rn_custom_use;

/* Passed to `build`; made by the core, so every slot up to `size` is valid. Slots added after ABI
 * 0.6 say so: read them only if `size` reaches them. */
typedef struct rn_graph rn_graph;
struct rn_graph {
    uint32_t size;
    uint32_t reserved; /* 0 */
    void *core;        /* belongs to the core; not for blocks */

    /* Appends operator `op` (op.h) on `n_inputs` values and creates its parameters under `name`,
     * which has only letters, digits and _ - . (NULL or "" for operators without parameters, which
     * the core numbers). `attrs` is the operator's structure with its `size` set, or NULL if the
     * operator has none; it is copied. Bytes beyond the structure that the core knows must be 0.
     * Returns the first output. Fails for an unknown operator (RN_E_UNSUPPORTED), shapes that do
     * not fit (RN_E_SHAPE), attributes out of range (RN_E_CONFIG), and names, structures and inputs
     * that break these rules, such as a value of another graph (RN_E_PLUGIN). [setup] */
    rn_value *(*op)(rn_graph *g, const char *op, const char *name, const void *attrs,
                    rn_value *const *inputs, int32_t n_inputs);

    /* Builds another block, "plugin/block" or "block" of the same plugin, on x under `name` and
     * returns its output. Attributes without a setting have their defaults. Fails if the block is
     * not found (RN_E_CONFIG, RN_E_PLUGIN), does not know or accept a setting (RN_E_CONFIG), or
     * fails itself. [setup] */
    rn_value *(*block)(rn_graph *g, const char *block, const char *name, rn_value *x,
                       const rn_setting *settings, int32_t n_settings);

    /* The description of a value; NULL for NULL. Owned by the graph, valid as long as the value.
     * Fails for what is no value of this graph (RN_E_PLUGIN). [setup] */
    const rn_tensor_desc *(*desc)(rn_graph *g, const rn_value *value);

    /* Ends the build with `status`: copies the message (printf; no newline) and puts the layer's
     * path and the cfg's line before it. Does nothing after an earlier failure. Returns NULL, so
     * that a block can `return g->fail(g, RN_E_CONFIG, "…")`. [setup] */
    rn_value *(*fail)(rn_graph *g, rn_status status, const char *format, ...)RN_PRINTF(3, 4);

    /* An attribute's value by name. A name that is not in the block's table, or has another type
     * there, is a mistake of the plugin and fails the build (RN_E_PLUGIN); the result is then 0 or
     * "". attr_int reads integers and bools (0 or 1), attr_float only floats, attr_text choices and
     * strings, which belong to the core and are valid during `build`; attr_pair fills `value[2]`
     * with height and width. Units are those of the table. [setup] */
    int64_t (*attr_int)(rn_graph *g, const rn_attrs *attrs, const char *name);
    double (*attr_float)(rn_graph *g, const rn_attrs *attrs, const char *name);
    const char *(*attr_text)(rn_graph *g, const rn_attrs *attrs, const char *name);
    void (*attr_pair)(rn_graph *g, const rn_attrs *attrs, const char *name, int64_t value[2]);

    /* Appends an operator that a plugin brings, and returns its first output. Fails as `op` does,
     * and if the plugin or the operator is not found (RN_E_CONFIG, RN_E_PLUGIN), a setting is not
     * accepted (RN_E_CONFIG), or the operator refuses its inputs. Since ABI 0.9. [setup] */
    rn_value *(*custom)(rn_graph *g, const rn_custom_use *use);

    /* Makes a tensor of RN_F32 that training changes, PATH.name, for operators whose shape it fits.
     * `name` is as in `op`, but not empty. It is saved, loaded and shared by devices as the
     * parameters of operators are, and decays as they do: with rank 1 as a bias. Fails for wrong
     * descriptions (RN_E_PLUGIN, RN_E_SHAPE) and a name that is taken (RN_E_CONFIG), and in a
     * gradient (RN_E_PLUGIN). Since ABI 0.9. [setup] */
    rn_value *(*parameter)(rn_graph *g, const char *name, const rn_parameter_desc *desc);
};

/* Short forms of the calls above, so that a block reads like a paper. [setup] */
static inline int64_t rn_attr_int(rn_graph *g, const rn_attrs *a, const char *name)
{
    return g->attr_int(g, a, name);
}

static inline int32_t rn_attr_bool(rn_graph *g, const rn_attrs *a, const char *name)
{
    return (int32_t)g->attr_int(g, a, name);
}

static inline double rn_attr_float(rn_graph *g, const rn_attrs *a, const char *name)
{
    return g->attr_float(g, a, name);
}

static inline const char *rn_attr_text(rn_graph *g, const rn_attrs *a, const char *name)
{
    return g->attr_text(g, a, name);
}

/* The length of a dimension: 0 batch, 1 channels, 2 height, 3 width. 0 if there is none. */
static inline int64_t rn_dim(rn_graph *g, const rn_value *x, int32_t axis)
{
    const rn_tensor_desc *d = g->desc(g, x);
    return d && axis >= 0 && axis < d->rank ? d->shape[axis] : 0;
}

static inline rn_value *rn_conv2d(rn_graph *g, rn_value *x, const char *name, rn_conv2d_attrs a)
{
    a.size = sizeof a;
    return g->op(g, "conv2d", name, &a, &x, 1);
}

static inline rn_value *rn_batch_norm(rn_graph *g, rn_value *x, const char *name,
                                      rn_batch_norm_attrs a)
{
    a.size = sizeof a;
    return g->op(g, "batch_norm", name, &a, &x, 1);
}

static inline rn_value *rn_relu(rn_graph *g, rn_value *x)
{
    return g->op(g, "relu", NULL, NULL, &x, 1);
}

static inline rn_value *rn_add(rn_graph *g, rn_value *a, rn_value *b)
{
    rn_value *inputs[2] = { a, b };
    return g->op(g, "add", NULL, NULL, inputs, 2);
}

static inline rn_value *rn_max_pool(rn_graph *g, rn_value *x, rn_pool_attrs a)
{
    a.size = sizeof a;
    return g->op(g, "max_pool", NULL, &a, &x, 1);
}

static inline rn_value *rn_avg_pool(rn_graph *g, rn_value *x, rn_pool_attrs a)
{
    a.size = sizeof a;
    return g->op(g, "avg_pool", NULL, &a, &x, 1);
}

static inline rn_value *rn_global_avg_pool(rn_graph *g, rn_value *x)
{
    return g->op(g, "global_avg_pool", NULL, NULL, &x, 1);
}

/* (N,C,H,W) as (N,C*H*W); nothing is computed. */
static inline rn_value *rn_flatten(rn_graph *g, rn_value *x)
{
    return g->op(g, "flatten", NULL, NULL, &x, 1);
}

static inline rn_value *rn_linear(rn_graph *g, rn_value *x, const char *name, rn_linear_attrs a)
{
    a.size = sizeof a;
    return g->op(g, "linear", name, &a, &x, 1);
}

static inline rn_value *rn_dropout(rn_graph *g, rn_value *x, double rate)
{
    rn_dropout_attrs a = { sizeof a, 0, rate, 0 };
    return g->op(g, "dropout", NULL, &a, &x, 1);
}

/* Stochastic depth: in training each sample of x is 0 with this probability. Since ABI 0.8. */
static inline rn_value *rn_drop_path(rn_graph *g, rn_value *x, double rate)
{
    rn_dropout_attrs a = { sizeof a, 0, rate, 0 };
    return g->op(g, "drop_path", NULL, &a, &x, 1);
}

static inline rn_value *rn_subsample(rn_graph *g, rn_value *x, rn_subsample_attrs a)
{
    a.size = sizeof a;
    return g->op(g, "subsample", NULL, &a, &x, 1);
}

/* Joins 1 to 1024 images along the channels; heights and widths are equal. A backend joins 15 at
 * once: the core joins more in groups, and then the groups. */
static inline rn_value *rn_concat(rn_graph *g, rn_value *const *inputs, int32_t n_inputs)
{
    return g->op(g, "concat", NULL, NULL, inputs, n_inputs);
}

/* One of the functions below, of each element. Since ABI 0.9, like all that follow to rn_slice. */
static inline rn_value *rn_activate(rn_graph *g, rn_value *x, rn_activation_attrs a)
{
    a.size = sizeof a;
    return g->op(g, "activation", NULL, &a, &x, 1);
}

static inline rn_value *rn_sigmoid(rn_graph *g, rn_value *x)
{
    rn_activation_attrs a = { 0, RN_ACTIVATION_SIGMOID, 0, 0 };
    return rn_activate(g, x, a);
}

static inline rn_value *rn_tanh(rn_graph *g, rn_value *x)
{
    rn_activation_attrs a = { 0, RN_ACTIVATION_TANH, 0, 0 };
    return rn_activate(g, x, a);
}

/* x * sigmoid(x), also called swish. */
static inline rn_value *rn_silu(rn_graph *g, rn_value *x)
{
    rn_activation_attrs a = { 0, RN_ACTIVATION_SILU, 0, 0 };
    return rn_activate(g, x, a);
}

static inline rn_value *rn_hard_sigmoid(rn_graph *g, rn_value *x)
{
    rn_activation_attrs a = { 0, RN_ACTIVATION_HARD_SIGMOID, 0, 0 };
    return rn_activate(g, x, a);
}

static inline rn_value *rn_hard_swish(rn_graph *g, rn_value *x)
{
    rn_activation_attrs a = { 0, RN_ACTIVATION_HARD_SWISH, 0, 0 };
    return rn_activate(g, x, a);
}

/* slope * x where x is negative; PyTorch's default slope is 0.01. */
static inline rn_value *rn_leaky_relu(rn_graph *g, rn_value *x, double slope)
{
    rn_activation_attrs a = { 0, RN_ACTIVATION_LEAKY_RELU, slope, 0 };
    return rn_activate(g, x, a);
}

static inline rn_value *rn_relu6(rn_graph *g, rn_value *x)
{
    rn_activation_attrs a = { 0, RN_ACTIVATION_RELU6, 0, 0 };
    return rn_activate(g, x, a);
}

/* The exact one, with erf. */
static inline rn_value *rn_gelu(rn_graph *g, rn_value *x)
{
    rn_activation_attrs a = { 0, RN_ACTIVATION_GELU, 0, 0 };
    return rn_activate(g, x, a);
}

/* alpha * x + beta */
static inline rn_value *rn_scale(rn_graph *g, rn_value *x, double alpha, double beta)
{
    rn_activation_attrs a = { 0, RN_ACTIVATION_SCALE, alpha, beta };
    return rn_activate(g, x, a);
}

/* a - b */
static inline rn_value *rn_subtract(rn_graph *g, rn_value *a, rn_value *b)
{
    return rn_add(g, a, rn_scale(g, b, -1, 0));
}

/* a * b, element by element; b has the shape of a, or one element for all pixels of a channel. */
static inline rn_value *rn_multiply(rn_graph *g, rn_value *a, rn_value *b)
{
    rn_value *inputs[2] = { a, b };
    return g->op(g, "multiply", NULL, NULL, inputs, 2);
}

/* `count` channels of images (N,C,H,W), from channel `begin` on. */
static inline rn_value *rn_slice(rn_graph *g, rn_value *x, int64_t begin, int64_t count)
{
    int64_t channels = rn_dim(g, x, 1);
    rn_subsample_attrs a = { sizeof a, 0, { 1, 1 }, begin, 0 };
    if (x && (begin < 0 || count < 1 || begin > channels || count > channels - begin))
        return g->fail(g, RN_E_SHAPE, "slice: %lld channels from number %lld on, of %lld",
                       (long long)count, (long long)begin, (long long)channels);
    a.channels_after = x ? channels - begin - count : 0;
    return g->op(g, "subsample_grad", NULL, &a, &x, 1);
}

static inline rn_value *rn_block_call(rn_graph *g, const char *block, const char *name, rn_value *x,
                                      const rn_setting *settings, int32_t n_settings)
{
    return g->block(g, block, name, x, settings, n_settings);
}

/* An operator that a plugin brings; a core before ABI 0.9 fails the build. Since ABI 0.9. */
static inline rn_value *rn_custom(rn_graph *g, rn_custom_use use)
{
    use.size = sizeof use;
    if (!RN_HAS(g, custom))
        return g->fail(g, RN_E_UNSUPPORTED,
                       "operator %s is a plugin's, for which this program is too old; it needs one "
                       "of ABI 0.9",
                       use.op);
    return g->custom(g, &use);
}

/* The same of a parameter. Since ABI 0.9. */
static inline rn_value *rn_parameter(rn_graph *g, const char *name, rn_parameter_desc desc)
{
    desc.size = sizeof desc;
    if (!RN_HAS(g, parameter))
        return g->fail(g, RN_E_UNSUPPORTED,
                       "%s is a parameter of a block, for which this program is too old; it needs "
                       "one of ABI 0.9",
                       name);
    return g->parameter(g, name, &desc);
}

#endif
