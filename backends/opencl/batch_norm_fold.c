/* batch_norm_fold.c: a convolution's weight and bias with the batch norm that follows it. */
#include "opencl/opencl.h"

extern const char OPENCL_TEXT(batch_norm_fold)[];

static rn_status fold_prepare(rn_kernel *kernel)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *weight = kernel->desc.inputs[RN_BATCH_NORM_FOLD_WEIGHT];
    const opencl_code code = { { OPENCL_TEXT(batch_norm_fold) }, "" };
    opencl_launch *launch;
    rn_status status =
        opencl_launch_add(kernel, &code, "batch_norm_fold", RN_BATCH_NORM_FOLD_N_OPERANDS, &launch);
    if (status)
        return status;
    opencl_arg_int(launch, shape_product(weight, 1, weight->rank));
    opencl_arg_int(launch, kernel->desc.inputs[RN_BATCH_NORM_FOLD_BIAS] != NULL);
    opencl_arg_float(launch, a->epsilon);
    opencl_grid_groups(kernel->context, launch, weight->shape[0], 1, 1);
    return RN_OK;
}

const opencl_operator opencl_batch_norm_fold = { .prepare = fold_prepare };
