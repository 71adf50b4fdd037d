/* sum.c: sums of parts in their order, and by them gradients of weights that were made in
 * parts. */
#include "opencl/conv2d/conv2d.h"

extern const char OPENCL_TEXT(conv2d_sum)[];

rn_status opencl_conv2d_sum_add(rn_kernel *kernel, int64_t count, int64_t parts)
{
    const opencl_code code = { { OPENCL_TEXT(conv2d_sum) }, "" };
    opencl_launch *launch;
    rn_status status = opencl_launch_add(kernel, &code, "conv2d_sum", 2, &launch);
    if (status)
        return status;
    opencl_arg_int(launch, count);
    opencl_arg_int(launch, parts);
    opencl_grid_items(kernel->context, launch, count);
    return RN_OK;
}

rn_status opencl_conv2d_sum_run(rn_kernel *kernel, bool has_parts, const rn_operand x_dy_dweight[3],
                                rn_operand workspace)
{
    const rn_operand *o = x_dy_dweight;
    const rn_operand sums[3] = { o[0], o[1], has_parts ? workspace : o[2] };
    const rn_operand sum[2] = { workspace, o[2] };
    rn_status status = opencl_launch_run(kernel->context, &kernel->launches[0], sums);
    if (status || !has_parts)
        return status;
    return opencl_launch_run(kernel->context, &kernel->launches[1], sum);
}
