/* add.c: y = a + b. */
#include "cudnn/cudnn.h"

extern const char CUDNN_TEXT(add)[];

static rn_status add_prepare(rn_kernel *kernel)
{
    const cudnn_code code = { { CUDNN_TEXT(add) }, "" };
    int64_t n = shape_count(kernel->desc.inputs[RN_ADD_A]);
    cudnn_launch *launch;
    rn_status status = cudnn_launch_add(kernel, &code, "add", 3, &launch);
    if (status)
        return status;
    cudnn_arg_long(launch, n);
    cudnn_grid_items(launch, shape_divide_up(n, 8));
    return RN_OK;
}

const cudnn_operator cudnn_add = { .images = 7, .prepare = add_prepare };
