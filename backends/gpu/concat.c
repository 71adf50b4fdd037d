/* concat.c: joins images along the channels, and splits them for the gradient: a launch per part.
 */
#include "gpu/concat.h"

#include "gpu/operators.h"

static rn_status run_launches(rn_kernel *kernel, rn_operand whole, const rn_operand *parts)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < kernel->n_launches && !status; i++) {
        const rn_operand operands[] = { parts[i], whole };
        status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, i), operands);
    }
    return status;
}

static rn_status concat_prepare(rn_kernel *kernel)
{
    return gpu_concat_add(kernel, kernel->desc.outputs[RN_CONCAT_Y], kernel->desc.inputs,
                          kernel->desc.n_inputs);
}

static rn_status concat_run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    return run_launches(kernel, operands[kernel->desc.n_inputs], operands);
}

const gpu_operator gpu_concat = { .images = UINT32_MAX,
                                  .prepare = concat_prepare,
                                  .run = concat_run };

static rn_status grad_prepare(rn_kernel *kernel)
{
    return gpu_concat_add(kernel, kernel->desc.inputs[RN_CONCAT_GRAD_DY], kernel->desc.outputs,
                          kernel->desc.n_outputs);
}

static rn_status grad_run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    return run_launches(kernel, operands[RN_AT_CONCAT_GRAD_DY], operands + RN_CONCAT_GRAD_N_INPUTS);
}

const gpu_operator gpu_concat_grad = { .images = UINT32_MAX,
                                       .prepare = grad_prepare,
                                       .run = grad_run };
