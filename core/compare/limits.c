/* limits.c: the error model. The RMS of an operator's rounding errors, relative to its result, is
 *
 *     unit * (rounded + summed * sqrt(terms))
 *
 * with the unit of fp32, 2^-24, and two numbers for each kind of operator: how often a result and
 * what goes into it are rounded, and how much a sum adds. Terms of random sign that are summed one
 * after the other leave 0.3 * sqrt(terms) units; the numbers here are several times what was
 * measured, and no limit reaches a quarter of what tf32 does to a product. An operator that
 * computes in a lower precision rounds its factors, or all that it stores, to that precision. */
#include "compare/limits.h"

#include <fnmatch.h>
#include <math.h>
#include <string.h>

#include "graph/op.h"

#define MOST 0x1p-14     /* rounding to tf32 moves a product by 2.6e-4, cutting off by 7e-4 */
#define LOWER_ROUNDED 2. /* units of a lower precision: factors and result were rounded */

/* What a lower precision rounds; STORED: what the operator reads or writes. */
typedef enum lowers { NOTHING = 1, FACTORS, STORED } lowers;

typedef struct model {
    const char *op;
    double rounded, summed;
    lowers lowers;
    int64_t (*terms)(const rn_node *node); /* NULL: 1 */
} model;

static int64_t elements(const rn_value *value)
{
    return rn_desc_count(&value->desc);
}

/* Elements of one channel, or of one column. */
static int64_t channel(const rn_value *value)
{
    return elements(value) / value->desc.shape[1];
}

/* Weights of one output: of a convolution, or of a linear layer. */
static int64_t weights(const rn_node *node)
{
    const rn_value *weight = node->inputs[RN_CONV2D_WEIGHT];
    return elements(weight) / weight->desc.shape[0];
}

static int64_t weights_of_conv_input(const rn_node *node)
{
    const rn_conv2d_attrs *a = node->attrs;
    return channel(node->inputs[RN_CONV2D_GRAD_INPUT_WEIGHT]) / a->groups;
}

static int64_t weights_of_linear_input(const rn_node *node)
{
    return channel(node->inputs[RN_LINEAR_GRAD_INPUT_WEIGHT]);
}

/* Of a convolution's or a linear layer's weight: all outputs of a channel. */
static int64_t outputs(const rn_node *node)
{
    return channel(node->inputs[RN_CONV2D_GRAD_WEIGHT_DY]);
}

static int64_t normalised(const rn_node *node)
{
    const rn_batch_norm_attrs *a = node->attrs;
    return a->training ? channel(node->inputs[RN_BATCH_NORM_X]) : 1;
}

static int64_t window(const rn_node *node)
{
    const rn_pool_attrs *a = node->attrs;
    return a->kernel[0] * a->kernel[1];
}

static int64_t plane(const rn_node *node)
{
    const rn_tensor_desc *x = &node->inputs[RN_GLOBAL_AVG_POOL_X]->desc;
    return x->shape[2] * x->shape[3];
}

/* That one element of b counts for. */
static int64_t pixels(const rn_node *node)
{
    return elements(node->inputs[RN_MULTIPLY_GRAD_A]) / elements(node->inputs[RN_MULTIPLY_GRAD_B]);
}

/* The classes, and for a mean loss the images. */
static int64_t classes(const rn_node *node)
{
    const rn_tensor_desc *x = &node->inputs[0]->desc;
    return x->shape[0] + x->shape[1];
}

/* Of a norm. */
static int64_t parameters(const rn_node *node)
{
    return elements(node->inputs[0]);
}

static int64_t squares(const rn_node *node)
{
    int64_t n = 0;
    for (int32_t i = RN_SQUARE_SUM_X; i < node->n_inputs; i++)
        n += elements(node->inputs[i]);
    return n;
}

/* Convolutions: Winograd's transforms make errors up to four times as large. An operator without a
 * line here does not compile. */
