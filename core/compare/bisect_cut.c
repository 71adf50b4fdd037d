/* bisect_cut.c: gathers parts of every operand. */
#include "compare/bisect_cut.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/bisect_axes.h"
#include "graph/op.h"

/* ---- Attributes and lengths ---- */

static int64_t length_after(const rn_case *c, const rn_cut *cut, char axis)
{
    int64_t length = cut->axes[(int)axis].length;
    return length ? length : rn_axes_length(c, axis);
}

/* The attributes that say lengths. */
static void set_lengths(const rn_case *from, const rn_cut *cut, rn_case *to)
{
    rn_conv2d_attrs *conv = rn_axes_conv(to);
    rn_linear_attrs *linear = strncmp(to->op->name, "linear", 6) == 0 ? to->attrs : NULL;
    if (linear)
        linear->units = length_after(from, cut, 'K');
    if (!conv)
        return;
    conv->channels = length_after(from, cut, 'K');
    conv->kernel[0] = length_after(from, cut, 'R');
    conv->kernel[1] = length_after(from, cut, 'S');
}

/* Half of a pool's window may be padding. */
static rn_status check_pool(const rn_case *c, const rn_window *w)
{
    for (int i = 0; i < 2 && !rn_axes_conv(c); i++)
        if (2 * w->padding[i] > w->kernel[i] || 2 * w->padding_end[i] > w->kernel[i])
            return rn_fail(RN_E_SHAPE, "%s: more than half of the window is padding", c->layer);
    return RN_OK;
}

/* P and Q of the new H and W. */
static rn_status set_results(const rn_case *from, rn_case *to, rn_cut *cut)
{
    rn_window window;
    const int64_t shape[4] = { 1, 1, length_after(from, cut, 'H'), length_after(from, cut, 'W') };
    rn_tensor_desc x = rn_desc_make(RN_F32, 4, shape);
    int64_t out[2] = { 0, 0 };
    if (rn_axes_window(to, to->attrs, &window)) {
        rn_status status = check_pool(to, &window);
        if (!status)
            status = rn_window_resolve(&window, to->op->name, &x, out);
        if (status)
            return status;
    } else if (rn_axes_length(from, 'D')) {
        const rn_subsample_attrs *a = to->attrs;
        for (int i = 0; i < 2; i++)
            out[i] = (shape[2 + i] - 1) / a->stride[i] + 1;
        cut->axes['D'].length =
            a->channels_before + length_after(from, cut, 'C') + a->channels_after;
    }
    cut->axes['P'].length = out[0];
    cut->axes['Q'].length = out[1];
    return RN_OK;
}

/* A batch norm that is trained needs two values a channel. */
static rn_status check_batch(const rn_case *c)
{
    const rn_tensor_desc *x = &c->tensors[0].desc;
    if (strncmp(c->op->name, "batch_norm", 10) != 0 || rn_case_is(c, "batch_norm_fold") ||
        rn_desc_count(x) > x->shape[1])
        return RN_OK;
    return rn_fail(RN_E_SHAPE, "%s: one value a channel has no variance", c->layer);
}

/* ---- Values ---- */

static uint64_t bytes_of(const rn_tensor_desc *desc)
{
    return desc->size_bytes / (uint64_t)rn_desc_count(desc);
}

static int64_t old_index(const rn_axis_cut *cut, int64_t i, int64_t old_length)
{
    int64_t part = cut->part ? cut->part : cut->length;
    return cut->length ? (i / part * cut->old_part + cut->first + i % part) % old_length : i;
}

/* A tensor's part. */
typedef struct gather {
    const rn_tensor_desc *from, *to;
    const rn_axis_cut *cuts[RN_MAX_RANK]; /* by dimension; NULL: whole */
    uint64_t element;
    const uint8_t *values;
} gather;

/* Copies the part of a dimension, and moves `out` on. */
static void copy_dim(const gather *g, int32_t dim, int64_t at, uint8_t **out)
{
    if (dim == g->from->rank) {
        memcpy(*out, g->values + (uint64_t)at * g->element, g->element);
        *out += g->element;
        return;
    }
    for (int64_t i = 0; i < g->to->shape[dim]; i++) {
        int64_t old = g->from->shape[dim];
        copy_dim(g, dim + 1, at * old + (g->cuts[dim] ? old_index(g->cuts[dim], i, old) : i), out);
    }
}

/* A length of a tensor of any shape holds for all, where one of several is shorter. */
static int64_t new_length(const rn_case *c, int32_t operand, int32_t dim, const rn_cut *cut)
{
    int64_t old = c->tensors[operand].desc.shape[dim];
    char axis = rn_axes_at(c, operand, dim);
    int64_t length = cut->axes[(int)axis].length;
    if (!length)
        return old;
    return axis == 'A' && length > old ? old : length;
}

