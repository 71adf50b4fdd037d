/* grouped_algorithm.c: convolutions with few channels a group, as one of the algorithms. */
#include "onednn/conv2d/grouped_algorithm.h"

#include <stdio.h>

bool onednn_conv2d_grouped_make(const conv2d_problem *p, conv2d_plan *plan)
{
    if (!onednn_grouped_fits(p->attrs, p->x, p->y))
        return false;
    onednn_grouped_plan_make(p->op, p->pass, p->context->n_threads, onednn_stores_bf16(p->context),
                             &plan->grouped);
    plan->workspace_bytes = plan->grouped.workspace_bytes;
    const onednn_grouped_packing *of = &plan->grouped.packing;
    onednn_packing packing = { .pack = onednn_grouped_pack,
                               .plan = of,
                               .plan_bytes = sizeof *of,
                               .bytes = plan->grouped.weight_bytes };
    snprintf(packing.key, sizeof packing.key, "grouped %lld by %lld%s%s", (long long)of->channels,
             (long long)of->group, of->turned ? " turned" : "", of->mirrored ? " mirrored" : "");
    return onednn_conv2d_own_layouts(p, &packing, plan);
}

void onednn_conv2d_grouped_run(rn_context *context, const conv2d_state *state,
                               const conv2d_pointers *at)
{
    bool of_weight = state->pass == CONV2D_GRAD_WEIGHT;
    const onednn_grouped_call call = { .plan = &state->plan.grouped,
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
