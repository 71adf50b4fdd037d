/* batch_norm_statistics.c: one launch reads x once and computes the statistics of parts of
 * channels, and one combines the parts.
 *
 * If synchronised, the statistics are those of all ranks, or of a group of them: each rank writes
 * the moments (number, mean, squares) of each channel to its slot of an array of zeros. The sum of
 * these arrays over the ranks is the same on each rank, which then combines the slots as it does
 * parts. */
#include "cudnn/batch_norm_statistics.h"

extern const char GPU_TEXT(batch_norm)[];

/* As in batch_norm.cu. */
enum { MOMENTS = 3 };

static uint64_t moments_bytes(const cudnn_traversal *traversal, int64_t n)
{
    return cudnn_bytes(traversal->channels * n * MOMENTS, sizeof(float));
}

uint64_t cudnn_statistics_bytes(const cudnn_traversal *traversal)
{
    return moments_bytes(traversal, traversal->parts) +
           (traversal->ranks > 1 ? moments_bytes(traversal, traversal->ranks) : 0);
}

/* Combines n_parts moments of each channel: this rank's parts, or all ranks' slots. */
static rn_status add_finish(rn_kernel *kernel, const cudnn_traversal *traversal,
                            const gpu_code *code, int64_t n_parts)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, code, "batch_norm_finish", 7, &launch);
    if (status)
        return status;
    cudnn_traversal_finish(traversal, n_parts, launch);
    gpu_arg_int(launch, traversal->plane);
    gpu_arg_float(launch, a->epsilon);
    gpu_arg_float(launch, a->momentum);
    gpu_arg_int(launch, cudnn_rank_index(kernel->context) % traversal->ranks);
    gpu_arg_int(launch, traversal->ranks);
    return RN_OK;
}

rn_status cudnn_statistics_add(rn_kernel *kernel, const cudnn_traversal *traversal,
                               const rn_tensor_desc *mask)
{
    const gpu_code code = cudnn_traversal_code(traversal, GPU_TEXT(batch_norm), NULL, mask);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "batch_norm_statistics", 2, &launch);
    if (status)
        return status;
    cudnn_traversal_grid(traversal, traversal->parts, launch);
    status = add_finish(kernel, traversal, &code, traversal->parts);
    if (!status && traversal->ranks > 1)
        status = add_finish(kernel, traversal, &code, traversal->ranks);
    return status;
}

/* Launch 2 combines the ranks' slots. */
rn_status cudnn_statistics_run(rn_kernel *kernel, const cudnn_traversal *traversal,
                               const cudnn_statistics *s, rn_operand parts)
{
    const rn_operand none = { NULL, 0 };
    const rn_operand slots = gpu_part(parts, moments_bytes(traversal, traversal->parts));
    const rn_operand statistics[] = { s->x, parts };
    const rn_operand finish[] = { s->x,
                                  parts,
                                  s->running_mean,
                                  s->running_var,
                                  s->mean,
                                  s->inv_std,
                                  traversal->ranks > 1 ? slots : none };
    const rn_operand all[] = { none,       slots, s->running_mean, s->running_var, s->mean,
                               s->inv_std, none };
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), statistics);
    if (!status)
        status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 1), finish);
    if (status || traversal->ranks == 1)
        return status;
    status = cudnn_sum_over_ranks(kernel->context, traversal->ranks, cudnn_address(slots),
                                  traversal->channels * traversal->ranks * MOMENTS);
    return status ? status : gpu_launch_run(kernel->context, gpu_launch_at(kernel, 2), all);
}
