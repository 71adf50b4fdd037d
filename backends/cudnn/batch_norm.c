/* batch_norm.c: batch normalisation with add, relu and mask in the same pass. In training, one
 * launch reads x once and computes the statistics of parts of channels, one combines the parts, and
 * one normalises. If a channel has few values, a single launch does all of this.
 *
 * If synchronised, the statistics are those of all ranks: each rank writes the moments (number,
 * mean, squares) of each channel to its slot of an array of zeros. The sum of these arrays over the
 * ranks is the same on each rank, which then combines the slots as it does parts. */
#include <inttypes.h>

#include "cudnn/batch_norm_traversal.h"

extern const char GPU_TEXT(batch_norm)[];

/* As in batch_norm.cu. */
enum { RELU_TOO = 1, TRAINING = 2 };
enum { MOMENTS = 3 };

static uint64_t moments_bytes(const cudnn_traversal *traversal, int64_t n)
{
    return cudnn_bytes(traversal->channels * n * MOMENTS, sizeof(float));
}

static rn_status batch_norm_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_op_desc *op = &kernel->desc;
    const rn_batch_norm_attrs *a = op->attrs;
    rn_status status = cudnn_traversal_check("batch_norm", op->inputs[RN_BATCH_NORM_X]);
    if (status)
        return status;
    cudnn_traversal traversal = cudnn_traversal_of(kernel);
    if (a->training && cudnn_traversal_count(op->inputs[RN_BATCH_NORM_X]) * traversal.ranks < 2)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training a channel needs more than one value, and "
                              "x is (1,%" PRId64 ",1,1); use a larger batch",
                              traversal.channels);
    if (a->training && (!op->outputs[RN_BATCH_NORM_MEAN] || !op->outputs[RN_BATCH_NORM_INV_STD]))
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training it has outputs mean and inv_std");
    if ((a->epilogue & RN_EPILOGUE_ADD) && !op->inputs[RN_BATCH_NORM_Z])
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: the epilogue adds z, and input %d is missing",
                              RN_BATCH_NORM_Z);
    if (a->training && !traversal.is_whole)
        answer->workspace_bytes =
            moments_bytes(&traversal, traversal.parts) +
            (traversal.ranks > 1 ? moments_bytes(&traversal, traversal.ranks) : 0);
    return RN_OK;
}

static rn_status add_launch(rn_kernel *kernel, const cudnn_traversal *traversal,
                            const char *function, int32_t n_operands, gpu_launch **launch)
{
    const gpu_code code = cudnn_traversal_code(traversal, GPU_TEXT(batch_norm),
                                               kernel->desc.outputs[RN_BATCH_NORM_MASK]);
    return gpu_launch_add(kernel, &code, function, n_operands, launch);
}

static rn_status add_statistics(rn_kernel *kernel, const cudnn_traversal *traversal)
{
    gpu_launch *launch;
    rn_status status = add_launch(kernel, traversal, "batch_norm_statistics", 2, &launch);
    if (!status)
        cudnn_traversal_grid(traversal, traversal->parts, launch);
    return status;
}

/* Combines n_parts moments of each channel: this rank's parts, or all ranks' slots. */
static rn_status add_finish(rn_kernel *kernel, const cudnn_traversal *traversal, int64_t n_parts)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = add_launch(kernel, traversal, "batch_norm_finish", 7, &launch);
    if (status)
        return status;
    cudnn_traversal_finish(traversal, n_parts, launch);
    gpu_arg_int(launch, traversal->plane);
    gpu_arg_float(launch, a->epsilon);
    gpu_arg_float(launch, a->momentum);
    gpu_arg_int(launch, cudnn_rank_index(kernel->context));
    gpu_arg_int(launch, traversal->ranks);
    return RN_OK;
}

static void add_flags(const rn_kernel *kernel, gpu_launch *launch)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    gpu_arg_int(launch,
                (a->epilogue & RN_EPILOGUE_RELU ? RELU_TOO : 0) | (a->training ? TRAINING : 0));
    gpu_arg_float(launch, a->epsilon);
}

