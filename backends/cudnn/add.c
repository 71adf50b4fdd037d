/* add.c: y = a + b. */
#include "cudnn/cudnn.h"

extern const char GPU_TEXT(add)[];

static rn_status add_prepare(rn_kernel *kernel)
{
    const gpu_code code = { { GPU_TEXT(add) }, "" };
    int64_t n = shape_count(kernel->desc.inputs[RN_ADD_A]);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "add", 3, &launch);
    if (status)
        return status;
    gpu_arg_long(launch, n);
    gpu_grid_items(launch, shape_divide_up(n, 8));
    return RN_OK;
}

const gpu_operator cudnn_add = { .images =
                                     1u << RN_AT_ADD_A | 1u << RN_AT_ADD_B | 1u << RN_AT_ADD_Y,
                                 .prepare = add_prepare };
