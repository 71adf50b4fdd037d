/* reorder.c: tensors in another layout: plain, channels last, or plain in halves. */
#include <stdio.h>

#include "opencl/opencl.h"

extern const char GPU_TEXT(reorder)[];

static bool is_known(int32_t layout)
{
    return layout == RN_LAYOUT_PLAIN || layout == RN_LAYOUT_NHWC || layout == OPENCL_LAYOUT_HALF;
}

static bool is_copy(const rn_kernel *kernel)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_REORDER_X],
                         *y = kernel->desc.outputs[RN_REORDER_Y];
    return x->layout == y->layout;
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    (void)answer;
    const rn_tensor_desc *x = kernel->desc.inputs[RN_REORDER_X],
                         *y = kernel->desc.outputs[RN_REORDER_Y];
    if (!is_known(x->layout) || !is_known(y->layout))
        return gpu_host->fail(RN_E_UNSUPPORTED, "reorder: this backend has no layout %d",
                              (int)(is_known(x->layout) ? y->layout : x->layout));
    if (!is_copy(kernel) && (x->dtype != RN_F32 || x->rank != 4))
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "reorder: other layouts are for images of "
                              "floats, and x has type %d and rank %d",
                              (int)x->dtype, (int)x->rank);
    return RN_OK;
}

static rn_status prepare(rn_kernel *kernel)
{
    if (is_copy(kernel))
        return RN_OK;
    const rn_tensor_desc *x = kernel->desc.inputs[RN_REORDER_X],
                         *y = kernel->desc.outputs[RN_REORDER_Y];
    gpu_code code = { { GPU_TEXT(reorder) }, "" };
    gpu_launch *launch;
    snprintf(code.options, sizeof code.options, "%s%s%s%s",
             x->layout == RN_LAYOUT_NHWC ? " -DX_NHWC" : "",
             y->layout == RN_LAYOUT_NHWC ? " -DY_NHWC" : "",
             x->layout == OPENCL_LAYOUT_HALF ? " -DX_HALF" : "",
             y->layout == OPENCL_LAYOUT_HALF ? " -DY_HALF" : "");
    rn_status status = gpu_launch_add(kernel, &code, "reorder", 2, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, shape_count(x));
    gpu_arg_int(launch, x->shape[1]);
    gpu_arg_int(launch, shape_plane_size(x));
    gpu_grid_items(launch, shape_count(x));
    return RN_OK;
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    if (!is_copy(kernel))
        return gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), operands);
    cl_event event;
    cl_int error =
        clEnqueueCopyBuffer(kernel->context->queue, opencl_memory(operands[RN_AT_REORDER_X]),
                            opencl_memory(operands[RN_AT_REORDER_Y]),
                            operands[RN_AT_REORDER_X].offset_bytes,
                            operands[RN_AT_REORDER_Y].offset_bytes,
                            (size_t)kernel->desc.inputs[RN_REORDER_X]->size_bytes, 0, NULL,
                            opencl_record_event(kernel->context, &event));
    opencl_record_add(kernel->context, "reorder", event);
    return opencl_check(error, "copy a tensor");
}

const gpu_operator opencl_reorder = { .query = query, .prepare = prepare, .run = run };
