/* add.c: y = a + b. */
#include "opencl/opencl.h"

extern const char OPENCL_TEXT(octet)[], OPENCL_TEXT(add)[];

static rn_status add_prepare(rn_kernel *kernel)
{
    const opencl_code code = { { OPENCL_TEXT(octet), OPENCL_TEXT(add) }, "" };
    int64_t n = shape_count(kernel->desc.inputs[RN_ADD_A]), octets = shape_divide_up(n, 8);
    opencl_launch *launch;
    rn_status status = opencl_launch_add(kernel, &code, "add", 3, &launch);
    if (status)
        return status;
    opencl_arg_int(launch, n);
    opencl_arg_int(launch, octets);
    opencl_grid_items(kernel->context, launch, octets);
    return RN_OK;
}

const opencl_operator opencl_add = { .images = 7, .prepare = add_prepare };
