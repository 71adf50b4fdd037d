/* lookup.c: images of their bytes, by the table of each channel. */
#include "opencl/opencl.h"

extern const char GPU_TEXT(lookup)[];

static rn_status prepare(rn_kernel *kernel)
{
    const gpu_code code = { { GPU_TEXT(lookup) }, "" };
    const rn_tensor_desc *y = kernel->desc.outputs[RN_LOOKUP_Y];
    const int64_t plane = shape_plane_size(y), pixels = y->shape[0] * plane;
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "lookup", 3, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, pixels);
    gpu_arg_int(launch, plane);
    gpu_arg_int(launch, y->shape[1]);
    gpu_grid_items(launch, pixels);
    return RN_OK;
}

const gpu_operator opencl_lookup = { .images = 1u << RN_AT_LOOKUP_Y, .prepare = prepare };