static rn_status add_apply(rn_kernel *kernel, const cudnn_traversal *traversal)
{
    const char *function = traversal->vec == 8 ? "batch_norm_apply" : "batch_norm_apply_any";
    gpu_launch *launch;
    rn_status status = add_launch(kernel, traversal, function, 8, &launch);
    if (status)
        return status;
    cudnn_traversal_values(traversal, kernel->desc.inputs[RN_BATCH_NORM_X], launch);
    add_flags(kernel, launch);
    return RN_OK;
}

static rn_status add_whole(rn_kernel *kernel, const cudnn_traversal *traversal)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status =
        add_launch(kernel, traversal, "batch_norm_whole", RN_BATCH_NORM_N_OPERANDS, &launch);
    if (status)
        return status;
    cudnn_traversal_grid(traversal, 1, launch);
    add_flags(kernel, launch);
    gpu_arg_float(launch, a->momentum);
    return RN_OK;
}

static rn_status batch_norm_prepare(rn_kernel *kernel)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    if (a->training && traversal.is_whole)
        return add_whole(kernel, &traversal);
    rn_status status = a->training ? add_statistics(kernel, &traversal) : RN_OK;
    if (!status && a->training)
        status = add_finish(kernel, &traversal, traversal.parts);
    if (!status && a->training && traversal.ranks > 1)
        status = add_finish(kernel, &traversal, traversal.ranks);
    return status ? status : add_apply(kernel, &traversal);
}

/* Computes the statistics, of all ranks if synchronised. Launch 2 combines the ranks' slots. */
static rn_status run_statistics(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    const rn_operand none = { NULL, 0 };
    const rn_operand slots = gpu_part(parts, moments_bytes(&traversal, traversal.parts));
    const rn_operand statistics[] = { o[RN_AT_BATCH_NORM_X], parts };
    const rn_operand finish[] = { o[RN_AT_BATCH_NORM_X],
                                  parts,
                                  o[RN_AT_BATCH_NORM_RUNNING_MEAN],
                                  o[RN_AT_BATCH_NORM_RUNNING_VAR],
                                  o[RN_AT_BATCH_NORM_MEAN],
                                  o[RN_AT_BATCH_NORM_INV_STD],
                                  traversal.ranks > 1 ? slots : none };
    const rn_operand all[] = { none,
                               slots,
                               o[RN_AT_BATCH_NORM_RUNNING_MEAN],
                               o[RN_AT_BATCH_NORM_RUNNING_VAR],
                               o[RN_AT_BATCH_NORM_MEAN],
                               o[RN_AT_BATCH_NORM_INV_STD],
                               none };
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), statistics);
    if (status)
        return status;
    status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 1), finish);
    if (status || traversal.ranks == 1)
        return status;
    status = cudnn_sum_over_ranks(kernel->context, cudnn_address(slots),
                                  traversal.channels * traversal.ranks * MOMENTS);
    return status ? status : gpu_launch_run(kernel->context, gpu_launch_at(kernel, 2), all);
}

static rn_status batch_norm_run(rn_kernel *kernel, const rn_operand *o, rn_operand workspace)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    if (a->training && kernel->n_launches == 1)
        return gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), o);
    rn_status status = a->training ? run_statistics(kernel, o, workspace) : RN_OK;
    if (status)
        return status;
    const rn_operand apply[] = {
        o[RN_AT_BATCH_NORM_X],
        o[RN_AT_BATCH_NORM_WEIGHT],
        o[RN_AT_BATCH_NORM_BIAS],
        o[a->training ? RN_AT_BATCH_NORM_MEAN : RN_AT_BATCH_NORM_RUNNING_MEAN],
        o[a->training ? RN_AT_BATCH_NORM_INV_STD : RN_AT_BATCH_NORM_RUNNING_VAR],
        o[RN_AT_BATCH_NORM_Z],
        o[RN_AT_BATCH_NORM_Y],
        o[RN_AT_BATCH_NORM_MASK]
    };
    return gpu_launch_run(kernel->context, gpu_launch_at(kernel, kernel->n_launches - 1), apply);
}

const gpu_operator cudnn_batch_norm = { .images = 1u << RN_AT_BATCH_NORM_X |
                                                  1u << RN_AT_BATCH_NORM_Z |
                                                  1u << RN_AT_BATCH_NORM_Y,
                                        .query = batch_norm_query,
                                        .prepare = batch_norm_prepare,
                                        .run = batch_norm_run };
