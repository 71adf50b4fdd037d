/* drop_path.c: a random share of the samples becomes 0. */
#include <math.h>

#include "opencl/opencl.h"

extern const char GPU_TEXT(octet)[], GPU_TEXT(random)[], GPU_TEXT(drop_path)[];

/* The threshold is as in dropout.c. */
static rn_status prepare(rn_kernel *kernel)
{
    const rn_dropout_attrs *a = kernel->desc.attrs;
    const gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(random), GPU_TEXT(drop_path) }, "" };
    const rn_tensor_desc *x = kernel->desc.inputs[RN_DROP_PATH_X];
    int64_t sample = shape_product(x, 1, x->rank), octets = shape_divide_up(sample, 8);
    int64_t n = x->shape[0] * octets;
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "drop_path", RN_DROP_PATH_N_OPERANDS, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, n);
    gpu_arg_int(launch, sample);
    gpu_arg_int(launch, octets);
    gpu_arg_long(launch, a->first_element);
    gpu_arg_int(launch, (int32_t)a->stream);
    gpu_arg_int(launch, (int64_t)ceil(a->rate * 16777216));
    gpu_arg_float(launch, 1 / (1 - a->rate));
    gpu_grid_items(launch, n);
    return RN_OK;
}

const gpu_operator opencl_drop_path = { .images = 1u << RN_AT_DROP_PATH_X | 1u << RN_AT_DROP_PATH_Y,
                                        .prepare = prepare };
