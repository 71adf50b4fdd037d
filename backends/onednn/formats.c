/* formats.c: layouts and their descriptions in oneDNN. */
#include <stdlib.h>
#include <string.h>

#include "onednn/context.h"

void onednn_answer_image(const rn_context *context, const rn_op_desc *op, rn_op_answer *answer,
                         int32_t place)
{
    const rn_tensor_desc *t = onednn_operand(op, place);
    if (!t)
        return;
    if (t->rank != 4) {
        answer->layouts[place] = RN_LAYOUT_PLAIN;
        answer->layout_bytes[place] = t->size_bytes;
        return;
    }
    uint64_t pixels = (uint64_t)(t->shape[0] * onednn_blocks(t) * onednn_pixels(t));
    uint64_t lanes = pixels * ONEDNN_LANES;
    bool narrow = t->dtype == RN_F32 && onednn_stores_bf16(context);
    answer->layouts[place] = onednn_image_layout(context, t);
    switch (t->dtype) {
        case RN_BIT: answer->layout_bytes[place] = 2 * pixels; break;
        case RN_U8: answer->layout_bytes[place] = lanes; break;
        default: answer->layout_bytes[place] = lanes * (narrow ? 2 : sizeof(float));
    }
}

int32_t onednn_image_layout(const rn_context *context, const rn_tensor_desc *t)
{
    if (onednn_of(context)->channels_last && t->shape[1] % ONEDNN_LANES == 0)
        return ONEDNN_CHANNELS_LAST;
    return t->dtype == RN_F32 && onednn_stores_bf16(context) ? ONEDNN_BLOCKED_BF16 : ONEDNN_BLOCKED;
}

bool onednn_stores_bf16(const rn_context *context)
{
    return onednn_of(context)->precision == RN_PRECISION_BF16;
}

onednn_md onednn_tensor_md_as(const rn_tensor_desc *t, int32_t layout)
{
    static const dnnl_format_tag_t plain[] = { dnnl_a,    dnnl_ab,    dnnl_abc,
                                               dnnl_abcd, dnnl_abcde, dnnl_abcdef };
    bool is_bf16 = layout == ONEDNN_BLOCKED_BF16 || layout == ONEDNN_PLAIN_BF16 ||
                   layout == ONEDNN_CHANNELS_LAST;
    dnnl_data_type_t type = t->dtype == RN_U8 ? dnnl_u8 : is_bf16 ? dnnl_bf16 : dnnl_f32;
    if (layout == ONEDNN_BLOCKED || layout == ONEDNN_BLOCKED_BF16)
        return onednn_md_make(t->rank, t->shape, type, dnnl_aBcd16b);
    if (layout == RN_LAYOUT_NHWC || layout == ONEDNN_CHANNELS_LAST)
        return onednn_md_make(t->rank, t->shape, type, dnnl_acdb);
    if (t->rank <= (int32_t)(sizeof plain / sizeof *plain))
        return onednn_md_make(t->rank, t->shape, type, plain[t->rank - 1]);
    /* Both sides have the same order, so only the number of elements matters. */
    const int64_t count = shape_count(t);
    return onednn_md_make(1, &count, type, dnnl_a);
}

onednn_md onednn_tensor_md(const rn_tensor_desc *t)
{
    return onednn_tensor_md_as(t, t->layout);
}

/* Takes ownership of `md` and of the packing's plan. */
static int32_t format_add(onednn_state *state, const onednn_format *format)
{
    if (state->n_formats == state->capacity) {
        int32_t capacity = state->capacity ? 2 * state->capacity : 64;
        onednn_format *grown = realloc(state->formats, (size_t)capacity * sizeof *grown);
        if (!grown) {
            onednn_md_free(format->md);
            free((void *)format->packing.plan);
            return 0;
        }
        state->formats = grown;
        state->capacity = capacity;
    }
    state->formats[state->n_formats] = *format;
    return ONEDNN_FIRST_FORMAT + state->n_formats++;
}

int32_t onednn_format_of_md(onednn_state *state, onednn_const_md md)
{
    for (int32_t i = 0; i < state->n_formats; i++)
        if (state->formats[i].md && onednn_md_equal(state->formats[i].md, md))
            return ONEDNN_FIRST_FORMAT + i;
    onednn_format made = { .md = onednn_md_clone(md) };
    return made.md ? format_add(state, &made) : 0;
}

int32_t onednn_format_of_packing(onednn_state *state, const onednn_packing *packing)
{
    for (int32_t i = 0; i < state->n_formats; i++)
        if (!state->formats[i].md && strcmp(state->formats[i].packing.key, packing->key) == 0)
            return ONEDNN_FIRST_FORMAT + i;
    onednn_format made = { .packing = *packing };
    void *plan = malloc(packing->plan_bytes);
    if (!plan)
        return 0;
    memcpy(plan, packing->plan, packing->plan_bytes);
    made.packing.plan = plan;
    return format_add(state, &made);
}

const onednn_format *onednn_format_find(const onednn_state *state, int32_t layout)
{
    int32_t i = layout - ONEDNN_FIRST_FORMAT;
    return i >= 0 && i < state->n_formats ? &state->formats[i] : NULL;
}

void onednn_formats_free(onednn_state *state)
{
    for (int32_t i = 0; i < state->n_formats; i++) {
        onednn_md_free(state->formats[i].md);
        free((void *)state->formats[i].packing.plan);
    }
    free(state->formats);
}
