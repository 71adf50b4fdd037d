/* onnx_cases.c: expresses each ONNX operator that has an equivalent as that operator and its
 * attributes. */
#include "ops/onnx_cases.h"

#include <math.h>
#include <string.h>

#include "ops/onnx_express.h"

/* ONNX's running variance uses the batch's biased variance; ours, like PyTorch's, the unbiased
 * one. */
static void unbias(const onnx_case *o, op_tensor *running_var)
{
    const onnx_tensor *x = o->inputs[0];
    double n = (double)(x->count / x->shape[1]), keep = onnx_number(o, "momentum", 0.9);
    float *data = running_var->data;
    for (int64_t i = 0; i < x->shape[1]; i++) {
        double old = keep * (double)o->inputs[4]->floats[i];
        data[i] = (float)(old + ((double)data[i] - old) * n / (n - 1));
    }
}

static const char *express_batch_norm(const onnx_case *o, op_case *c, op_set *expected)
{
    static const char *const NAMES[] = { "x", "weight", "bias", "running_mean", "running_var" };
    int32_t training = (int32_t)onnx_integer(o, "training_mode", 0);
    if (onnx_images_only(o))
        return onnx_images_only(o);
    c->attrs.batch_norm = (rn_batch_norm_attrs){ .size = sizeof c->attrs.batch_norm,
                                                 .training = training,
                                                 .epsilon = onnx_number(o, "epsilon", 1e-5),
                                                 .momentum = 1 - onnx_number(o, "momentum", 0.9) };
    for (int i = 0; i < 5; i++)
        onnx_add_tensor(&c->in, NAMES[i], o->inputs[i], i == 0 ? 4 : 1);
    onnx_add_result(expected, "y", o, 0);
    if (training) {
        onnx_add_result(expected, "running_mean_out", o, 1);
        unbias(o, onnx_add_result(expected, "running_var_out", o, 2));
    }
    c->chain = op_chain_batch_norm;
    return NULL;
}

static const char *express_relu(const onnx_case *o, op_case *c, op_set *expected)
{
    onnx_add_tensor(&c->in, "x", o->inputs[0], 1);
    onnx_add_result(expected, "y", o, 0);
    c->chain = op_chain_relu;
    return NULL;
}

static const char *express_add(const onnx_case *o, op_case *c, op_set *expected)
{
    const onnx_tensor *a = o->inputs[0], *b = o->inputs[1];
    if (a->rank != b->rank || memcmp(a->shape, b->shape, sizeof a->shape) != 0)
        return "broadcasting";
    onnx_add_tensor(&c->in, "x", a, 1);
    onnx_add_tensor(&c->in, "z", b, 1);
    onnx_add_result(expected, "y", o, 0);
    c->chain = op_chain_add;
    return NULL;
}

static const char *express_multiply(const onnx_case *o, op_case *c, op_set *expected)
{
    const char *reason = express_add(o, c, expected);
    c->chain = op_chain_multiply;
    return reason;
}

static const char *express_kind(const onnx_case *o, op_case *c, op_set *expected, int32_t kind)
{
    c->attrs.activation = (rn_activation_attrs){ .size = sizeof c->attrs.activation, .kind = kind };
    onnx_add_tensor(&c->in, "x", o->inputs[0], 1);
    onnx_add_result(expected, "y", o, 0);
    c->chain = op_chain_activation;
    return NULL;
}

static const char *express_sigmoid(const onnx_case *o, op_case *c, op_set *expected)
{
    return express_kind(o, c, expected, RN_ACTIVATION_SIGMOID);
}

static const char *express_tanh(const onnx_case *o, op_case *c, op_set *expected)
{
    return express_kind(o, c, expected, RN_ACTIVATION_TANH);
}

static const char *express_hard_swish(const onnx_case *o, op_case *c, op_set *expected)
{
    return express_kind(o, c, expected, RN_ACTIVATION_HARD_SWISH);
}

static const char *express_leaky_relu(const onnx_case *o, op_case *c, op_set *expected)
{
    express_kind(o, c, expected, RN_ACTIVATION_LEAKY_RELU);
    c->attrs.activation.alpha = onnx_number(o, "alpha", 0.01);
    return NULL;
}

static const char *express_hard_sigmoid(const onnx_case *o, op_case *c, op_set *expected)
{
    if (fabs(onnx_number(o, "alpha", 0.2) - 1 / 6.) > 1e-6)
        return "a slope other than 1/6";
    return express_kind(o, c, expected, RN_ACTIVATION_HARD_SIGMOID);
}

