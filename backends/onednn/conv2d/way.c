/* way.c: the algorithms, by name, and a way made ready. */
#include <stdlib.h>

#include "onednn/conv2d/conv2d.h"

typedef struct algorithm_type {
    const char *name;
    bool (*make)(const conv2d_problem *p, conv2d_way *way);
    void (*run)(rn_context *context, const conv2d_state *state, const conv2d_pointers *at);
} algorithm_type;

static const algorithm_type TYPES[CONV2D_ALGORITHMS + 1] = {
    [CONV2D_DIRECT] = { "direct", conv2d_library_make, conv2d_library_run },
    [CONV2D_LIBRARY_WINOGRAD] = { "oneDNN Winograd", conv2d_library_make, conv2d_library_run },
    [CONV2D_WINOGRAD] = { "Winograd", conv2d_winograd_make, conv2d_winograd_run },
    [CONV2D_GROUPED] = { "grouped", conv2d_grouped_make, conv2d_grouped_run },
};

const char *conv2d_algorithm_name(conv2d_algorithm algorithm)
{
    return TYPES[algorithm].name;
}

bool conv2d_way_make(const conv2d_problem *p, conv2d_algorithm algorithm, conv2d_way *way)
{
    *way = (conv2d_way){ .algorithm = algorithm };
    bool made = TYPES[algorithm].make(p, way);
    if (!made)
        conv2d_way_clear(way);
    return made;
}

void conv2d_way_clear(conv2d_way *way)
{
    if (way->desc)
        dnnl_primitive_desc_destroy(way->desc);
    way->desc = NULL;
}

conv2d_layout conv2d_image_layout(const rn_tensor_desc *t, int32_t layout)
{
    onednn_md md = onednn_tensor_md_as(t, layout);
    conv2d_layout made = { md ? layout : 0, md ? onednn_md_bytes(md) : 0 };
    onednn_md_free(md);
    return made;
}

bool conv2d_own_layouts(const conv2d_problem *p, const onednn_packing *packing, conv2d_way *way)
{
    int32_t blocked = onednn_stores_bf16(p->context) ? ONEDNN_BLOCKED_BF16 : ONEDNN_BLOCKED;
    way->x = conv2d_image_layout(p->x, blocked);
    way->y = conv2d_image_layout(p->y, blocked);
    if (p->role == CONV2D_GRAD_WEIGHT)
        way->w = (conv2d_layout){ RN_LAYOUT_PLAIN, p->w->size_bytes };
    else
        way->w = (conv2d_layout){ onednn_format_of_packing(onednn_of(p->context), packing),
                                  packing->bytes };
    return way->x.layout && way->y.layout && way->w.layout;
}

rn_status conv2d_state_make(const conv2d_problem *p, conv2d_way *way, conv2d_state **made)
{
    *made = NULL;
    conv2d_state *state = calloc(1, sizeof *state);
    if (!state) {
        conv2d_way_clear(way);
        return cpu_host->fail(RN_E_NOMEM, "no memory for a convolution");
    }
    rn_status status = way->desc ? conv2d_library_prepare(p, way, &state->primitive) : RN_OK;
    state->way = *way;
    state->role = p->role;
    state->relu = p->role == CONV2D_FORWARD && (p->attrs->epilogue & RN_EPILOGUE_RELU);
    state->n = p->y->shape[0];
    state->channels = p->y->shape[1];
    state->pixels = onednn_pixels(p->y);
    if (status)
        conv2d_state_free(state);
    else
        *made = state;
    return status;
}

void conv2d_state_free(conv2d_state *state)
{
    if (!state)
        return;
    onednn_primitive_free(state->primitive);
    free(state);
}

void conv2d_state_run(rn_context *context, const conv2d_state *state, const conv2d_pointers *at)
{
    TYPES[state->way.algorithm].run(context, state, at);
}
