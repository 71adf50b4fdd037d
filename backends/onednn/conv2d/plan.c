/* plan.c: what plans hold, and the layouts that they want. */
#include "onednn/conv2d/plan.h"

void onednn_conv2d_plan_clear(conv2d_plan *plan)
{
    if (plan->desc)
        dnnl_primitive_desc_destroy(plan->desc);
    plan->desc = NULL;
}

bool onednn_conv2d_is_sum(const conv2d_problem *p)
{
    return p->pass == CONV2D_GRAD_INPUT && p->z;
}

bool onednn_conv2d_adds(const conv2d_plan *plan)
{
    return plan->algorithm >= CONV2D_WINOGRAD;
}

bool onednn_conv2d_is_usual(const conv2d_problem *p, const conv2d_plan *plan)
{
    return plan->y.layout == onednn_image_layout(p->context, p->y);
}

conv2d_layout onednn_conv2d_image_layout(const rn_tensor_desc *t, int32_t layout)
{
    onednn_md md = onednn_tensor_md_as(t, layout);
    conv2d_layout made = { md ? layout : 0, md ? onednn_md_bytes(md) : 0 };
    onednn_md_free(md);
    return made;
}

bool onednn_conv2d_own_layouts(const conv2d_problem *p, const onednn_packing *packing,
                               conv2d_plan *plan)
{
    int32_t blocked = onednn_stores_bf16(p->context) ? ONEDNN_BLOCKED_BF16 : ONEDNN_BLOCKED;
    plan->x = onednn_conv2d_image_layout(p->x, blocked);
    plan->y = onednn_conv2d_image_layout(p->y, blocked);
    if (p->pass == CONV2D_GRAD_WEIGHT)
        plan->w = (conv2d_layout){ RN_LAYOUT_PLAIN, p->w->size_bytes };
    else
        plan->w = (conv2d_layout){ onednn_format_of_packing(onednn_of(p->context), packing),
                                   packing->bytes };
    return plan->x.layout && plan->y.layout && plan->w.layout;
}
