/* batch_norm_fold.c: a convolution's weight and bias with the batch norm that follows it. All
 * tensors are plain floats, whatever the precision: what the convolution wants instead, a reorder
 * makes of them, once. */
#include "cudnn/cudnn.h"

extern const char CUDNN_TEXT(batch_norm_fold)[];

static rn_status fold_prepare(rn_kernel *kernel)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *weight = kernel->desc.inputs[RN_BATCH_NORM_FOLD_WEIGHT];
    const cudnn_code code = { { CUDNN_TEXT(batch_norm_fold) }, "" };
    cudnn_launch *launch;
    rn_status status =
        cudnn_launch_add(kernel, &code, "batch_norm_fold", RN_BATCH_NORM_FOLD_N_OPERANDS, &launch);
    if (status)
        return status;
    cudnn_arg_long(launch, shape_product(weight, 1, weight->rank));
    cudnn_arg_float(launch, a->epsilon);
    cudnn_grid_groups(launch, weight->shape[0], 1, 1);
    return RN_OK;
}

const cudnn_operator cudnn_batch_norm_fold = { .prepare = fold_prepare };
