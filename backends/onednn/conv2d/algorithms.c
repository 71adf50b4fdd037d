/* algorithms.c: the algorithms by name, and preparing a plan to run. */
#include "onednn/conv2d/algorithms.h"

#include <stdlib.h>

#include "onednn/conv2d/grouped_algorithm.h"
#include "onednn/conv2d/library.h"
#include "onednn/conv2d/pointwise.h"
#include "onednn/conv2d/product.h"
#include "onednn/conv2d/stem.h"
#include "onednn/conv2d/winograd.h"

typedef struct algorithm_type {
    const char *name;
    bool (*make)(const conv2d_problem *p, conv2d_plan *plan);
    void (*run)(rn_context *context, const conv2d_state *state, const conv2d_pointers *at);
} algorithm_type;

static const algorithm_type TYPES[CONV2D_ALGORITHMS + 1] = {
    [CONV2D_DIRECT] = { "direct", onednn_conv2d_library_make, onednn_conv2d_library_run },
    [CONV2D_DIRECT_BLOCKS] = { "direct in blocks", onednn_conv2d_library_make,
                               onednn_conv2d_library_run },
    [CONV2D_PRODUCT] = { "product", onednn_conv2d_product_make, onednn_conv2d_product_run },
    [CONV2D_LIBRARY_WINOGRAD] = { "oneDNN Winograd", onednn_conv2d_library_make,
                                  onednn_conv2d_library_run },
    [CONV2D_WINOGRAD] = { "Winograd", onednn_conv2d_winograd_make, onednn_conv2d_winograd_run },
    [CONV2D_GROUPED] = { "grouped", onednn_conv2d_grouped_make, onednn_conv2d_grouped_run },
    [CONV2D_POINTWISE] = { "pointwise", onednn_conv2d_pointwise_make, onednn_conv2d_pointwise_run },
    [CONV2D_STEM] = { "stem", onednn_conv2d_stem_make, onednn_conv2d_stem_run },
};

const char *onednn_conv2d_algorithm_name(conv2d_algorithm algorithm)
{
    return TYPES[algorithm].name;
}

bool onednn_conv2d_plan_make(const conv2d_problem *p, conv2d_algorithm algorithm, conv2d_plan *plan)
{
    *plan = (conv2d_plan){ .algorithm = algorithm };
    bool made = TYPES[algorithm].make(p, plan);
    if (!made)
        onednn_conv2d_plan_clear(plan);
    return made;
}

rn_status onednn_conv2d_state_make(const conv2d_problem *p, const conv2d_plan *plan,
                                   conv2d_state **made)
{
    *made = NULL;
    conv2d_state *state = calloc(1, sizeof *state);
    if (!state)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a convolution");
    rn_status status =
        plan->desc ? onednn_conv2d_library_prepare(p, plan, &state->primitive) : RN_OK;
    state->plan = *plan;
    state->plan.desc = NULL;
    state->pass = p->pass;
    state->relu = p->pass == CONV2D_FORWARD && (p->attrs->epilogue & RN_EPILOGUE_RELU);
    state->n = p->y->shape[0];
    state->channels = p->y->shape[1];
    state->pixels = onednn_pixels(p->y);
    if (status)
        onednn_conv2d_state_free(state);
    else
        *made = state;
    return status;
}

void onednn_conv2d_state_free(conv2d_state *state)
{
    if (!state)
        return;
    onednn_primitive_free(state->primitive);
    free(state);
}

void onednn_conv2d_state_run(rn_context *context, const conv2d_state *state,
                             const conv2d_pointers *at)
{
    TYPES[state->plan.algorithm].run(context, state, at);
}
