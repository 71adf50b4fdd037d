/* batch_norm_lines.c: combines the sums of a gradient.
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
#include "cudnn/batch_norm_lines.h"

extern const char GPU_TEXT(batch_norm_lines)[];
extern const char GPU_TEXT(batch_norm_grad)[];

static uint64_t sums_bytes(const cudnn_traversal *traversal, int64_t n)
{
    return cudnn_bytes(traversal->channels * n * 2, sizeof(float));
}

uint64_t cudnn_lines_bytes(const cudnn_traversal *traversal)
{
    return sums_bytes(traversal, traversal->parts) + sums_bytes(traversal, 1) +
           cudnn_bytes(traversal->channels * 3, sizeof(float));
}

rn_operand cudnn_lines_at(const cudnn_traversal *traversal, rn_operand parts)
{
    return gpu_part(parts, sums_bytes(traversal, traversal->parts) + sums_bytes(traversal, 1));
}

double cudnn_lines_share(const rn_kernel *kernel, const cudnn_traversal *traversal)
{
    return 1 / (cudnn_traversal_count(kernel->desc.inputs[0]) * traversal->ranks);
}

/* Combines n_parts sums of each channel. */
static rn_status add_finish(rn_kernel *kernel, const cudnn_traversal *traversal,
                            const rn_tensor_desc *mask, int64_t n_parts)
{
    const gpu_code code = cudnn_traversal_code(traversal, GPU_TEXT(batch_norm_lines),
                                               GPU_TEXT(batch_norm_grad), mask);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "batch_norm_grad_finish", 7, &launch);
    if (status)
        return status;
    cudnn_traversal_finish(traversal, n_parts, launch);
    gpu_arg_float(launch, cudnn_lines_share(kernel, traversal));
    return RN_OK;
}

rn_status cudnn_lines_add(rn_kernel *kernel, const cudnn_traversal *traversal,
                          const rn_tensor_desc *mask)
{
    rn_status status = add_finish(kernel, traversal, mask, traversal->parts);
    if (!status && traversal->ranks > 1)
        status = add_finish(kernel, traversal, mask, 1);
    return status;
}

/* Launch 2 makes the lines from the sums of all ranks. */
rn_status cudnn_lines_run(rn_kernel *kernel, const cudnn_traversal *traversal, const cudnn_lines *l)
{
    const rn_operand none = { NULL, 0 };
    const rn_operand all = gpu_part(l->parts, sums_bytes(traversal, traversal->parts));
    const rn_operand lines = cudnn_lines_at(traversal, l->parts);
    const rn_operand own[] = { l->parts,   l->weight, l->inv_std,
                               l->dweight, l->dbias,  traversal->ranks > 1 ? all : none,
                               lines };
    const rn_operand of_all[] = { all, l->weight, l->inv_std, none, none, none, lines };
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 1), own);
    if (status || traversal->ranks == 1)
        return status;
    status = cudnn_sum_over_ranks(kernel->context, traversal->ranks, cudnn_address(all),
                                  traversal->channels * 2);
    return status ? status : gpu_launch_run(kernel->context, gpu_launch_at(kernel, 2), of_all);
}
