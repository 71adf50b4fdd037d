/* batch_norm_pair_grad.c: the gradients of both batch norms of a pair: one launch for the sums of
 * both over parts of channels, then for each the launches that combine the parts, and one that
 * stores dx and dz. */
#include "cudnn/batch_norm_lines.h"
#include "cudnn/batch_norm_pair.h"

extern const char GPU_TEXT(batch_norm_lines)[];
extern const char GPU_TEXT(batch_norm_pair_grad)[];

static rn_status grad_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    rn_status status = cudnn_pair_check("batch_norm_pair_grad", kernel);
    if (status)
        return status;
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    answer->workspace_bytes = 2 * cudnn_lines_bytes(&traversal);
    return RN_OK;
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    const rn_tensor_desc *mask = kernel->desc.inputs[RN_BATCH_NORM_PAIR_GRAD_MASK];
    const gpu_code code = cudnn_traversal_code(&traversal, GPU_TEXT(batch_norm_lines),
                                               GPU_TEXT(batch_norm_pair_grad), mask);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "batch_norm_pair_grad_sums", 8, &launch);
    if (status)
        return status;
    cudnn_traversal_grid(&traversal, traversal.parts, launch);
    status = cudnn_lines_add(kernel, &traversal, mask);
    if (!status)
        status = gpu_launch_add(kernel, &code, "batch_norm_pair_grad_apply", 10, &launch);
    if (!status)
        cudnn_traversal_grid(&traversal, traversal.values_parts, launch);
    return status;
}

static rn_status grad_run(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    const rn_operand z_parts = gpu_part(parts, cudnn_lines_bytes(&traversal));
    const rn_operand x = o[RN_AT_BATCH_NORM_PAIR_GRAD_X], z = o[RN_AT_BATCH_NORM_PAIR_GRAD_Z],
                     dy = o[RN_AT_BATCH_NORM_PAIR_GRAD_DY],
                     mean = o[RN_AT_BATCH_NORM_PAIR_GRAD_MEAN],
                     z_mean = o[RN_AT_BATCH_NORM_PAIR_GRAD_Z_MEAN],
                     mask = o[RN_AT_BATCH_NORM_PAIR_GRAD_MASK];
    const cudnn_lines both[] = {
        { parts, o[RN_AT_BATCH_NORM_PAIR_GRAD_WEIGHT], o[RN_AT_BATCH_NORM_PAIR_GRAD_INV_STD],
          o[RN_AT_BATCH_NORM_PAIR_GRAD_DWEIGHT], o[RN_AT_BATCH_NORM_PAIR_GRAD_DBIAS] },
        { z_parts, o[RN_AT_BATCH_NORM_PAIR_GRAD_Z_WEIGHT], o[RN_AT_BATCH_NORM_PAIR_GRAD_Z_INV_STD],
          o[RN_AT_BATCH_NORM_PAIR_GRAD_DZ_WEIGHT], o[RN_AT_BATCH_NORM_PAIR_GRAD_DZ_BIAS] },
    };
    const rn_operand sums[] = { x, z, dy, mean, z_mean, mask, parts, z_parts };
    const rn_operand apply[] = { x,
                                 z,
                                 dy,
                                 mean,
                                 z_mean,
                                 mask,
                                 cudnn_lines_at(&traversal, parts),
                                 cudnn_lines_at(&traversal, z_parts),
                                 o[RN_AT_BATCH_NORM_PAIR_GRAD_DX],
                                 o[RN_AT_BATCH_NORM_PAIR_GRAD_DZ] };
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), sums);
    if (!status)
        status = cudnn_lines_run(kernel, &traversal, &both[0]);
    if (!status)
        status = cudnn_lines_run(kernel, &traversal, &both[1]);
    if (status)
        return status;
    return gpu_launch_run(kernel->context, gpu_launch_at(kernel, kernel->n_launches - 1), apply);
}

const gpu_operator cudnn_batch_norm_pair_grad = { .images = 1u << RN_AT_BATCH_NORM_PAIR_GRAD_X |
                                                            1u << RN_AT_BATCH_NORM_PAIR_GRAD_Z |
                                                            1u << RN_AT_BATCH_NORM_PAIR_GRAD_DY |
                                                            1u << RN_AT_BATCH_NORM_PAIR_GRAD_DX |
                                                            1u << RN_AT_BATCH_NORM_PAIR_GRAD_DZ,
                                                  .query = grad_query,
                                                  .prepare = grad_prepare,
                                                  .run = grad_run };
