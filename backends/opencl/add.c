/* add.c: y = a + b. */
#include "opencl/opencl.h"

extern const char GPU_TEXT(octet)[], GPU_TEXT(add)[];

static rn_status add_prepare(rn_kernel *kernel)
{
    const gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(add) }, "" };
    int64_t n = shape_count(kernel->desc.inputs[RN_ADD_A]), octets = shape_divide_up(n, 8);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "add", 3, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, n);
    gpu_arg_int(launch, octets);
    gpu_grid_items(launch, octets);
    return RN_OK;
}

const gpu_operator opencl_add = { .images =
                                      1u << RN_AT_ADD_A | 1u << RN_AT_ADD_B | 1u << RN_AT_ADD_Y,
                                  .prepare = add_prepare };
