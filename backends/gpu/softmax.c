/* softmax.c: turns scores into probabilities, for inference. */
#include "base/shape.h"
#include "gpu/operators.h"

extern const char GPU_TEXT(reduce)[], GPU_TEXT(softmax)[];

static rn_status prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_SOFTMAX_X];
    const gpu_code code = { { GPU_TEXT(reduce), GPU_TEXT(softmax) }, "" };
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "softmax", RN_SOFTMAX_N_OPERANDS, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, x->shape[1]);
    gpu_grid_groups(launch, x->shape[0], 1, 1);
    return RN_OK;
}

const gpu_operator gpu_softmax = { .prepare = prepare };
