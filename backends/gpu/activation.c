/* activation.c: a function of each element, and dy times its derivative. */
#include "gpu/activation.h"

#include <stdio.h>

#include "base/activation.h"
#include "base/shape.h"
#include "gpu/operators.h"

extern const char GPU_TEXT(activation_head)[], GPU_TEXT(activation_kinds)[], GPU_TEXT(activation)[];

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    (void)answer;
    return activation_check(gpu_host, &kernel->desc);
}

/* The function has the operator's name. VALUE and SLOPE are the kind's in activation_kinds.txt. */
static rn_status prepare(rn_kernel *kernel)
{
    static const char *const names[] = {
#define KIND(CONSTANT, name, number, n_parameters, formula) [number] = #name,
        RN_ACTIVATIONS(KIND)
#undef KIND
    };
    const rn_activation_attrs *a = kernel->desc.attrs;
    int64_t n = shape_count(kernel->desc.outputs[0]);
    gpu_code code = {
        { GPU_TEXT(activation_head), GPU_TEXT(activation_kinds), GPU_TEXT(activation) }, ""
    };
    gpu_launch *launch;
    snprintf(code.options, sizeof code.options, "-DVALUE=%s_value -DSLOPE=%s_slope", names[a->kind],
             names[a->kind]);
    rn_status status =
        gpu_launch_add(kernel, &code, kernel->desc.op, gpu_kernel_operand_count(kernel), &launch);
    if (status)
        return status;
    gpu_arg_long(launch, n);
    gpu_arg_float(launch, a->alpha);
    gpu_arg_float(launch, a->beta);
    gpu_grid_items(launch, shape_divide_up(n, gpu_activation_elements));
    return RN_OK;
}

const gpu_operator gpu_activation = { .images = 1u << RN_AT_ACTIVATION_X | 1u << RN_AT_ACTIVATION_Y,
                                      .query = query,
                                      .prepare = prepare };
const gpu_operator gpu_activation_grad = { .images = 1u << RN_AT_ACTIVATION_GRAD_DY |
                                                     1u << RN_AT_ACTIVATION_GRAD_X |
                                                     1u << RN_AT_ACTIVATION_GRAD_DX,
                                           .query = query,
                                           .prepare = prepare };
