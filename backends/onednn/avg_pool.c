/* avg_pool.c: avg_pool and its gradient. (oneDNN's max_pool ignores NaN, so max_pool.c has our
 * own.) */
#include <stdlib.h>
#include <string.h>

#include "onednn/context.h"

static bool is_gradient(const rn_op_desc *op)
{
    return strcmp(op->op, "avg_pool_grad") == 0;
}

/* oneDNN adds up the gradients of overlapping windows in the type of dx; bfloat16 has too few
 * digits for that. */
static bool is_wide(const rn_op_desc *op)
{
    const rn_pool_attrs *a = op->attrs;
    return is_gradient(op) && (a->kernel[0] > a->stride[0] || a->kernel[1] > a->stride[1]);
}

static dnnl_primitive_desc_t describe(const rn_context *context, const rn_op_desc *op)
{
    const rn_pool_attrs *a = op->attrs;
    bool gradient = is_gradient(op);
    const rn_tensor_desc *x =
        gradient ? op->outputs[RN_AVG_POOL_GRAD_DX] : op->inputs[RN_AVG_POOL_X];
    const rn_tensor_desc *y =
        gradient ? op->inputs[RN_AVG_POOL_GRAD_DY] : op->outputs[RN_AVG_POOL_Y];
    int32_t layout = is_wide(op) ? ONEDNN_BLOCKED : onednn_image_layout(context, x);
    onednn_md x_md = onednn_tensor_md_as(x, layout), y_md = onednn_tensor_md_as(y, layout);
    shape_window rows = shape_pool_window(a, x, y, 0), columns = shape_pool_window(a, x, y, 1);
    onednn_problem problem = { .kind = gradient ? dnnl_backward_data : dnnl_forward_inference,
                               .algorithm = a->exclude_padding ? dnnl_pooling_avg_exclude_padding
                                                               : dnnl_pooling_avg_include_padding,
                               .x = x_md,
                               .y = y_md,
                               .window = onednn_window_of(&rows, &columns) };
    dnnl_primitive_desc_t desc = NULL;
    if (x_md && y_md)
        desc = onednn_pool_desc(onednn_of(context)->engine, &problem);
    onednn_md_free(x_md);
    onednn_md_free(y_md);
    return desc;
}

static rn_status avg_pool_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_pool_attrs *a = op->attrs;
    dnnl_primitive_desc_t desc = describe(context, op);
    if (!desc)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "oneDNN does not support pooling with a window of %lld x "
                              "%lld, stride %lld x %lld",
                              (long long)a->kernel[0], (long long)a->kernel[1],
                              (long long)a->stride[0], (long long)a->stride[1]);
    for (int i = 0; i < 2; i++) {
        onednn_answer_image(context, op, answer, i);
        if (onednn_stores_bf16(context) && is_wide(op)) {
            answer->layouts[i] = ONEDNN_BLOCKED;
            answer->layout_bytes[i] *= 2;
        }
    }
    answer->workspace_bytes = onednn_desc_scratchpad(desc);
    dnnl_primitive_desc_destroy(desc);
    return RN_OK;
}

static rn_status avg_pool_prepare(rn_kernel *kernel)
{
    static const onednn_argument forward[] = { { DNNL_ARG_SRC, dnnl_query_src_md, 0 },
                                               { DNNL_ARG_DST, dnnl_query_dst_md, 0 } };
    static const onednn_argument gradient[] = { { DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0 },
                                                { DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, 0 } };
    onednn_primitive *primitive = NULL;
    rn_status status =
        onednn_primitive_make(onednn_of(kernel->context)->engine,
                              describe(kernel->context, &kernel->desc),
                              is_gradient(&kernel->desc) ? gradient : forward, 2, &primitive);
    kernel->state = primitive;
    return status;
}

static void avg_pool_destroy(rn_kernel *kernel)
{
    onednn_primitive_free(kernel->state);
}

static void avg_pool_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    onednn_primitive_run(onednn_of(kernel->context), kernel->state, operands, workspace);
}

const cpu_operator onednn_avg_pool = { .query = avg_pool_query,
                                       .prepare = avg_pool_prepare,
                                       .destroy = avg_pool_destroy,
                                       .run = avg_pool_run,
                                       .takes_layouts = 1 };
const cpu_operator onednn_avg_pool_grad = { .query = avg_pool_query,
                                            .prepare = avg_pool_prepare,
                                            .destroy = avg_pool_destroy,
                                            .run = avg_pool_run,
                                            .takes_layouts = 1 };
