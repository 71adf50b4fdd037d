/* concat.c: images joined along the channels, and taken apart again: a launch for each part. */
#include "cudnn/vector.h"

extern const char CUDNN_TEXT(concat)[];

/* Elements of a tensor that lie together in the whole: a pixel's channels, or a plain image. */
static int64_t row_of(const rn_kernel *kernel, const rn_tensor_desc *t)
{
    return kernel->is_nhwc ? t->shape[1] : shape_product(t, 1, t->rank);
}

/* An octet where all parts go by eight. */
static int32_t vector_of(const rn_kernel *kernel, const rn_tensor_desc *const *parts,
                         int32_t n_parts)
{
    int64_t together = 0;
    for (int32_t i = 0; i < n_parts; i++)
        together |= row_of(kernel, parts[i]);
    return together % 8 == 0 ? 8 : 1;
}

/* The function has the operator's name. */
static rn_status add_launches(rn_kernel *kernel, const rn_tensor_desc *whole,
                              const rn_tensor_desc *const *parts, int32_t n_parts)
{
    const int32_t vector = vector_of(kernel, parts, n_parts);
    cudnn_code code = { { CUDNN_TEXT(concat) }, "" };
    int64_t first = 0;
    cudnn_vector_option(vector, &code);
    for (int32_t i = 0; i < n_parts; i++) {
        const int64_t items = shape_count(parts[i]) / vector;
        cudnn_launch *launch;
        rn_status status = cudnn_launch_add(kernel, &code, kernel->desc.op, 2, &launch);
        if (status)
            return status;
        cudnn_arg_int(launch, items);
        cudnn_arg_int(launch, row_of(kernel, parts[i]) / vector);
        cudnn_arg_long(launch, row_of(kernel, whole) / vector);
        cudnn_arg_long(launch, first / vector);
        cudnn_grid_items(launch, items);
        first += row_of(kernel, parts[i]);
    }
    return RN_OK;
}

static rn_status run_launches(rn_kernel *kernel, rn_operand whole, const rn_operand *parts)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < kernel->n_launches && !status; i++) {
        const rn_operand operands[] = { parts[i], whole };
        status = cudnn_launch_run(kernel->context, &kernel->launches[i], operands);
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

const cudnn_operator cudnn_concat = { .images = UINT32_MAX,
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

const cudnn_operator cudnn_concat_grad = { .images = UINT32_MAX,
                                           .prepare = grad_prepare,
                                           .run = grad_run };