static const char *express_gelu(const onnx_case *o, op_case *c, op_set *expected)
{
    if (strcmp(onnx_text(o, "approximate", "none"), "none") != 0)
        return "an approximation";
    return express_kind(o, c, expected, RN_ACTIVATION_GELU);
}

static void transpose(op_tensor *matrix)
{
    int64_t rows = matrix->desc.shape[0], columns = matrix->desc.shape[1];
    float copy[1024];
    float *data = matrix->data;
    memcpy(copy, data, (size_t)(rows * columns) * sizeof *copy);
    for (int64_t i = 0; i < rows * columns; i++)
        data[i % columns * rows + i / columns] = copy[i];
    matrix->desc.shape[0] = columns;
    matrix->desc.shape[1] = rows;
}

static const char *express_gemm(const onnx_case *o, op_case *c, op_set *expected)
{
    const onnx_tensor *bias = o->inputs[2];
    int64_t units = o->expected[0].shape[1];
    if (fabs(onnx_number(o, "alpha", 1) - 1) > 0 || fabs(onnx_number(o, "beta", 1) - 1) > 0)
        return "alpha or beta other than 1";
    if (bias && bias->count != 1 && bias->count != units)
        return "a matrix as bias";
    if (o->inputs[0]->count > 1024 || o->inputs[1]->count > 1024)
        return "too large for this test";
    op_tensor *x = onnx_add_tensor(&c->in, "x", o->inputs[0], 2);
    op_tensor *weight = onnx_add_tensor(&c->in, "weight", o->inputs[1], 2);
    if (onnx_integer(o, "transA", 0))
        transpose(x);
    if (!onnx_integer(o, "transB", 0))
        transpose(weight); /* ours is (K,F), as with transB */
    for (int64_t i = 0; bias && i < units; i++) {
        op_tensor *b = i == 0 ? op_set_vector(&c->in, "bias", units) : op_set_find(&c->in, "bias");
        ((float *)b->data)[i] = bias->floats[bias->count == 1 ? 0 : i];
    }
    c->attrs.linear = (rn_linear_attrs){ .size = sizeof c->attrs.linear,
                                         .has_bias = bias != NULL,
                                         .units = units };
    onnx_add_result(expected, "y", o, 0);
    c->chain = op_chain_linear;
    return NULL;
}

static const char *express_softmax(const onnx_case *o, op_case *c, op_set *expected)
{
    int64_t rank = o->inputs[0]->rank, axis = onnx_integer(o, "axis", -1);
    axis = axis < 0 ? axis + rank : axis;
    if (axis != rank - 1)
        return "an axis other than the last";
    int64_t columns = o->inputs[0]->shape[axis];
    op_tensor *tensors[2] = { onnx_add_tensor(&c->in, "x", o->inputs[0], 1),
                              onnx_add_result(expected, "y", o, 0) };
    for (int i = 0; i < 2; i++) {
        tensors[i]->desc.rank = 2;
        tensors[i]->desc.shape[0] = o->inputs[0]->count / columns;
        tensors[i]->desc.shape[1] = columns;
    }
    c->chain = op_chain_softmax;
    return NULL;
}

/* Copies (N,C,D…) as rows of classes: (N*D…,C). */
static op_tensor *add_rows(op_set *set, const char *name, const onnx_tensor *from)
{
    int64_t classes = from->shape[1], inner = from->count / from->shape[0] / classes;
    const int64_t shape[2] = { from->shape[0] * inner, classes };
    op_tensor *rows = op_set_add(set, name, RN_F32, 2, shape);
    for (int64_t i = 0; i < from->count; i++) {
        int64_t at = i % inner, k = i / inner % classes, n = i / inner / classes;
        ((float *)rows->data)[(n * inner + at) * classes + k] = from->floats[i];
    }
    return rows;
}

static const char *express_cross_entropy(const onnx_case *o, op_case *c, op_set *expected)
{
    const int64_t one = 1, count = o->inputs[1]->count;
    if (strcmp(onnx_text(o, "reduction", "mean"), "mean") != 0)
        return "a reduction other than mean";
    if (o->inputs[2] || onnx_model_attribute(&o->model, "ignore_index"))
        return o->inputs[2] ? "weights of classes" : "ignore_index";
    c->attrs.cross_entropy = (rn_cross_entropy_attrs){ .size = sizeof c->attrs.cross_entropy };
    add_rows(&c->in, "logits", o->inputs[0]);
    int32_t *labels = op_set_add(&c->in, "labels", RN_I32, 1, &count)->data;
    for (int64_t i = 0; i < count; i++)
        labels[i] = (int32_t)o->inputs[1]->integers[i];
    *(float *)op_set_add(expected, "loss", RN_F32, 1, &one)->data = o->expected[0].floats[0];
    if (o->n_expected > 1) {
        op_tensor *probs = add_rows(expected, "probs", &o->expected[1]);
        for (int64_t i = 0; i < op_count(probs); i++)
            ((float *)probs->data)[i] = expf(((float *)probs->data)[i]);
    }
    c->chain = op_chain_cross_entropy;
    return NULL;
}

