/* sgd.c: one step of stochastic gradient descent in place. */
#include <stdio.h>

#include "opencl/opencl.h"

extern const char GPU_TEXT(octet)[], GPU_TEXT(sgd)[];

static rn_status sgd_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_sgd_attrs *a = kernel->desc.attrs;
    (void)answer;
    if (a->momentum != 0 && !kernel->desc.inputs[RN_SGD_VELOCITY])
        return gpu_host->fail(RN_E_UNSUPPORTED, "sgd: momentum is %g, but the velocity is missing",
                              a->momentum);
    return RN_OK;
}

static rn_status sgd_prepare(rn_kernel *kernel)
{
    const rn_sgd_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *const *inputs = kernel->desc.inputs;
    gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(sgd) }, "" };
    int64_t n = shape_count(inputs[RN_SGD_PARAM]), octets = shape_divide_up(n, 8);
    gpu_launch *launch;
    snprintf(code.options, sizeof code.options, "%s%s%s%s", inputs[RN_SGD_LOSS] ? " -DLOSS" : "",
             inputs[RN_SGD_LOSS_SCALE] ? " -DLOSS_SCALE" : "",
             inputs[RN_SGD_VELOCITY] ? " -DVELOCITY" : "", a->nesterov ? " -DNESTEROV" : "");
    rn_status status = gpu_launch_add(kernel, &code, "sgd", RN_SGD_N_OPERANDS, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, n);
    gpu_arg_int(launch, octets);
    gpu_arg_float(launch, a->momentum);
    gpu_arg_float(launch, a->weight_decay);
    gpu_grid_items(launch, octets);
    return RN_OK;
}

const gpu_operator opencl_sgd = { .query = sgd_query, .prepare = sgd_prepare };
