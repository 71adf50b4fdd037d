/* softmax.c: scores as probabilities, for inference. */
#include "cudnn/cudnn.h"

extern const char CUDNN_TEXT(reduce)[], CUDNN_TEXT(softmax)[];

static rn_status prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_SOFTMAX_X];
    const cudnn_code code = { { CUDNN_TEXT(reduce), CUDNN_TEXT(softmax) }, "" };
    cudnn_launch *launch;
    rn_status status = cudnn_launch_add(kernel, &code, "softmax", 2, &launch);
    if (status)
        return status;
    cudnn_arg_int(launch, x->shape[1]);
    cudnn_grid_groups(launch, x->shape[0], 1, 1);
    return RN_OK;
}

const cudnn_operator cudnn_softmax = { .prepare = prepare };
