/* batch_norm_grad.c: the gradient of batch normalisation. One launch reads x, dy and the mask once
 * and computes both sums over parts of channels, one combines the parts, and one stores dx and dz.
 * If a channel has few values, a single launch does all of this.
 *
 * If synchronised: a rank's loss L_r is the mean over its part of the batch, the total loss L is
 * the mean of L_r over the R ranks, and dy is the gradient of L_r, as is every gradient until
 * all_reduce averages the parameters' gradients over the ranks. The gradient of L with respect to a
 * weight is the sum over all ranks of (dy / R) * xhat, that is, the mean of the ranks' local sums:
 * so dweight and dbias are this rank's, and all_reduce does the rest. A value of x, however,
 * changes the statistics of all ranks. R times the gradient of L with respect to it is
 *
 *     weight * inv_std * (dy - (sum dy + xhat * sum dy * xhat) / M)
 *
 * where the sums and the number M of values are over all ranks, so dx uses those. One call sums
 * them over the ranks; tensors have the same shapes on each. */
#include "cudnn/batch_norm_traversal.h"

extern const char GPU_TEXT(batch_norm_grad)[];

static uint64_t sums_bytes(const cudnn_traversal *traversal, int64_t n)
{
    return cudnn_bytes(traversal->channels * n * 2, sizeof(float));
}

static rn_status grad_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    rn_status status =
        cudnn_traversal_check("batch_norm_grad", kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]);
    if (status)
        return status;
    cudnn_traversal traversal = cudnn_traversal_of(kernel);
    if (!traversal.is_whole)
        answer->workspace_bytes =
            sums_bytes(&traversal, traversal.parts) + sums_bytes(&traversal, 1);
    return RN_OK;
}

static rn_status add_launch(rn_kernel *kernel, const cudnn_traversal *traversal,
                            const char *function, int32_t n_operands, gpu_launch **launch)
{
    const gpu_code code = cudnn_traversal_code(traversal, GPU_TEXT(batch_norm_grad),
                                               kernel->desc.inputs[RN_BATCH_NORM_GRAD_MASK]);
    return gpu_launch_add(kernel, &code, function, n_operands, launch);
}

static rn_status add_sums(rn_kernel *kernel, const cudnn_traversal *traversal)
{
    gpu_launch *launch;
    rn_status status = add_launch(kernel, traversal, "batch_norm_grad_sums", 5, &launch);
    if (status)
        return status;
    cudnn_traversal_grid(traversal, traversal->parts, launch);
    status = add_launch(kernel, traversal, "batch_norm_grad_finish", 5, &launch);
    if (!status)
        cudnn_traversal_finish(traversal, traversal->parts, launch);
    return status;
}

static rn_status add_apply(rn_kernel *kernel, const cudnn_traversal *traversal)
{
    const char *function =
        traversal->vec == 8 ? "batch_norm_grad_apply" : "batch_norm_grad_apply_any";
    gpu_launch *launch;
    rn_status status = add_launch(kernel, traversal, function, 9, &launch);
    if (status)
        return status;
    cudnn_traversal_values(traversal, kernel->desc.inputs[RN_BATCH_NORM_GRAD_X], launch);
    gpu_arg_float(launch, cudnn_traversal_count(kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]) *
                              traversal->ranks);
    return RN_OK;
}

static rn_status add_whole(rn_kernel *kernel, const cudnn_traversal *traversal)
{
    gpu_launch *launch;
    rn_status status = add_launch(kernel, traversal, "batch_norm_grad_whole",
                                  RN_BATCH_NORM_GRAD_N_OPERANDS, &launch);
    if (status)
        return status;
    cudnn_traversal_grid(traversal, 1, launch);
    gpu_arg_float(launch, cudnn_traversal_count(kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]));
    return RN_OK;
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    if (traversal.is_whole)
        return add_whole(kernel, &traversal);
    rn_status status = add_sums(kernel, &traversal);
    return status ? status : add_apply(kernel, &traversal);
}

static rn_status grad_run(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    if (kernel->n_launches == 1)
        return gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), o);
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    const rn_operand both = gpu_part(parts, sums_bytes(&traversal, traversal.parts));
    const rn_operand sums[] = { o[RN_AT_BATCH_NORM_GRAD_X], o[RN_AT_BATCH_NORM_GRAD_DY],
                                o[RN_AT_BATCH_NORM_GRAD_MEAN], o[RN_AT_BATCH_NORM_GRAD_MASK],
                                parts };
    const rn_operand finish[] = { parts, o[RN_AT_BATCH_NORM_GRAD_INV_STD],
                                  o[RN_AT_BATCH_NORM_GRAD_DWEIGHT], o[RN_AT_BATCH_NORM_GRAD_DBIAS],
                                  both };
    const rn_operand apply[] = { o[RN_AT_BATCH_NORM_GRAD_X],
                                 o[RN_AT_BATCH_NORM_GRAD_DY],
                                 o[RN_AT_BATCH_NORM_GRAD_WEIGHT],
                                 o[RN_AT_BATCH_NORM_GRAD_MEAN],
                                 o[RN_AT_BATCH_NORM_GRAD_INV_STD],
                                 o[RN_AT_BATCH_NORM_GRAD_MASK],
                                 both,
                                 o[RN_AT_BATCH_NORM_GRAD_DX],
                                 o[RN_AT_BATCH_NORM_GRAD_DZ] };
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), sums);
    if (status)
        return status;
    status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 1), finish);
    if (!status && traversal.ranks > 1)
        status = cudnn_sum_over_ranks(kernel->context, cudnn_address(both), traversal.channels * 2);
    return status ? status : gpu_launch_run(kernel->context, gpu_launch_at(kernel, 2), apply);
}

const gpu_operator cudnn_batch_norm_grad = { .images = 1u << RN_AT_BATCH_NORM_GRAD_X |
                                                       1u << RN_AT_BATCH_NORM_GRAD_DY |
                                                       1u << RN_AT_BATCH_NORM_GRAD_DX |
                                                       1u << RN_AT_BATCH_NORM_GRAD_DZ,
                                             .query = grad_query,
                                             .prepare = grad_prepare,
                                             .run = grad_run };
