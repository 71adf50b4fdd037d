/* softmax.c: scores as probabilities, for inference. */
#include "opencl/opencl.h"

extern const char OPENCL_TEXT(reduce)[], OPENCL_TEXT(softmax)[];

static rn_status prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_SOFTMAX_X];
    const opencl_code code = { { OPENCL_TEXT(reduce), OPENCL_TEXT(softmax) }, "" };
    opencl_launch *launch;
    rn_status status = opencl_launch_add(kernel, &code, "softmax", 2, &launch);
    if (status)
        return status;
    opencl_arg_int(launch, x->shape[1]);
    opencl_grid_groups(kernel->context, launch, x->shape[0], 1, 1);
    return RN_OK;
}

const opencl_operator opencl_softmax = { .prepare = prepare };