/* clang-format off */
#define MODEL_CONV2D 4, 4, FACTORS, weights
#define MODEL_CONV2D_GRAD_INPUT 4, 4, FACTORS, weights_of_conv_input
#define MODEL_CONV2D_GRAD_WEIGHT 4, 4, FACTORS, outputs
#define MODEL_BATCH_NORM 8, 1, STORED, normalised
#define MODEL_BATCH_NORM_FOLD 8, 0, NOTHING, NULL
#define MODEL_BATCH_NORM_GRAD 8, 2, STORED, normalised
#define MODEL_RELU 1, 0, STORED, NULL
#define MODEL_RELU_GRAD 1, 0, STORED, NULL
#define MODEL_ADD 1, 0, STORED, NULL
#define MODEL_MAX_POOL 1, 0, STORED, NULL
#define MODEL_MAX_POOL_GRAD 2, 1, STORED, window
#define MODEL_AVG_POOL 2, 1, STORED, window
#define MODEL_AVG_POOL_GRAD 2, 1, STORED, window
#define MODEL_GLOBAL_AVG_POOL 2, 1, STORED, plane
#define MODEL_GLOBAL_AVG_POOL_GRAD 2, 0, STORED, NULL
#define MODEL_FLATTEN 1, 0, STORED, NULL
#define MODEL_LINEAR 4, 2, FACTORS, weights
#define MODEL_LINEAR_GRAD_INPUT 4, 2, FACTORS, weights_of_linear_input
#define MODEL_LINEAR_GRAD_WEIGHT 4, 2, FACTORS, outputs
#define MODEL_SOFTMAX 32, 1, STORED, classes
#define MODEL_SOFTMAX_CROSS_ENTROPY 32, 1, STORED, classes
#define MODEL_SOFTMAX_CROSS_ENTROPY_GRAD 8, 0, STORED, NULL
#define MODEL_DROPOUT 2, 0, STORED, NULL
#define MODEL_DROPOUT_GRAD 2, 0, STORED, NULL
#define MODEL_SUBSAMPLE 1, 0, STORED, NULL
#define MODEL_SUBSAMPLE_GRAD 1, 0, STORED, NULL
#define MODEL_CONCAT 1, 0, STORED, NULL
#define MODEL_CONCAT_GRAD 1, 0, STORED, NULL
#define MODEL_CHECK_FINITE 0, 0, NOTHING, NULL
#define MODEL_ALL_REDUCE 8, 0, NOTHING, NULL
#define MODEL_SGD 4, 0, NOTHING, NULL
#define MODEL_REORDER 1, 0, STORED, NULL
#define MODEL_SOFT_CROSS_ENTROPY 32, 1, STORED, classes
#define MODEL_SOFT_CROSS_ENTROPY_GRAD 8, 0, STORED, NULL
#define MODEL_DROP_PATH 2, 0, STORED, NULL
#define MODEL_BLEND 4, 0, NOTHING, NULL
#define MODEL_SQUARE_SUM 4, 1, NOTHING, squares
#define MODEL_CLIP_NORM 8, 0, NOTHING, NULL
#define MODEL_CLIP_VALUE 2, 0, NOTHING, NULL
#define MODEL_ADAMW 16, 0, NOTHING, NULL
#define MODEL_LAMB 16, 1, NOTHING, parameters
#define MODEL_LARS 8, 1, NOTHING, parameters
#define MODEL_RMSPROP 16, 0, NOTHING, NULL
#define MODEL_ACTIVATION 8, 0, STORED, NULL
#define MODEL_ACTIVATION_GRAD 8, 0, STORED, NULL
#define MODEL_MULTIPLY 2, 0, STORED, NULL
#define MODEL_MULTIPLY_GRAD 4, 1, STORED, pixels
#define MODEL_CONV2D_GRAD_INPUT_SUM 4, 4, FACTORS, weights_of_conv_input
#define MODEL_LOOKUP 1, 0, STORED, NULL
#define MODEL_BATCH_NORM_PAIR 16, 2, STORED, normalised
#define MODEL_BATCH_NORM_PAIR_GRAD 8, 2, STORED, normalised

static const model models[] = {
#define RN_OP(OPERATOR, name, bytes) { #name, MODEL_##OPERATOR },
#include <resnet/operators.h>
};
/* clang-format on */

/* NULL: unknown. */
static const model *model_of(const char *op)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (strcmp(models[i].op, op) == 0)
            return &models[i];
    return NULL;
}

int64_t rn_limits_sum_length(const rn_node *node)
{
    const model *m = model_of(node->op->name);
    return m && m->terms ? m->terms(node) : 1;
}

bool rn_limits_is_product(const rn_traced *tensor)
{
    const model *m = model_of(tensor->op);
    return !m || m->lowers == FACTORS;
}

double rn_limits_unit(int32_t precision)
{
    switch (precision) {
        case RN_PRECISION_BF16: return 0x1p-8;
        case RN_PRECISION_TF32:
        case RN_PRECISION_FP16: return 0x1p-11;
        default: return 0x1p-24;
    }
}

/* What a lower precision adds. tf32 rounds nothing that is stored. */
static double lower_limit(const model *m, int32_t precision)
{
    lowers what = m ? m->lowers : FACTORS;
    bool rounds = precision == RN_PRECISION_BF16 || precision == RN_PRECISION_FP16 ||
                  (precision == RN_PRECISION_TF32 && what == FACTORS);
    return what != NOTHING && rounds ? LOWER_ROUNDED * rn_limits_unit(precision) : 0;
}

/* An unknown operator, such as one of a plugin, may be a convolution. */
static double model_limit(const rn_traced *tensor, int32_t precision)
{
    const model *m = model_of(tensor->op);
    double limit = MOST;
    if (m && tensor->sum_length > 0)
        limit = rn_limits_unit(RN_PRECISION_FP32) *
                (m->rounded + m->summed * sqrt((double)tensor->sum_length));
    return fmin(limit, MOST) + lower_limit(m, precision);
}

double rn_limits_of(const rn_traced *tensor, int32_t precision, const rn_limit_rule *rules,
                    int32_t n_rules)
{
    for (int32_t i = n_rules - 1; i >= 0; i--)
        if (fnmatch(rules[i].match, tensor->name, 0) == 0)
            return rules[i].limit;
    return model_limit(tensor, precision);
}
