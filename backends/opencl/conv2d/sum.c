/* sum.c: adds up parts in a fixed order; runs weight gradients that are computed in parts. */
#include "opencl/conv2d/sum.h"

extern const char GPU_TEXT(conv2d_sum)[];

rn_status opencl_conv2d_sum_add(rn_kernel *kernel, int64_t count, int64_t parts)
{
    const gpu_code code = { { GPU_TEXT(conv2d_sum) }, "" };
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "conv2d_sum", 2, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, count);
    gpu_arg_int(launch, parts);
    gpu_grid_items(launch, count);
    return RN_OK;
}

rn_status opencl_conv2d_sum_run(rn_kernel *kernel, bool has_parts, const rn_operand x_dy_dweight[3],
                                rn_operand workspace)
{
    const rn_operand *o = x_dy_dweight;
    const rn_operand sums[3] = { o[RN_AT_CONV2D_GRAD_WEIGHT_X], o[RN_AT_CONV2D_GRAD_WEIGHT_DY],
                                 has_parts ? workspace : o[RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT] };
    const rn_operand sum[2] = { workspace, o[RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT] };
    rn_status status = gpu_launch_run(kernel->context, &kernel->launches[0], sums);
    if (status || !has_parts)
        return status;
    return gpu_launch_run(kernel->context, &kernel->launches[1], sum);
}
