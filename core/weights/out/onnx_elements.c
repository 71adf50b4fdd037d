/* onnx_elements.c: activations, products, and slices of channels as nodes. What ONNX's operator set
 * 17 has no node for is several. */
#include <math.h>

#include "base/status.h"
#include "graph/op.h"
#include "ops/activation.h"
#include "weights/out/onnx_nodes.h"

/* Nodes that follow each other, of which the last makes the operator's result. */
typedef struct chain {
    rn_onnx_out *graph;
    const rn_node *node;
    const char *at; /* the value so far */
    int n_steps;
    rn_status status; /* the first failure, after which nothing is done */
} chain;

static chain begin(rn_onnx_out *graph, const rn_node *node)
{
    return (chain){ graph, node, rn_onnx_out_name(graph, node->inputs[0]), 0, RN_OK };
}

/* Appends a node that reads the value so far and, unless it is NULL, `other`. NULL: failed. */
static Onnx__NodeProto *step(chain *c, const char *type, const char *other, bool is_last)
{
    Onnx__NodeProto *made = NULL;
    const char *name =
        is_last ? c->node->name : rn_pool_print(c->graph->pool, "%s.%d", c->node->name, c->n_steps);
    c->n_steps++;
    if (!name)
        c->status = c->status ? c->status : rn_onnx_out_no_memory();
    if (!c->status)
        c->status = rn_onnx_out_node(c->graph, type, name, 3, &made);
    if (c->status)
        return NULL;
    rn_onnx_out_input(made, c->at);
    if (other)
        rn_onnx_out_input(made, other);
    c->at = is_last ? rn_onnx_out_name(c->graph, c->node->outputs[0]) : name;
    rn_onnx_out_output(made, c->at);
    return made;
}

/* The same with a constant. */
static void step_by(chain *c, const char *type, double constant, bool is_last)
{
    Onnx__NodeProto *made = step(c, type, NULL, is_last);
    if (made)
        c->status = rn_onnx_out_number(c->graph, made, "by", constant);
}

static void set(chain *c, Onnx__NodeProto *made, const char *attribute, double value)
{
    if (made && !c->status)
        c->status = rn_onnx_out_float(c->graph, made, attribute, value);
}

static void add_silu(chain *c)
{
    const char *x = c->at;
    step(c, "Sigmoid", NULL, false);
    step(c, "Mul", x, true);
}

static void add_hard_sigmoid(chain *c)
{
    Onnx__NodeProto *made = step(c, "HardSigmoid", NULL, true);
    set(c, made, "alpha", 1 / 6.);
    set(c, made, "beta", 0.5);
}

static void add_relu6(chain *c)
{
    Onnx__NodeProto *made = step(c, "Clip", NULL, true);
    if (made)
        c->status = rn_onnx_out_number(c->graph, made, "min", 0);
    if (made && !c->status)
        c->status = rn_onnx_out_number(c->graph, made, "max", 6);
}

static void add_gelu(chain *c)
{
    const char *x = c->at;
    step_by(c, "Mul", M_SQRT1_2, false);
    step(c, "Erf", NULL, false);
    step_by(c, "Add", 1, false);
    step(c, "Mul", x, false);
    step_by(c, "Mul", 0.5, true);
}

rn_status rn_onnx_out_activation(rn_onnx_out *graph, const rn_node *node)
{
    const rn_activation_attrs *a = node->attrs;
    chain c = begin(graph, node);
    switch (a->kind) {
        case RN_ACTIVATION_SIGMOID: step(&c, "Sigmoid", NULL, true); break;
        case RN_ACTIVATION_TANH: step(&c, "Tanh", NULL, true); break;
        case RN_ACTIVATION_SILU: add_silu(&c); break;
        case RN_ACTIVATION_HARD_SIGMOID: add_hard_sigmoid(&c); break;
        case RN_ACTIVATION_HARD_SWISH: step(&c, "HardSwish", NULL, true); break;
        case RN_ACTIVATION_LEAKY_RELU:
            set(&c, step(&c, "LeakyRelu", NULL, true), "alpha", a->alpha);
            break;
        case RN_ACTIVATION_RELU6: add_relu6(&c); break;
        case RN_ACTIVATION_GELU: add_gelu(&c); break;
        case RN_ACTIVATION_SCALE:
            step_by(&c, "Mul", a->alpha, false);
            step_by(&c, "Add", a->beta, true);
            break;
        default:
            return rn_fail(RN_E_DATA, "--to=onnx: there is no operator for %s, which is a %s",
                           node->name, rn_activation_name(a->kind));
    }
    return c.status;
}

rn_status rn_onnx_out_multiply(rn_onnx_out *graph, const rn_node *node)
{
    chain c = begin(graph, node);
    step(&c, "Mul", rn_onnx_out_name(graph, node->inputs[RN_MULTIPLY_B]), true);
    return c.status;
}

rn_status rn_onnx_out_channels(rn_onnx_out *graph, const rn_node *node)
{
    const rn_subsample_attrs *a = node->attrs;
    const int64_t channels = node->outputs[RN_SUBSAMPLE_GRAD_DX]->desc.shape[1];
    const int64_t start = a->channels_before, end = start + channels, axis = 1;
    chain c = begin(graph, node);
    if (a->stride[0] != 1 || a->stride[1] != 1)
        return rn_fail(RN_E_DATA,
                       "--to=onnx: there is no operator for %s, which puts zeros "
                       "between pixels",
                       node->name);
    Onnx__NodeProto *made = step(&c, "Slice", NULL, true);
    if (made)
        c.status = rn_onnx_out_vector(graph, made, "starts", &start, 1);
    if (!c.status)
        c.status = rn_onnx_out_vector(graph, made, "ends", &end, 1);
    return c.status ? c.status : rn_onnx_out_vector(graph, made, "axes", &axis, 1);
}
