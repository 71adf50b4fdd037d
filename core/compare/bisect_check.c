/* bisect_check.c: operands against the table of operators, against each other and against the
 * attributes. */
#include "compare/bisect_check.h"

#include <string.h>

#include "base/status.h"
#include "compare/bisect_axes.h"
#include "graph/op.h"

/* ---- Types and presence ---- */

enum { OPTIONAL, REQUIRED, REST };
enum { F32 = RN_F32, I32 = RN_I32, MASK = RN_U8, INDEX = RN_U8, ANY = 0 };

typedef struct slot {
    int32_t dtype, presence;
} slot;

typedef struct op_slots {
    const char *op;
    slot slots[RN_MAX_OPERANDS]; /* inputs, then outputs */
} op_slots;

/* clang-format off */
#define RN_OP(OPERATOR, name, bytes) { #name, {
#define RN_IN(SLOT, type, presence, use) { type, presence },
#define RN_OUT(SLOT, type, presence) { type, presence },
#define RN_END(OPERATOR) } },
static const op_slots all_slots[] = {
#include <resnet/operators.h>
};
/* clang-format on */

static const slot *slots_of(const rn_op *op)
{
    const op_slots *s = all_slots;
    while (strcmp(s->op, op->name) != 0)
        s++;
    return s->slots;
}

static rn_status refuse(const rn_case *c, int32_t operand, const char *what)
{
    char name[RN_OPERAND_NAME];
    rn_case_operand_name(c, operand, name);
    return rn_fail(RN_E_DATA, "%s: operand \"%s\" of shape %s %s", c->op->name, name,
                   RN_DESC_STRING(&c->tensors[operand].desc), what);
}

static rn_status check_slots(const rn_case *c)
{
    for (int32_t i = 0; i < rn_case_n_operands(c); i++) {
        const slot *s = &slots_of(c->op)[rn_case_slot(c, i)];
        if (!rn_case_has(c, i) && s->presence != OPTIONAL)
            return refuse(c, i, "is missing");
        if (rn_case_has(c, i) && s->dtype && c->tensors[i].desc.dtype != s->dtype)
            return refuse(c, i, "has numbers of another type");
    }
    return RN_OK;
}

/* ---- Shapes ---- */

/* The operators that take tensors of any rank. */
static bool takes_any_rank(const rn_case *c)
{
    static const char *const ops[] = { "relu",         "relu_grad",       "add",
                                       "dropout",      "dropout_grad",    "drop_path",
                                       "activation",   "activation_grad", "multiply",
                                       "multiply_grad" };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (rn_case_is(c, ops[i]))
            return true;
    return false;
}

static rn_status check_rank(const rn_case *c, int32_t operand)
{
    const char *letters = rn_axes_of(c, operand);
    int32_t rank = c->tensors[operand].desc.rank, expected = (int32_t)strlen(letters);
    bool fits = letters[0] == 'A' || rank == expected || (takes_any_rank(c) && rank < expected);
    return fits ? RN_OK : refuse(c, operand, "has another number of dimensions than expected");
}

/* Each dimension is as long as its axis is elsewhere. */
static rn_status check_lengths(const rn_case *c, int32_t operand)
{
    const rn_tensor_desc *desc = &c->tensors[operand].desc;
    for (int32_t dim = 0; dim < desc->rank; dim++) {
        char axis = rn_axes_at(c, operand, dim);
        int64_t length = axis >= '0' && axis <= '9' ? axis - '0' : rn_axes_length(c, axis);
        if (axis != ' ' && desc->shape[dim] != length)
            return refuse(c, operand, "does not fit to the other operands");
    }
    return RN_OK;
}

/* Tensors of any shape have the same one, where they are not a list. */
static rn_status check_same(const rn_case *c)
{
    int32_t first = -1;
    for (int32_t i = 0; i < rn_case_n_operands(c) && !c->op->inputs_repeat; i++) {
        if (!rn_case_has(c, i) || rn_axes_of(c, i)[0] != 'A')
            continue;
        first = first < 0 ? i : first;
        if (!rn_desc_same_shape(&c->tensors[i].desc, &c->tensors[first].desc))
            return refuse(c, i, "does not fit to the other operands");
    }
    return RN_OK;
}

/* The whole of a concatenation has the channels of its parts. */
static rn_status check_parts(const rn_case *c)
{
    int64_t n = 0;
    bool is_grad = rn_case_is(c, "concat_grad");
    int32_t whole = is_grad ? 0 : c->n_inputs;
    if (!is_grad && !rn_case_is(c, "concat"))
        return RN_OK;
    for (int32_t i = 0; i < rn_case_n_operands(c); i++)
        n += i == whole ? 0 : c->tensors[i].desc.shape[1];
    return n == c->tensors[whole].desc.shape[1]
               ? RN_OK
               : refuse(c, whole, "does not have the channels of all parts");
}

/* ---- Attributes ---- */

static rn_status misfit(const rn_case *c)
{
    return rn_fail(RN_E_DATA, "%s: the attributes do not fit to the shapes of the operands",
                   c->op->name);
}

static bool fits_conv(const rn_case *c, const rn_conv2d_attrs *a)
{
    return a->groups > 0 && a->channels == rn_axes_length(c, 'K') && a->channels % a->groups == 0 &&
           rn_axes_length(c, 'C') == a->groups * rn_axes_length(c, 'c') &&
           a->kernel[0] == rn_axes_length(c, 'R') && a->kernel[1] == rn_axes_length(c, 'S');
}

