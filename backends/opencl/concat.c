/* concat.c: images joined along the channels, and taken apart again: a launch for each part. */
#include "opencl/opencl.h"

extern const char OPENCL_TEXT(concat)[];

/* Elements of one image. */
static int64_t row_of(const rn_tensor_desc *t)
{
    return shape_product(t, 1, t->rank);
}

/* The function has the operator's name. */
static rn_status add_launches(rn_kernel *kernel, const rn_tensor_desc *whole,
                              const rn_tensor_desc *const *parts, int32_t n_parts)
{
    const opencl_code code = { { OPENCL_TEXT(concat) }, "" };
    int64_t first = 0;
    for (int32_t i = 0; i < n_parts; i++) {
        opencl_launch *launch;
        rn_status status = opencl_launch_add(kernel, &code, kernel->desc.op, 2, &launch);
        if (status)
            return status;
        opencl_arg_int(launch, shape_count(parts[i]));
        opencl_arg_int(launch, row_of(parts[i]));
        opencl_arg_int(launch, row_of(whole));
        opencl_arg_int(launch, first);
        opencl_grid_items(kernel->context, launch, shape_count(parts[i]));
        first += row_of(parts[i]);
    }
    return RN_OK;
}

static rn_status run_launches(rn_kernel *kernel, rn_operand whole, const rn_operand *parts)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < kernel->n_launches && !status; i++) {
        const rn_operand operands[] = { parts[i], whole };
        status = opencl_launch_run(kernel->context, &kernel->launches[i], operands);
    }
    return status;
}

static rn_status concat_prepare(rn_kernel *kernel)
{
    return add_launches(kernel, kernel->desc.outputs[RN_CONCAT_Y], kernel->desc.inputs,
                        kernel->desc.n_inputs);
}

static rn_status concat_run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    return run_launches(kernel, operands[kernel->desc.n_inputs], operands);
}

const opencl_operator opencl_concat = { .images = UINT32_MAX,
                                        .prepare = concat_prepare,
                                        .run = concat_run };

static rn_status grad_prepare(rn_kernel *kernel)
{
    return add_launches(kernel, kernel->desc.inputs[RN_CONCAT_GRAD_DY], kernel->desc.outputs,
                        kernel->desc.n_outputs);
}

static rn_status grad_run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    return run_launches(kernel, operands[RN_AT_CONCAT_GRAD_DY], operands + 1);
}

const opencl_operator opencl_concat_grad = { .images = UINT32_MAX,
                                             .prepare = grad_prepare,
                                             .run = grad_run };