static rn_status cut_tensor(const rn_case *from, int32_t operand, const rn_cut *cut,
                            rn_case_tensor *to)
{
    const rn_case_tensor *old = &from->tensors[operand];
    int64_t shape[RN_MAX_RANK];
    gather g = { .from = &old->desc, .to = &to->desc, .values = old->data };
    for (int32_t dim = 0; dim < old->desc.rank; dim++) {
        shape[dim] = new_length(from, operand, dim, cut);
        g.cuts[dim] = &cut->axes[(int)rn_axes_at(from, operand, dim)];
    }
    to->desc = rn_desc_make(old->desc.dtype, old->desc.rank, shape);
    rn_status status = rn_desc_check(&to->desc);
    if (status || !old->data)
        return status;
    g.element = bytes_of(&old->desc);
    uint8_t *out = malloc(to->desc.size_bytes);
    if (!out)
        return rn_fail(RN_E_NOMEM, "no memory for the operands of \"%s\"", from->layer);
    to->data = out;
    copy_dim(&g, 0, 0, &out);
    return RN_OK;
}

/* ---- Values that follow from others ---- */

static void settle_labels(rn_case *c, int32_t labels)
{
    int32_t *values = c->tensors[labels].data;
    int64_t n_classes = rn_axes_length(c, 'K');
    for (int64_t i = 0; i < rn_desc_count(&c->tensors[labels].desc); i++)
        values[i] = (int32_t)(values[i] % n_classes);
}

/* The tap that lies in the image: this one, or else the nearest. */
static int64_t tap_inside(int64_t tap, int64_t start, int64_t kernel, int64_t length)
{
    int64_t least = start < 0 ? -start : 0;
    int64_t most = length - start < kernel ? length - start - 1 : kernel - 1;
    return tap < least ? least : tap > most ? most : tap;
}

static void settle_indices(rn_case *c)
{
    const rn_pool_attrs *a = c->attrs;
    const rn_tensor_desc *desc = &c->tensors[RN_MAX_POOL_GRAD_INDEX].desc;
    uint8_t *index = c->tensors[RN_MAX_POOL_GRAD_INDEX].data;
    int64_t p_n = desc->shape[2], q_n = desc->shape[3];
    int64_t height = rn_axes_length(c, 'H'), width = rn_axes_length(c, 'W');
    for (int64_t i = 0; i < rn_desc_count(desc); i++) {
        int64_t p = i / q_n % p_n, q = i % q_n;
        int64_t r = tap_inside(index[i] / a->kernel[1], p * a->stride[0] - a->padding[0],
                               a->kernel[0], height);
        int64_t s = tap_inside(index[i] % a->kernel[1], q * a->stride[1] - a->padding[1],
                               a->kernel[1], width);
        index[i] = (uint8_t)(r * a->kernel[1] + s);
    }
}

/* Sums f(x - shift) of a channel: of the values, or of their squares. */
static double sum_channel(const rn_case_tensor *x, int64_t channel, double shift, bool squares)
{
    const float *values = x->data;
    int64_t plane = x->desc.shape[2] * x->desc.shape[3], n_channels = x->desc.shape[1];
    double sum = 0;
    for (int64_t n = 0; n < x->desc.shape[0]; n++) {
        for (int64_t i = 0; i < plane; i++) {
            double v = (double)values[(n * n_channels + channel) * plane + i] - shift;
            sum += squares ? v * v : v;
        }
    }
    return sum;
}

static void settle_statistics(rn_case *c)
{
    const rn_batch_norm_attrs *a = c->attrs;
    const rn_case_tensor *x = &c->tensors[RN_BATCH_NORM_GRAD_X];
    float *mean = c->tensors[RN_BATCH_NORM_GRAD_MEAN].data;
    float *inv_std = c->tensors[RN_BATCH_NORM_GRAD_INV_STD].data;
    int64_t n_channels = x->desc.shape[1];
    double count = (double)(rn_desc_count(&x->desc) / n_channels);
    for (int64_t i = 0; i < n_channels; i++) {
        double m = sum_channel(x, i, 0, false) / count;
        mean[i] = (float)m;
        inv_std[i] = (float)(1 / sqrt(sum_channel(x, i, m, true) / count + a->epsilon));
    }
}

void rn_case_settle(rn_case *c)
{
    if (rn_case_is(c, "max_pool_grad"))
        settle_indices(c);
    else if (rn_case_is(c, "batch_norm_grad"))
        settle_statistics(c);
    else if (strncmp(c->op->name, "softmax_cross_entropy", 21) == 0)
        settle_labels(c, RN_SOFTMAX_CROSS_ENTROPY_LABELS);
}

rn_status rn_case_cut(const rn_case *from, const rn_cut *given, rn_case *to)
{
    rn_cut cut = *given;
    const rn_case head = { .op = from->op,
                           .layer = from->layer,
                           .attrs = given->attrs ? given->attrs : from->attrs,
                           .n_inputs = from->n_inputs,
                           .n_outputs = from->n_outputs };
    rn_status status = rn_case_copy(&head, to);
    if (status)
        return status;
    set_lengths(from, &cut, to);
    status = set_results(from, to, &cut);
    for (int32_t i = 0; i < rn_case_n_operands(from) && !status; i++)
        if (rn_case_has(from, i))
            status = cut_tensor(from, i, &cut, &to->tensors[i]);
    if (status)
        return status;
    rn_case_settle(to);
    return check_batch(to);
}
