/* bisect_simplify_attrs.c: the same operator with simpler attributes, and without operands that it
 * may lack. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/bisect_axes.h"
#include "compare/bisect_cut.h"
#include "compare/bisect_simplify.h"
#include "graph/op.h"

/* A simpler value of an attribute, and the operand that goes with what it gives up. */
typedef struct simplification {
    const char *op;
    size_t offset, size; /* of the field; size 0: only the operand goes */
    double value;
    int32_t flag; /* of an int32_t: this flag alone goes; 0: the field becomes `value` */
    int32_t operand;
} simplification;

#define NO_OPERAND (-1)
#define FIELD(structure, field) offsetof(structure, field), sizeof(((structure *)0)->field)
#define SET(op, structure, field, value, operand)                                                  \
    {                                                                                              \
#op, FIELD(structure, field), value, 0, operand                                            \
    }
#define CLEAR(op, structure, flag, operand)                                                        \
    {                                                                                              \
#op, FIELD(structure, epilogue), 0, flag, operand                                          \
    }
#define DROP(op, operand)                                                                          \
    {                                                                                              \
#op, 0, 0, 0, 0, operand                                                                   \
    }

/* clang-format off */
static const simplification simplifications[] = {
    CLEAR(conv2d, rn_conv2d_attrs, RN_EPILOGUE_ADD, RN_AT_CONV2D_Z),
    CLEAR(conv2d, rn_conv2d_attrs, RN_EPILOGUE_RELU, RN_AT_CONV2D_MASK),
    SET(conv2d, rn_conv2d_attrs, has_bias, 0, RN_AT_CONV2D_BIAS),
    SET(conv2d_grad_input, rn_conv2d_attrs, has_bias, 0, NO_OPERAND),
    SET(conv2d_grad_input_sum, rn_conv2d_attrs, has_bias, 0, NO_OPERAND),
    SET(conv2d_grad_weight, rn_conv2d_attrs, has_bias, 0, RN_AT_CONV2D_GRAD_WEIGHT_DBIAS),
    SET(linear, rn_linear_attrs, has_bias, 0, RN_AT_LINEAR_BIAS),
    SET(linear_grad_input, rn_linear_attrs, has_bias, 0, NO_OPERAND),
    SET(linear_grad_weight, rn_linear_attrs, has_bias, 0, RN_AT_LINEAR_GRAD_WEIGHT_DBIAS),
    CLEAR(batch_norm, rn_batch_norm_attrs, RN_EPILOGUE_ADD, RN_AT_BATCH_NORM_Z),
    CLEAR(batch_norm, rn_batch_norm_attrs, RN_EPILOGUE_RELU, RN_AT_BATCH_NORM_MASK),
    SET(batch_norm, rn_batch_norm_attrs, epsilon, 1e-5, NO_OPERAND),
    SET(batch_norm, rn_batch_norm_attrs, momentum, 0.1, NO_OPERAND),
    SET(batch_norm_pair, rn_batch_norm_attrs, epsilon, 1e-5, NO_OPERAND),
    SET(batch_norm_pair, rn_batch_norm_attrs, momentum, 0.1, NO_OPERAND),
    DROP(batch_norm_fold, RN_AT_BATCH_NORM_FOLD_BIAS),
    CLEAR(batch_norm_grad, rn_batch_norm_attrs, RN_EPILOGUE_ADD, RN_AT_BATCH_NORM_GRAD_DZ),
    CLEAR(batch_norm_grad, rn_batch_norm_attrs, RN_EPILOGUE_RELU, RN_AT_BATCH_NORM_GRAD_MASK),
    SET(avg_pool, rn_pool_attrs, exclude_padding, 0, NO_OPERAND),
    SET(avg_pool_grad, rn_pool_attrs, exclude_padding, 0, NO_OPERAND),
    DROP(max_pool, RN_AT_MAX_POOL_INDEX),
    DROP(relu, RN_AT_RELU_MASK),
    SET(softmax_cross_entropy, rn_cross_entropy_attrs, label_smoothing, 0, NO_OPERAND),
    SET(softmax_cross_entropy_grad, rn_cross_entropy_attrs, label_smoothing, 0, NO_OPERAND),
    DROP(softmax_cross_entropy_grad, RN_AT_SOFTMAX_CROSS_ENTROPY_GRAD_LOSS_SCALE),
    SET(soft_cross_entropy, rn_cross_entropy_attrs, label_smoothing, 0, NO_OPERAND),
    SET(soft_cross_entropy_grad, rn_cross_entropy_attrs, label_smoothing, 0, NO_OPERAND),
    DROP(soft_cross_entropy_grad, RN_AT_SOFT_CROSS_ENTROPY_GRAD_LOSS_SCALE),
    DROP(sgd, RN_AT_SGD_LOSS),
    DROP(sgd, RN_AT_SGD_LOSS_SCALE),
    SET(sgd, rn_sgd_attrs, nesterov, 0, NO_OPERAND),
    SET(sgd, rn_sgd_attrs, weight_decay, 0, NO_OPERAND),
    SET(sgd, rn_sgd_attrs, momentum, 0, RN_AT_SGD_VELOCITY),
    DROP(clip_value, RN_AT_CLIP_VALUE_LOSS_SCALE),
    DROP(adamw, RN_AT_ADAMW_LOSS),
    DROP(adamw, RN_AT_ADAMW_LOSS_SCALE),
    SET(adamw, rn_adam_attrs, weight_decay, 0, NO_OPERAND),
    DROP(lamb, RN_AT_LAMB_LOSS),
    DROP(lamb, RN_AT_LAMB_LOSS_SCALE),
    SET(lamb, rn_adam_attrs, weight_decay, 0, NO_OPERAND),
    DROP(lars, RN_AT_LARS_LOSS),
    DROP(lars, RN_AT_LARS_LOSS_SCALE),
    SET(lars, rn_lars_attrs, nesterov, 0, NO_OPERAND),
    SET(lars, rn_lars_attrs, weight_decay, 0, NO_OPERAND),
    SET(lars, rn_lars_attrs, momentum, 0, RN_AT_LARS_VELOCITY),
    DROP(rmsprop, RN_AT_RMSPROP_LOSS),
    DROP(rmsprop, RN_AT_RMSPROP_LOSS_SCALE),
    SET(rmsprop, rn_rmsprop_attrs, weight_decay, 0, NO_OPERAND),
    SET(rmsprop, rn_rmsprop_attrs, momentum, 0, RN_AT_RMSPROP_VELOCITY),
    SET(dropout, rn_dropout_attrs, first_element, 0, NO_OPERAND),
    SET(drop_path, rn_dropout_attrs, first_element, 0, NO_OPERAND),
};
/* clang-format on */
enum { N_SIMPLIFICATIONS = sizeof simplifications / sizeof *simplifications };

