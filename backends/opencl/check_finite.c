/* check_finite.c: sets the flag beside the loss's scale where a gradient is not finite. */
#include "opencl/opencl.h"

extern const char GPU_TEXT(octet)[], GPU_TEXT(check_finite)[];

/* Gradients that one launch checks: four launches check the most that an operator may have. */
enum { AT_ONCE = 4 };

/* The number of elements of gradient i; 0 if there is none. */
static int64_t gradient_count(const rn_kernel *kernel, int32_t i)
{
    return i < kernel->desc.n_inputs ? shape_count(kernel->desc.inputs[i]) : 0;
}

static rn_status launch_add(rn_kernel *kernel, int32_t first)
{
    const gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(check_finite) }, "" };
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "check_finite", 1 + AT_ONCE, &launch);
    if (status)
        return status;
    int64_t most = 0;
    for (int32_t i = 0; i < AT_ONCE; i++)
        if (most < gradient_count(kernel, first + i))
            most = gradient_count(kernel, first + i);
    int64_t octets = shape_divide_up(most, 8);
    gpu_arg_int(launch, octets);
    for (int32_t i = 0; i < AT_ONCE; i++)
        gpu_arg_int(launch, gradient_count(kernel, first + i));
    gpu_grid_items(launch, octets);
    return RN_OK;
}

static rn_status check_finite_prepare(rn_kernel *kernel)
{
    rn_status status = RN_OK;
    for (int32_t i = RN_AT_CHECK_FINITE_GRADIENT; !status && i < kernel->desc.n_inputs;
         i += AT_ONCE)
        status = launch_add(kernel, i);
    return status;
}

static rn_status check_finite_run(rn_kernel *kernel, const rn_operand *operands,
                                  rn_operand workspace)
{
    rn_status status = RN_OK;
    (void)workspace;
    for (int32_t l = 0; !status && l < kernel->n_launches; l++) {
        rn_operand some[1 + AT_ONCE] = { operands[RN_AT_CHECK_FINITE_LOSS_SCALE] };
        for (int32_t i = 0; i < AT_ONCE; i++) {
            int32_t from = RN_AT_CHECK_FINITE_GRADIENT + l * AT_ONCE + i;
            if (from < kernel->desc.n_inputs)
                some[1 + i] = operands[from];
        }
        status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, l), some);
    }
    return status;
}

const gpu_operator opencl_check_finite = { .prepare = check_finite_prepare,
                                           .run = check_finite_run };
