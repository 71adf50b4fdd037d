/* batch_norm_grad.c: the gradient of batch normalisation. One launch reads x, dy and the mask once
 * and computes both sums over parts of channels, one combines the parts, and one stores dx and dz.
 * If a channel has few values, a single launch does all of this. */
#include "cudnn/batch_norm_lines.h"

extern const char GPU_TEXT(batch_norm_lines)[];
extern const char GPU_TEXT(batch_norm_grad)[];

static rn_status grad_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    rn_status status = cudnn_traversal_check("batch_norm_grad", kernel);
    if (status)
        return status;
    cudnn_traversal traversal = cudnn_traversal_of(kernel);
    if (!traversal.is_whole)
        answer->workspace_bytes = cudnn_lines_bytes(&traversal);
    return RN_OK;
}

static rn_status add_launch(rn_kernel *kernel, const cudnn_traversal *traversal,
                            const char *function, int32_t n_operands, gpu_launch **launch)
{
    const gpu_code code =
        cudnn_traversal_code(traversal, GPU_TEXT(batch_norm_lines), GPU_TEXT(batch_norm_grad),
                             kernel->desc.inputs[RN_BATCH_NORM_GRAD_MASK]);
    return gpu_launch_add(kernel, &code, function, n_operands, launch);
}

static rn_status add_sums(rn_kernel *kernel, const cudnn_traversal *traversal)
{
    gpu_launch *launch;
    rn_status status = add_launch(kernel, traversal, "batch_norm_grad_sums", 5, &launch);
    if (!status)
        cudnn_traversal_grid(traversal, traversal->parts, launch);
    return status;
}

static rn_status add_apply(rn_kernel *kernel, const cudnn_traversal *traversal)
{
    const char *function =
        traversal->vec == 8 ? "batch_norm_grad_apply" : "batch_norm_grad_apply_any";
    gpu_launch *launch;
    rn_status status = add_launch(kernel, traversal, function, 7, &launch);
    if (!status)
        cudnn_traversal_values(traversal, kernel->desc.inputs[RN_BATCH_NORM_GRAD_X], launch);
    return status;
}

static rn_status add_whole(rn_kernel *kernel, const cudnn_traversal *traversal)
{
    gpu_launch *launch;
    rn_status status = add_launch(kernel, traversal, "batch_norm_grad_whole",
                                  RN_BATCH_NORM_GRAD_N_OPERANDS, &launch);
    if (status)
        return status;
    cudnn_traversal_grid(traversal, 1, launch);
    gpu_arg_float(launch, cudnn_lines_share(kernel, traversal));
    return RN_OK;
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    if (traversal.is_whole)
        return add_whole(kernel, &traversal);
    rn_status status = add_sums(kernel, &traversal);
    if (!status)
        status = cudnn_lines_add(kernel, &traversal, kernel->desc.inputs[RN_BATCH_NORM_GRAD_MASK]);
    return status ? status : add_apply(kernel, &traversal);
}

static rn_status grad_run(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    if (kernel->n_launches == 1)
        return gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), o);
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    const rn_operand sums[] = { o[RN_AT_BATCH_NORM_GRAD_X], o[RN_AT_BATCH_NORM_GRAD_DY],
                                o[RN_AT_BATCH_NORM_GRAD_MEAN], o[RN_AT_BATCH_NORM_GRAD_MASK],
                                parts };
    const cudnn_lines lines = { .parts = parts,
                                .weight = o[RN_AT_BATCH_NORM_GRAD_WEIGHT],
                                .inv_std = o[RN_AT_BATCH_NORM_GRAD_INV_STD],
                                .dweight = o[RN_AT_BATCH_NORM_GRAD_DWEIGHT],
                                .dbias = o[RN_AT_BATCH_NORM_GRAD_DBIAS] };
    const rn_operand apply[] = { o[RN_AT_BATCH_NORM_GRAD_X],        o[RN_AT_BATCH_NORM_GRAD_DY],
                                 o[RN_AT_BATCH_NORM_GRAD_MEAN],     o[RN_AT_BATCH_NORM_GRAD_MASK],
                                 cudnn_lines_at(&traversal, parts), o[RN_AT_BATCH_NORM_GRAD_DX],
                                 o[RN_AT_BATCH_NORM_GRAD_DZ] };
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), sums);
    if (!status)
        status = cudnn_lines_run(kernel, &traversal, &lines);
    if (status)
        return status;
    return gpu_launch_run(kernel->context, gpu_launch_at(kernel, kernel->n_launches - 1), apply);
}

const gpu_operator cudnn_batch_norm_grad = { .images = 1u << RN_AT_BATCH_NORM_GRAD_X |
                                                       1u << RN_AT_BATCH_NORM_GRAD_DY |
                                                       1u << RN_AT_BATCH_NORM_GRAD_DX |
                                                       1u << RN_AT_BATCH_NORM_GRAD_DZ,
                                             .query = grad_query,
                                             .prepare = grad_prepare,
                                             .run = grad_run };
