/* drop_path.c: sets a random share of the samples to 0. */
#include <math.h>

#include "cudnn/cudnn.h"

extern const char GPU_TEXT(random)[], GPU_TEXT(drop_path)[];

/* Samples are whole in every layout. The threshold is as in dropout.c. */
static rn_status prepare(rn_kernel *kernel)
{
    const rn_dropout_attrs *a = kernel->desc.attrs;
    const gpu_code code = { { GPU_TEXT(random), GPU_TEXT(drop_path) }, "" };
    const rn_tensor_desc *x = kernel->desc.inputs[RN_DROP_PATH_X];
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "drop_path", RN_DROP_PATH_N_OPERANDS, &launch);
    if (status)
        return status;
    gpu_arg_long(launch, shape_count(x));
    gpu_arg_long(launch, shape_product(x, 1, x->rank));
    gpu_arg_long(launch, a->first_element);
    gpu_arg_int(launch, (int32_t)a->stream);
    gpu_arg_int(launch, (int64_t)ceil(a->rate * 16777216));
    gpu_arg_float(launch, 1 / (1 - a->rate));
    gpu_grid_items(launch, shape_divide_up(shape_count(x), 8));
    return RN_OK;
}

const gpu_operator cudnn_drop_path = { .images = 1u << RN_AT_DROP_PATH_X | 1u << RN_AT_DROP_PATH_Y,
                                       .prepare = prepare };
