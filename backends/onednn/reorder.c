/* reorder.c: converts between layouts: images by oneDNN, weights by oneDNN or by the kernels that
 * define the format. */
#include <stdlib.h>
#include <string.h>

#include "onednn/context.h"

/* Made by prepare: one of the two; neither for bits. */
typedef struct reorder_state {
    onednn_primitive *primitive;
    onednn_packing packing; /* from plain; pack is NULL if not used */
} reorder_state;

/* Copies masks of bits between planes and blocks. Speed does not matter: only a host that inspects
 * masks needs this. */
static void bits_copy(const rn_tensor_desc *x, void *from, const rn_tensor_desc *y, void *to)
{
    int64_t pixels = shape_plane_size(x), planes = shape_plane_count(x), blocks = onednn_blocks(x);
    bool to_plain = y->layout == RN_LAYOUT_PLAIN;
    const rn_tensor_desc *plain = to_plain ? y : x;
    const int64_t lot = onednn_lot(to_plain ? x : y);
    uint16_t *block_bits = to_plain ? from : to;
    if (!to_plain)
        memset(to, 0, y->size_bytes);
    for (int64_t plane = 0; plane < planes; plane++) {
        int64_t n = plane / x->shape[1], c = plane % x->shape[1];
        mask_plane mask = mask_plane_at(plain, to_plain ? to : from, plane);
        uint16_t *block =
            block_bits + onednn_block_first(n * blocks + c / ONEDNN_LANES, pixels, lot);
        int lane = (int)(c % ONEDNN_LANES);
        for (int64_t i = 0; i < pixels; i++)
            if (to_plain)
                mask_put(mask, i, block[i * lot] >> lane & 1);
            else
                block[i * lot] = (uint16_t)(block[i * lot] | mask_get(mask, i) << lane);
    }
}

/* Describes both sides for oneDNN; if one side has a format, that gives the dimensions. */
static dnnl_primitive_desc_t describe(const onednn_state *state, const rn_tensor_desc *x,
                                      const rn_tensor_desc *y)
{
    const onednn_format *from_format = onednn_format_find(state, x->layout);
    const onednn_format *to_format = onednn_format_find(state, y->layout);
    onednn_md from, to;
    if (from_format) {
        from = onednn_md_clone(from_format->md);
        to = onednn_md_plain(from_format->md);
    } else if (to_format) {
        from = onednn_md_plain(to_format->md);
        to = onednn_md_clone(to_format->md);
    } else {
        from = onednn_tensor_md(x);
        to = onednn_tensor_md(y);
    }
    dnnl_primitive_desc_t desc = from && to ? onednn_reorder_desc(state->engine, from, to) : NULL;
    onednn_md_free(from);
    onednn_md_free(to);
    return desc;
}

static bool is_plain(const rn_tensor_desc *t)
{
    return t->layout == RN_LAYOUT_PLAIN;
}

static rn_status reorder_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const onednn_state *state = onednn_of(context);
    const rn_tensor_desc *x = op->inputs[RN_REORDER_X], *y = op->outputs[RN_REORDER_Y];
    const onednn_format *from = onednn_format_find(state, x->layout);
    const onednn_format *to = onednn_format_find(state, y->layout);
    if ((from && (!from->md || !is_plain(y))) || (to && !is_plain(x)))
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "reorder: weights are converted only from or to the plain "
                              "layout, not from %d to %d",
                              (int)x->layout, (int)y->layout);
    if (x->dtype == RN_BIT || (to && !to->md))
        return RN_OK;
    dnnl_primitive_desc_t desc = describe(state, x, y);
    if (!desc)
        return cpu_host->fail(RN_E_UNSUPPORTED, "reorder: oneDNN does not support layout %d to %d",
                              (int)x->layout, (int)y->layout);
    answer->workspace_bytes = onednn_desc_scratchpad(desc);
    dnnl_primitive_desc_destroy(desc);
    return RN_OK;
}

static rn_status reorder_prepare(rn_kernel *kernel)
{
    static const onednn_argument arguments[] = { { DNNL_ARG_FROM, dnnl_query_src_md, 0 },
                                                 { DNNL_ARG_TO, dnnl_query_dst_md, 0 } };
    const onednn_state *onednn = onednn_of(kernel->context);
    const rn_tensor_desc *x = kernel->desc.inputs[RN_REORDER_X],
                         *y = kernel->desc.outputs[RN_REORDER_Y];
    const onednn_format *to = onednn_format_find(onednn, y->layout);
    reorder_state *state = calloc(1, sizeof *state);
    if (!state)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a reorder");
    kernel->state = state;
    if (x->dtype == RN_BIT)
        return RN_OK;
    if (to && !to->md) {
        /* The list of formats may move when it grows, but what a packing points to does not. */
        state->packing = to->packing;
        return RN_OK;
    }
    rn_status status = onednn_primitive_make(onednn->engine, describe(onednn, x, y), arguments, 2,
                                             &state->primitive);
    if (status)
        free(state);
    return status;
}

static void reorder_destroy(rn_kernel *kernel)
{
    reorder_state *state = kernel->state;
    onednn_primitive_free(state->primitive);
    free(state);
}

static void reorder_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const reorder_state *state = kernel->state;
    const rn_tensor_desc *x = kernel->desc.inputs[RN_REORDER_X];
    if (x->dtype == RN_BIT)
        bits_copy(x, operands[RN_AT_REORDER_X], kernel->desc.outputs[RN_REORDER_Y],
                  operands[RN_AT_REORDER_Y]);
    else if (state->packing.pack)
        state->packing.pack(kernel->context, state->packing.plan, operands[RN_AT_REORDER_X],
                            operands[RN_AT_REORDER_Y]);
    else
        onednn_primitive_run(onednn_of(kernel->context), state->primitive, operands, workspace);
}

const cpu_operator onednn_reorder = { .query = reorder_query,
                                      .prepare = reorder_prepare,
                                      .destroy = reorder_destroy,
                                      .run = reorder_run,
                                      .takes_layouts = 1 };
