/* bisect_axes.c: the axes of every operand. */
#include "compare/bisect_axes.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

typedef struct axes {
    const char *op;
    const char *operands[RN_MAX_OPERANDS]; /* by slot, inputs, then outputs */
} axes;

#define IMAGE "NCHW"
#define RESULT "NKPQ"
#define FILTER "KcRS"
#define POOLED "NCPQ"
#define ANY "A"
#define FACTOR "N C H W or 1 1" /* as an image, or one element for each channel */

/* clang-format off */
static const axes table[] = {
    { "conv2d",             { IMAGE, FILTER, "K", RESULT, RESULT, RESULT } },
    { "conv2d_grad_input",  { RESULT, FILTER, IMAGE } },
    { "conv2d_grad_input_sum", { RESULT, FILTER, IMAGE, IMAGE } },
    { "conv2d_grad_weight", { IMAGE, RESULT, FILTER, "K" } },
    { "batch_norm",         { IMAGE, "C", "C", "C", "C", IMAGE, IMAGE, "C", "C", IMAGE } },
    { "batch_norm_fold",    { FILTER, "K", "K", "K", "K", "K", FILTER, "K" } },
    { "batch_norm_grad",    { IMAGE, IMAGE, "C", "C", "C", IMAGE, IMAGE, "C", "C", IMAGE } },
    { "batch_norm_pair",    { IMAGE, "C", "C", "C", "C", IMAGE, "C", "C", "C", "C",
                              IMAGE, "C", "C", "C", "C", IMAGE } },
    { "batch_norm_pair_grad", { IMAGE, IMAGE, IMAGE, "C", "C", "C", "C", "C", "C", IMAGE,
                                IMAGE, "C", "C", IMAGE, "C", "C" } },
    { "relu",               { IMAGE, IMAGE, IMAGE } },
    { "relu_grad",          { IMAGE, IMAGE, IMAGE } },
    { "add",                { IMAGE, IMAGE, IMAGE } },
    { "activation",         { IMAGE, IMAGE } },
    { "activation_grad",    { IMAGE, IMAGE, IMAGE } },
    { "multiply",           { IMAGE, FACTOR, IMAGE } },
    { "multiply_grad",      { IMAGE, IMAGE, FACTOR, IMAGE, FACTOR } },
    { "max_pool",           { IMAGE, POOLED, POOLED } },
    { "max_pool_grad",      { POOLED, POOLED, IMAGE } },
    { "avg_pool",           { IMAGE, POOLED } },
    { "avg_pool_grad",      { POOLED, IMAGE } },
    { "global_avg_pool",      { IMAGE, "NC11" } },
    { "global_avg_pool_grad", { "NC11", IMAGE } },
    { "linear",             { "NF", "KF", "K", "NK" } },
    { "linear_grad_input",  { "NK", "KF", "NF" } },
    { "linear_grad_weight", { "NF", "NK", "KF", "K" } },
    { "softmax",            { "NK", "NK" } },
    { "softmax_cross_entropy",      { "NK", "N", "1", "NK" } },
    { "softmax_cross_entropy_grad", { "NK", "N", "2", "NK" } },
    { "soft_cross_entropy",         { "NK", "NK", "1", "NK" } },
    { "soft_cross_entropy_grad",    { "NK", "NK", "2", "NK" } },
    { "dropout",            { IMAGE, "2", IMAGE, IMAGE } },
    { "dropout_grad",       { IMAGE, IMAGE, IMAGE } },
    { "drop_path",          { IMAGE, "2", IMAGE } },
    { "subsample",          { IMAGE, "NDPQ" } },
    { "subsample_grad",     { "NDPQ", IMAGE } },
    { "concat",             { "N HW", "N HW" } },
    { "concat_grad",        { "N HW", "N HW" } },
    { "lookup",             { "NHWC", "C", IMAGE } },
    { "check_finite",       { "2", ANY } },
    { "sgd",                { ANY, ANY, ANY, "1", "1", "2" } },
    { "blend",              { ANY, ANY, "2" } },
    { "square_sum",         { "1", ANY } },
    { "clip_norm",          { "2", "1", "1" } },
    { "clip_value",         { ANY, "2" } },
    { "adamw",              { ANY, ANY, ANY, ANY, "1", "2", "1", "2" } },
    { "lamb",               { ANY, ANY, ANY, ANY, "1", "2", "1", "2" } },
    { "lars",               { ANY, ANY, ANY, "1", "1", "2" } },
    { "rmsprop",            { ANY, ANY, ANY, ANY, "1", "1", "2" } },
};
/* clang-format on */
enum { N_TABLE = sizeof table / sizeof *table };

/* Of a factor; that of an image of one pixel is either. */
static const char *axes_of_factor(const rn_tensor_desc *desc)
{
    return desc->rank == 4 && desc->shape[2] == 1 && desc->shape[3] == 1 ? "NC11" : IMAGE;
}

const char *rn_axes_of(const rn_case *c, int32_t operand)
{
    for (int i = 0; i < N_TABLE; i++) {
        if (!rn_case_is(c, table[i].op))
            continue;
        const char *letters = table[i].operands[rn_case_slot(c, operand)];
        bool is_factor = strcmp(letters, FACTOR) == 0;
        return is_factor ? axes_of_factor(&c->tensors[operand].desc) : letters;
    }
    return "";
}

char rn_axes_at(const rn_case *c, int32_t operand, int32_t dim)
{
    const char *letters = rn_axes_of(c, operand);
    bool is_any = letters[0] == 'A' && c->tensors[operand].desc.rank > 1;
    return is_any || dim >= (int32_t)strlen(letters) ? ' ' : letters[dim];
}

int64_t rn_axes_length(const rn_case *c, char axis)
{
    for (int32_t i = 0; i < rn_case_n_operands(c); i++)
        for (int32_t dim = 0; dim < c->tensors[i].desc.rank; dim++)
            if (rn_axes_at(c, i, dim) == axis)
                return c->tensors[i].desc.shape[dim];
    return 0;
}

rn_conv2d_attrs *rn_axes_conv(const rn_case *c)
{
    return strncmp(c->op->name, "conv2d", 6) == 0 ? c->attrs : NULL;
}

bool rn_axes_window(const rn_case *c, void *attrs, rn_window *window)
{
    rn_conv2d_attrs *conv = rn_axes_conv(c) ? attrs : NULL;
    bool is_pool =
        strncmp(c->op->name, "max_pool", 8) == 0 || strncmp(c->op->name, "avg_pool", 8) == 0;
    rn_pool_attrs *pool = is_pool ? attrs : NULL;
    if (conv)
        *window = (rn_window){ conv->kernel,  conv->stride,      conv->dilation,
                               conv->padding, conv->padding_end, &conv->padding_mode };
    else if (pool)
        *window = (rn_window){ pool->kernel,  pool->stride,      NULL,
                               pool->padding, pool->padding_end, &pool->padding_mode };
    return conv || pool;
}