/* Steps and windows in whose arithmetic nothing overflows. */
static bool has_small_numbers(const rn_window *w)
{
    for (int i = 0; i < 2; i++) {
        if (w->kernel[i] < 1 || w->stride[i] < 1 || (w->dilation && w->dilation[i] < 1))
            return false;
        if (w->padding[i] > RN_LONGEST_WINDOW || w->padding_end[i] > RN_LONGEST_WINDOW)
            return false;
        if (!w->dilation &&
            (2 * w->padding[i] > w->kernel[i] || 2 * w->padding_end[i] > w->kernel[i]))
            return false;
    }
    return *w->mode == RN_PADDING_EXPLICIT;
}

static rn_status check_window(const rn_case *c)
{
    rn_window window;
    const rn_conv2d_attrs *conv = rn_axes_conv(c);
    const int64_t shape[4] = { 1, 1, rn_axes_length(c, 'H'), rn_axes_length(c, 'W') };
    rn_tensor_desc x = rn_desc_make(RN_F32, 4, shape);
    int64_t out[2];
    if (!rn_axes_window(c, c->attrs, &window))
        return RN_OK;
    if ((conv && !fits_conv(c, conv)) || !has_small_numbers(&window))
        return misfit(c);
    if (rn_window_resolve(&window, c->op->name, &x, out))
        return rn_fail_at(RN_E_DATA, "%s", c->op->name);
    return out[0] == rn_axes_length(c, 'P') && out[1] == rn_axes_length(c, 'Q') ? RN_OK : misfit(c);
}

static rn_status check_subsample(const rn_case *c)
{
    const rn_subsample_attrs *a = c->attrs;
    if (strncmp(c->op->name, "subsample", 9) != 0)
        return RN_OK;
    bool fits =
        rn_axes_length(c, 'D') == a->channels_before + rn_axes_length(c, 'C') + a->channels_after &&
        rn_axes_length(c, 'P') == (rn_axes_length(c, 'H') - 1) / a->stride[0] + 1 &&
        rn_axes_length(c, 'Q') == (rn_axes_length(c, 'W') - 1) / a->stride[1] + 1;
    return fits ? RN_OK : misfit(c);
}

/* The operands that flags promise. */
static rn_status check_epilogue(const rn_case *c, int32_t epilogue, int32_t z, int32_t mask)
{
    bool fits = rn_case_has(c, z) == ((epilogue & RN_EPILOGUE_ADD) != 0) &&
                (!rn_case_has(c, mask) || (epilogue & RN_EPILOGUE_RELU)) && epilogue < 4;
    return fits ? RN_OK : misfit(c);
}

static rn_status check_flags(const rn_case *c)
{
    const rn_conv2d_attrs *conv = rn_axes_conv(c);
    const rn_batch_norm_attrs *norm = strncmp(c->op->name, "batch_norm", 10) == 0 ? c->attrs : NULL;
    const rn_linear_attrs *linear = strncmp(c->op->name, "linear", 6) == 0 ? c->attrs : NULL;
    if (linear && linear->units != rn_axes_length(c, 'K'))
        return misfit(c);
    if (rn_case_is(c, "conv2d") && rn_case_has(c, RN_AT_CONV2D_BIAS) != (conv->has_bias != 0))
        return misfit(c);
    if (rn_case_is(c, "linear") && rn_case_has(c, RN_AT_LINEAR_BIAS) != (linear->has_bias != 0))
        return misfit(c);
    if (norm && (norm->epsilon <= 0 || norm->synchronised))
        return misfit(c);
    if (rn_case_is(c, "conv2d"))
        return check_epilogue(c, conv->epilogue, RN_AT_CONV2D_Z, RN_AT_CONV2D_MASK);
    if (rn_case_is(c, "batch_norm"))
        return check_epilogue(c, norm->epilogue, RN_AT_BATCH_NORM_Z, RN_AT_BATCH_NORM_MASK);
    return RN_OK;
}

/* A momentum needs a velocity. */
static rn_status check_momentum(const rn_case *c)
{
    const rn_sgd_attrs *sgd = rn_case_is(c, "sgd") ? c->attrs : NULL;
    const rn_lars_attrs *lars = rn_case_is(c, "lars") ? c->attrs : NULL;
    const rn_rmsprop_attrs *rmsprop = rn_case_is(c, "rmsprop") ? c->attrs : NULL;
    bool fits = (!sgd || (sgd->momentum > 0) == rn_case_has(c, RN_AT_SGD_VELOCITY)) &&
                (!lars || (lars->momentum > 0) == rn_case_has(c, RN_AT_LARS_VELOCITY)) &&
                (!rmsprop || (rmsprop->momentum > 0) == rn_case_has(c, RN_AT_RMSPROP_VELOCITY));
    return fits ? RN_OK : misfit(c);
}

rn_status rn_case_check(const rn_case *c)
{
    rn_status status = check_slots(c);
    for (int32_t i = 0; i < rn_case_n_operands(c) && !status; i++)
        status = rn_case_has(c, i) ? check_rank(c, i) : RN_OK;
    for (int32_t i = 0; i < rn_case_n_operands(c) && !status; i++)
        status = rn_case_has(c, i) ? check_lengths(c, i) : RN_OK;
    if (!status)
        status = check_same(c);
    if (!status)
        status = check_parts(c);
    if (!status)
        status = check_window(c);
    if (!status)
        status = check_subsample(c);
    if (!status)
        status = check_flags(c);
    return status ? status : check_momentum(c);
}
