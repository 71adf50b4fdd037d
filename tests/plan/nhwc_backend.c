/* nhwc_backend.c: wraps a backend, and converts between layouts around each of its runs. */
#include "plan/nhwc_backend.h"

#include <stdlib.h>
#include <string.h>

static const rn_backend *inner;
static bool wants_weights;

typedef struct wrapped_kernel {
    rn_kernel *kernel;
    int32_t n_operands, is_converted[RN_MAX_OPERANDS];
    rn_tensor_desc descs[RN_MAX_OPERANDS];
    rn_buffer *plain[RN_MAX_OPERANDS]; /* operands in the inner kernel's layout */
} wrapped_kernel;

static bool wants_nhwc(const rn_op_desc *op, const rn_tensor_desc *desc, int32_t index)
{
    if (!desc || desc->rank != 4 || desc->dtype != RN_F32)
        return false;
    if (strcmp(op->op, "conv2d") == 0)
        return index != 1 || wants_weights;
    if (strcmp(op->op, "conv2d_grad_input") == 0)
        return index == 1 && wants_weights;
    return strcmp(op->op, "relu") == 0;
}

/* The operator's description with plain operands. */
typedef struct plain_op {
    rn_op_desc desc;
    rn_tensor_desc descs[RN_MAX_OPERANDS];
    const rn_tensor_desc *pointers[RN_MAX_OPERANDS];
} plain_op;

static void make_plain(const rn_op_desc *op, plain_op *p)
{
    p->desc = *op;
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs; i++) {
        const rn_tensor_desc *d = i < op->n_inputs ? op->inputs[i] : op->outputs[i - op->n_inputs];
        p->pointers[i] = NULL;
        if (!d)
            continue;
        p->descs[i] = *d;
        p->descs[i].layout = RN_LAYOUT_PLAIN;
        p->pointers[i] = &p->descs[i];
    }
    p->desc.inputs = p->pointers;
    p->desc.outputs = p->pointers + op->n_inputs;
}

static rn_status wrapped_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    plain_op p;
    if (strcmp(op->op, "reorder") == 0)
        return inner->query(context, op, answer);
    make_plain(op, &p);
    rn_status status = inner->query(context, &p.desc, answer);
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs && !status; i++) {
        answer->layouts[i] = p.pointers[i] ? RN_LAYOUT_PLAIN : 0;
        if (p.pointers[i] && wants_nhwc(op, p.pointers[i], i))
            answer->layouts[i] = RN_LAYOUT_NHWC;
        answer->layout_bytes[i] = p.pointers[i] ? p.descs[i].size_bytes : 0;
    }
    return status;
}

static rn_status wrapped_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    plain_op p;
    wrapped_kernel *w = calloc(1, sizeof *w);
    bool is_reorder = strcmp(op->op, "reorder") == 0;
    make_plain(op, &p);
    w->n_operands = op->n_inputs + op->n_outputs;
    rn_status status = inner->prepare(context, is_reorder ? op : &p.desc, &w->kernel);
    for (int32_t i = 0; i < w->n_operands && !status && !is_reorder; i++) {
        w->is_converted[i] = wants_nhwc(op, p.pointers[i], i);
        w->descs[i] = p.descs[i];
        if (w->is_converted[i])
            status = inner->buffer_create(context, p.descs[i].size_bytes, &w->plain[i]);
    }
    *kernel = (rn_kernel *)w;
    return status;
}

static void wrapped_destroy(rn_context *context, rn_kernel *kernel)
{
    wrapped_kernel *w = (wrapped_kernel *)kernel;
    for (int32_t i = 0; i < w->n_operands; i++)
        if (w->plain[i])
            inner->buffer_destroy(context, w->plain[i]);
    inner->kernel_destroy(context, w->kernel);
    free(w);
}

/* Copies element by element between the two layouts. */
static void convert(const rn_tensor_desc *d, const float *from, float *to, bool to_plain)
{
    int64_t area = d->shape[2] * d->shape[3], channels = d->shape[1];
    for (int64_t n = 0; n < d->shape[0]; n++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t i = 0; i < area; i++) {
                int64_t plain = (n * channels + c) * area + i, nhwc = (n * area + i) * channels + c;
                to[to_plain ? plain : nhwc] = from[to_plain ? nhwc : plain];
            }
}

static rn_status convert_operand(rn_context *context, const rn_tensor_desc *d, rn_operand from,
                                 rn_operand to, bool to_plain)
{
    float *a = malloc(d->size_bytes), *b = malloc(d->size_bytes);
    rn_status status = inner->download(context, a, from, d->size_bytes);
    if (!status) {
        convert(d, a, b, to_plain);
        status = inner->upload(context, to, b, d->size_bytes);
    }
    free(a);
    free(b);
    return status;
}

static rn_status wrapped_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                             rn_operand workspace)
{
    const wrapped_kernel *w = (const wrapped_kernel *)kernel;
    rn_operand plain[RN_MAX_OPERANDS];
    rn_status status = RN_OK;
    for (int32_t i = 0; i < w->n_operands && !status; i++) {
        plain[i] = w->is_converted[i] ? (rn_operand){ w->plain[i], 0 } : operands[i];
        if (w->is_converted[i])
            status = convert_operand(context, &w->descs[i], operands[i], plain[i], true);
    }
    if (!status)
        status = inner->run(context, w->kernel, plain, workspace);
    for (int32_t i = 0; i < w->n_operands && !status; i++)
        if (w->is_converted[i])
            status = convert_operand(context, &w->descs[i], plain[i], operands[i], false);
    return status;
}

rn_backend nhwc_backend(const rn_backend *wrapped, bool weights)
{
    rn_backend wrapper = *wrapped;
    inner = wrapped;
    wants_weights = weights;
    wrapper.query = wrapped_query;
    wrapper.prepare = wrapped_prepare;
    wrapper.kernel_destroy = wrapped_destroy;
    wrapper.run = wrapped_run;
    return wrapper;
}
