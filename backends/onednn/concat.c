/* concat.c: joins images along their channels, and the gradient. If every part fills its blocks,
 * blocks are moved like planes; otherwise all tensors are plain. */
#include <string.h>

#include "onednn/onednn.h"

/* What the parts of an image, or with channels last of a pixel, are joined into. */
typedef struct concat_call {
    char *whole;
    void *const *parts;
    const rn_tensor_desc *const *descs; /* of the parts */
    int32_t n;
    bool splits;        /* the gradient */
    int64_t pieces;     /* of each tensor: images, or pixels of all images */
    size_t whole_bytes; /* of a piece */
} concat_call;

static bool all_fill_blocks(const rn_tensor_desc *const *parts, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (parts[i]->rank != 4 || parts[i]->shape[1] % ONEDNN_LANES != 0)
            return false;
    return true;
}

/* For both operators, which have the parts on opposite sides. */
static rn_status concat_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    bool blocked =
        all_fill_blocks(op->inputs, op->n_inputs) && all_fill_blocks(op->outputs, op->n_outputs);
    for (int32_t i = 0; blocked && i < op->n_inputs + op->n_outputs; i++)
        onednn_answer_image(context, op, answer, i);
    for (int32_t i = 0; !blocked && i < op->n_inputs; i++)
        answer->layouts[i] = RN_LAYOUT_PLAIN;
    return RN_OK;
}

static void concat_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const concat_call *c = argument;
    (void)thread;
    for (int64_t piece = begin; piece < end; piece++) {
        char *at = c->whole + (size_t)piece * c->whole_bytes;
        for (int32_t i = 0; i < c->n; i++) {
            size_t bytes = (size_t)c->descs[i]->size_bytes / (size_t)c->pieces;
            char *part = (char *)c->parts[i] + (size_t)piece * bytes;
            memcpy(c->splits ? part : at, c->splits ? at : part, bytes);
            at += bytes;
        }
    }
}

static void run(const rn_kernel *kernel, const rn_tensor_desc *whole, concat_call call)
{
    const bool is_last = whole->layout == ONEDNN_CHANNELS_LAST;
    call.pieces = is_last ? whole->shape[0] * onednn_pixels(whole) : whole->shape[0];
    call.whole_bytes = (size_t)whole->size_bytes / (size_t)call.pieces;
    cpu_parallel(kernel->context, call.pieces, concat_work, &call);
}

static void concat_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *desc = &kernel->desc;
    (void)workspace;
    run(kernel, desc->outputs[RN_CONCAT_Y],
        (concat_call){ .whole = operands[desc->n_inputs],
                       .parts = operands,
                       .descs = desc->inputs,
                       .n = desc->n_inputs });
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *desc = &kernel->desc;
    (void)workspace;
    run(kernel, desc->inputs[RN_CONCAT_GRAD_DY],
        (concat_call){ .whole = operands[RN_AT_CONCAT_GRAD_DY],
                       .parts = operands + RN_AT_CONCAT_GRAD_DX,
                       .descs = (const rn_tensor_desc *const *)desc->outputs,
                       .n = desc->n_outputs,
                       .splits = true });
}

const cpu_operator onednn_concat = { .query = concat_query, .run = concat_run, .takes_layouts = 1 };
const cpu_operator onednn_concat_grad = { .query = concat_query,
                                          .run = grad_run,
                                          .takes_layouts = 1 };