/* What becomes of windows: one height or width at a time. */
typedef enum window_part { STRIDE, DILATION, PADDING, PADDING_END, KERNEL_1, KERNEL_3 } window_part;
enum { N_WINDOW_PARTS = KERNEL_3 + 1, N_WINDOW_CHANGES = 2 * N_WINDOW_PARTS };

#define ATTRS_ROOM 256 /* larger than every structure of attributes */

/* Writes the simpler value; false: it is there already. */
static bool simplify_field(const simplification *s, char *attrs)
{
    char old[sizeof(double)];
    int32_t flags, i32 = (int32_t)s->value;
    int64_t i64 = (int64_t)s->value;
    bool is_real = s->size == sizeof(double) && s->value != (double)i64;
    memcpy(old, attrs + s->offset, s->size);
    memcpy(&flags, old, sizeof flags);
    if (s->flag)
        i32 = flags & ~s->flag;
    if (s->size == sizeof i32)
        memcpy(attrs + s->offset, &i32, sizeof i32);
    else if (is_real)
        memcpy(attrs + s->offset, &s->value, sizeof s->value);
    else
        memset(attrs + s->offset, 0, s->size); /* 0 as an integer and as a double */
    return memcmp(old, attrs + s->offset, s->size) != 0;
}

static void drop(rn_case *c, int32_t operand)
{
    free(c->tensors[operand].data);
    c->tensors[operand] = (rn_case_tensor){ 0 };
}