static const char *express_nll(const onnx_case *o, op_case *c, op_set *expected)
{
    (void)o;
    (void)c;
    (void)expected;
    return "its inputs are not normalised, but our loss includes the softmax";
}

static const char *express_flatten(const onnx_case *o, op_case *c, op_set *expected)
{
    (void)o;
    (void)c;
    (void)expected;
    return "a view, which no backend computes";
}

static const char *express_concat(const onnx_case *o, op_case *c, op_set *expected)
{
    int64_t axis = onnx_integer(o, "axis", 0);
    axis = axis < 0 ? axis + o->inputs[0]->rank : axis;
    if (axis != 1)
        return "an axis other than the channels";
    for (int32_t i = 0; i < o->model.n_inputs; i++) {
        const char name[3] = { 'x', (char)('0' + i), 0 };
        onnx_add_tensor(&c->in, name, o->inputs[i], 4);
    }
    onnx_add_tensor(expected, "y", &o->expected[0], 4);
    c->chain = op_chain_concat;
    return NULL;
}

static const char *express_momentum(const onnx_case *o, op_case *c, op_set *expected)
{
    bool nesterov = !strcmp(onnx_text(o, "mode", "standard"), "nesterov");
    if (o->model.n_inputs != 5)
        return "several parameters in one node";
    if (o->inputs[1]->integers[0] != 0 && fabs(onnx_number(o, "beta", 1) - 1) > 0)
        return "damped momentum";
    c->attrs.sgd = (rn_sgd_attrs){ .size = sizeof c->attrs.sgd,
                                   .nesterov = nesterov,
                                   .momentum = onnx_number(o, "alpha", 0),
                                   .weight_decay = onnx_number(o, "norm_coefficient", 0) };
    onnx_add_tensor(&c->in, "learning_rate", o->inputs[0], 1);
    onnx_add_tensor(&c->in, "param", o->inputs[2], 1);
    onnx_add_tensor(&c->in, "gradient", o->inputs[3], 1);
    onnx_add_tensor(&c->in, "velocity", o->inputs[4], 1);
    op_set_vector(&c->in, "loss", 1);
    onnx_add_result(expected, "param_out", o, 0);
    onnx_add_result(expected, "velocity_out", o, 1);
    c->chain = op_chain_sgd;
    return NULL;
}

static const struct {
    const char *op;
    onnx_express_function *express;
} OPERATORS[] = {
    { "Conv", onnx_express_conv },
    { "MaxPool", onnx_express_pool },
    { "AveragePool", onnx_express_pool },
    { "GlobalAveragePool", onnx_express_global_pool },
    { "BatchNormalization", express_batch_norm },
    { "Relu", express_relu },
    { "Add", express_add },
    { "Mul", express_multiply },
    { "Sigmoid", express_sigmoid },
    { "Tanh", express_tanh },
    { "HardSwish", express_hard_swish },
    { "LeakyRelu", express_leaky_relu },
    { "HardSigmoid", express_hard_sigmoid },
    { "Gelu", express_gelu },
    { "Gemm", express_gemm },
    { "Softmax", express_softmax },
    { "SoftmaxCrossEntropyLoss", express_cross_entropy },
    { "NegativeLogLikelihoodLoss", express_nll },
    { "Concat", express_concat },
    { "Flatten", express_flatten },
    { "Momentum", express_momentum },
};

#define N_OPERATORS (sizeof OPERATORS / sizeof *OPERATORS)

static size_t find_operator(const onnx_model *model)
{
    size_t i = 0;
    while (i < N_OPERATORS && strcmp(OPERATORS[i].op, model->op) != 0)
        i++;
    return i;
}

bool onnx_case_supported(const onnx_model *model)
{
    return model->n_nodes == 1 && find_operator(model) < N_OPERATORS;
}

const char *onnx_case_express(const onnx_case *o, op_case *c, op_set *expected)
{
    for (int i = 0; i < o->n_given; i++)
        if (o->given[i].type != ONNX_FLOAT && o->given[i].type != ONNX_INT64)
            return "an element type other than float32";
    if (!o->inputs[0] || !o->inputs[0]->floats || o->n_expected == 0)
        return "no float32 input or no output";
    return OPERATORS[find_operator(&o->model)].express(o, c, expected);
}
