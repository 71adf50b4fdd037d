/* grouped_way.c: convolutions with few channels a group, as one of the ways. */
#include <stdio.h>

#include "onednn/conv2d/conv2d.h"

bool conv2d_grouped_make(const conv2d_problem *p, conv2d_way *way)
{
    if (!onednn_grouped_fits(p->attrs, p->x, p->y))
        return false;
    onednn_grouped_plan_make(p->op, (int32_t)p->role, p->context->n_threads,
                             onednn_stores_bf16(p->context), &way->grouped);
    way->workspace_bytes = way->grouped.workspace_bytes;
    const onednn_grouped_packing *of = &way->grouped.packing;
    onednn_packing packing = { .pack = onednn_grouped_pack,
                               .plan = of,
                               .plan_bytes = sizeof *of,
                               .bytes = way->grouped.weight_bytes };
    snprintf(packing.key, sizeof packing.key, "grouped %lld by %lld%s%s", (long long)of->channels,
             (long long)of->group, of->turned ? " turned" : "", of->mirrored ? " mirrored" : "");
    return conv2d_own_layouts(p, &packing, way);
}

void conv2d_grouped_run(rn_context *context, const conv2d_state *state, const conv2d_pointers *at)
{
    bool of_weight = state->role == CONV2D_GRAD_WEIGHT;
    const onednn_grouped_call call = { .plan = &state->way.grouped,
                                       .context = context,
                                       .x = at->x,
                                       .y = at->y,
                                       .weight = of_weight ? NULL : at->w,
                                       .bias = of_weight ? NULL : at->bias,
                                       .z = at->z,
                                       .relu = state->relu,
                                       .dweight = of_weight ? at->w : NULL,
                                       .dbias = of_weight ? at->bias : NULL,
                                       .workspace = at->workspace };
    onednn_grouped_run(&call);
}
