/* reorder.c: converts between the plain layout and NHWC. */
#include <string.h>

#include "reference/reference.h"

static rn_status reorder_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    const rn_tensor_desc *x = op->inputs[RN_REORDER_X], *y = op->outputs[RN_REORDER_Y];
    if (x->dtype != RN_F32)
        return cpu_host->fail(RN_E_UNSUPPORTED, "reorder: only floats, not type %d", (int)x->dtype);
    if (x->rank != 4 && (x->layout != RN_LAYOUT_PLAIN || y->layout != RN_LAYOUT_PLAIN))
        return cpu_host->fail(RN_E_UNSUPPORTED, "reorder: NHWC is for images, but x has rank %d",
                              (int)x->rank);
    return RN_OK;
}

/* The strides of each dimension. */
static shape_image steps_of(const rn_tensor_desc *t)
{
    const shape_image s = shape_of_image(t);
    if (t->layout == RN_LAYOUT_NHWC)
        return (shape_image){ .n = s.h * s.w * s.c, .c = 1, .h = s.w * s.c, .w = s.c };
    return (shape_image){ .n = s.c * s.h * s.w, .c = s.h * s.w, .h = s.w, .w = 1 };
}

static void plane_copy(const float *x, shape_image x_step, float *y, shape_image y_step,
                       shape_image s)
{
    for (int64_t h = 0; h < s.h; h++)
        for (int64_t w = 0; w < s.w; w++)
            y[h * y_step.h + w * y_step.w] = x[h * x_step.h + w * x_step.w];
}

static void reorder_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const shape_image s = shape_of_image(call->desc->inputs[RN_REORDER_X]);
    const shape_image x_step = steps_of(call->desc->inputs[RN_REORDER_X]);
    const shape_image y_step = steps_of(call->desc->outputs[RN_REORDER_Y]);
    const float *x = call->operands[RN_AT_REORDER_X];
    float *y = call->operands[RN_AT_REORDER_Y];

    for (int64_t plane = begin; plane < end; plane++) {
        int64_t n = plane / s.c, c = plane % s.c;
        plane_copy(x + n * x_step.n + c * x_step.c, x_step, y + n * y_step.n + c * y_step.c, y_step,
                   s);
    }
}

static void reorder_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_REORDER_X];
    if (x->layout == kernel->desc.outputs[RN_REORDER_Y]->layout)
        memcpy(operands[RN_AT_REORDER_Y], operands[RN_AT_REORDER_X],
               sizeof(float) * (size_t)shape_count(x));
    else
        reference_each(kernel, operands, workspace, x->shape[0] * x->shape[1], reorder_work);
}

const cpu_operator reference_reorder = { .query = reorder_query, .run = reorder_run };