static rn_status propose_field(const rn_case *c, const simplification *s, rn_case *simpler,
                               rn_proposed *proposed)
{
    char attrs[ATTRS_ROOM];
    bool drops = s->operand != NO_OPERAND && rn_case_has(c, s->operand);
    if (!rn_case_is(c, s->op))
        return RN_OK;
    if (c->attrs)
        memcpy(attrs, c->attrs, c->op->attrs_size);
    bool changes = s->size > 0 && simplify_field(s, attrs);
    if (!changes && !drops)
        return RN_OK;
    rn_status status = rn_case_copy(c, simpler);
    if (status)
        return status;
    if (c->attrs)
        memcpy(simpler->attrs, attrs, c->op->attrs_size);
    if (drops)
        drop(simpler, s->operand);
    *proposed = RN_PROPOSED_CASE;
    return RN_OK;
}

/* Makes one number of a window smaller; false: it is as small already, or not there. */
static bool simplify_window(const rn_window *w, window_part part, int axis, int64_t *kernel)
{
    int64_t *fields[N_WINDOW_PARTS] = { w->stride,      w->dilation, w->padding,
                                        w->padding_end, w->kernel,   w->kernel };
    static const int64_t least[N_WINDOW_PARTS] = { 1, 1, 0, 0, 1, 3 };
    int64_t *field = fields[part];
    *kernel = 0;
    if (!field || field[axis] <= least[part])
        return false;
    field[axis] = least[part];
    if (part >= KERNEL_1)
        *kernel = least[part];
    return true;
}

static rn_status propose_window(const rn_case *c, int64_t number, rn_case *simpler,
                                rn_proposed *proposed)
{
    char attrs[ATTRS_ROOM] __attribute__((aligned(8)));
    rn_window window;
    rn_cut cut = { .attrs = attrs };
    int axis = (int)(number % 2);
    int64_t kernel;
    memcpy(attrs, c->attrs ? c->attrs : attrs, c->op->attrs_size);
    if (!rn_axes_window(c, attrs, &window) ||
        !simplify_window(&window, (window_part)(number / 2), axis, &kernel))
        return RN_OK;
    if (kernel && rn_axes_conv(c))
        cut.axes[axis ? 'S' : 'R'].length = kernel;
    rn_status status = rn_case_cut(c, &cut, simpler);
    if (status == RN_E_SHAPE) {
        rn_fail_clear();
        return RN_OK;
    }
    *proposed = RN_PROPOSED_CASE;
    return status;
}

static rn_status propose_stride(const rn_case *c, int axis, rn_case *simpler, rn_proposed *proposed)
{
    rn_subsample_attrs attrs;
    rn_cut cut = { .attrs = &attrs };
    if (strncmp(c->op->name, "subsample", 9) != 0)
        return RN_OK;
    attrs = *(const rn_subsample_attrs *)c->attrs;
    if (attrs.stride[axis] == 1)
        return RN_OK;
    attrs.stride[axis] = 1;
    *proposed = RN_PROPOSED_CASE;
    return rn_case_cut(c, &cut, simpler);
}

/* A tensor of any shape as a list. */
static rn_status propose_flat(const rn_case *c, rn_case *simpler, rn_proposed *proposed)
{
    rn_status status = rn_case_copy(c, simpler);
    for (int32_t i = 0; i < rn_case_n_operands(c) && !status; i++) {
        rn_tensor_desc *desc = &simpler->tensors[i].desc;
        if (rn_axes_of(c, i)[0] != 'A' || desc->rank < 2)
            continue;
        int64_t count = rn_desc_count(desc);
        *desc = rn_desc_make(desc->dtype, 1, &count);
        *proposed = RN_PROPOSED_CASE;
    }
    return status;
}

rn_status rn_propose_attrs(const rn_case *c, int64_t number, rn_case *simpler,
                           rn_proposed *proposed)
{
    *proposed = RN_PROPOSED_NOTHING;
    if (number == 0)
        return propose_flat(c, simpler, proposed);
    number -= 1;
    if (number < N_SIMPLIFICATIONS)
        return propose_field(c, &simplifications[number], simpler, proposed);
    number -= N_SIMPLIFICATIONS;
    if (number < N_WINDOW_CHANGES)
        return propose_window(c, number, simpler, proposed);
    number -= N_WINDOW_CHANGES;
    if (number < 2)
        return propose_stride(c, (int)number, simpler, proposed);
    *proposed = RN_PROPOSED_END;
    return RN_OK;
}
