/* pool.c: shapes and cost of max_pool and avg_pool. */
#include "ops/pool.h"

#include "base/status.h"
#include "ops/window.h"

/* Both pools have these operands, in the same slots. */
enum { POOL_X = RN_MAX_POOL_X, POOL_Y = RN_MAX_POOL_Y, POOL_DY = RN_MAX_POOL_GRAD_DY };
_Static_assert(POOL_X == (int)RN_AVG_POOL_X && POOL_Y == (int)RN_AVG_POOL_Y &&
                   POOL_DY == (int)RN_AVG_POOL_GRAD_DY,
               "the pools differ in their slots");

#define FIELD(type, ...) RN_FIELD(type, rn_pool_attrs, __VA_ARGS__)
const rn_op_field rn_pool_fields[] = {
    FIELD(I32, exclude_padding, 0, 1, false),
    FIELD(I64, kernel, 1, RN_LONGEST_WINDOW, false),
    FIELD(I64, stride, 1, RN_LONGEST_WINDOW, true),
    FIELD(I64, padding, 0, RN_LONGEST_WINDOW, false),
    FIELD(I64, padding_end, 0, RN_LONGEST_WINDOW, false),
    FIELD(I32, padding_mode, RN_PADDING_SYMMETRIC, RN_PADDING_EXPLICIT, false),
    RN_FIELD_OF_CORE(I32, rn_pool_attrs, reserved),
    { 0 },
};

rn_status rn_pool_resolve(rn_node *node, const char *op, rn_tensor_desc *y)
{
    rn_pool_attrs *a = node->attrs;
    const rn_tensor_desc *x = &node->inputs[POOL_X]->desc;
    for (int i = 0; i < 2; i++) {
        a->stride[i] = a->stride[i] ? a->stride[i] : a->kernel[i];
        int64_t end = a->padding_mode == RN_PADDING_EXPLICIT ? a->padding_end[i] : a->padding[i];
        int64_t longest = end > a->padding[i] ? end : a->padding[i];
        if (a->padding_mode != RN_PADDING_SAME && longest > a->kernel[i] / 2)
            return rn_fail(RN_E_SHAPE,
                           "%s: padding %lld is more than half of the kernel %lld, so "
                           "windows could lie outside of the image",
                           op, (long long)longest, (long long)a->kernel[i]);
    }
    rn_window window = { .kernel = a->kernel,
                         .stride = a->stride,
                         .padding = a->padding,
                         .padding_end = a->padding_end,
                         .mode = &a->padding_mode };
    int64_t out[2];
    rn_status status = rn_window_resolve(&window, op, x, out);
    if (status)
        return status;
    *y = rn_desc_make(RN_F32, 4, (const int64_t[]){ x->shape[0], x->shape[1], out[0], out[1] });
    status = rn_desc_check(y);
    return status ? status : rn_op_check_macs(op, y, a->kernel[0] * a->kernel[1]);
}

void rn_pool_cost(const rn_node *node, rn_cost *cost)
{
    const rn_pool_attrs *a = node->attrs;
    cost->other_flops = rn_desc_count(&node->outputs[POOL_Y]->desc) * a->kernel[0] * a->kernel[1];
}

void rn_pool_cost_grad(const rn_node *node, rn_cost *cost)
{
    const rn_pool_attrs *a = node->attrs;
    cost->other_flops = rn_desc_count(&node->inputs[POOL_DY]->desc) * a->kernel[0] * a->kernel[1];
}
