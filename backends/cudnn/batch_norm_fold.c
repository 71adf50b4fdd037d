/* batch_norm_fold.c: folds a batch norm into the weight and bias of the convolution before it.
 * All tensors are plain floats at any precision; a reorder converts them once to what the
 * convolution needs. */
#include "cudnn/cudnn.h"

extern const char GPU_TEXT(batch_norm_fold)[];

static rn_status fold_prepare(rn_kernel *kernel)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *weight = kernel->desc.inputs[RN_BATCH_NORM_FOLD_WEIGHT];
    const gpu_code code = { { GPU_TEXT(batch_norm_fold) }, "" };
    gpu_launch *launch;
    rn_status status =
        gpu_launch_add(kernel, &code, "batch_norm_fold", RN_BATCH_NORM_FOLD_N_OPERANDS, &launch);
    if (status)
        return status;
    gpu_arg_long(launch, shape_product(weight, 1, weight->rank));
    gpu_arg_float(launch, a->epsilon);
    gpu_grid_groups(launch, weight->shape[0], 1, 1);
    return RN_OK;
}

const gpu_operator cudnn_batch_norm_fold = { .prepare = fold_prepare };
