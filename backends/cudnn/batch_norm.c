/* batch_norm.c: batch normalisation with add, relu and mask in the same pass. In training a launch
 * reads x once and has the statistics of parts of channels, one puts them together, and one
 * normalises; or, where a channel has few values, a single launch does all.
 *
 * Synchronised, the statistics are those of all ranks: each rank puts its own (number, mean,
 * squares) of each channel into its slot of an array of zeros; the sum of these arrays over the
 * ranks is then the same everywhere, and each rank puts the slots together as it does with parts.
 */
#include <inttypes.h>

#include "cudnn/batch_norm_walk.h"

extern const char GPU_TEXT(batch_norm)[];

/* batch_norm.cu's. */
enum { RELU_TOO = 1, TRAINING = 2 };
enum { MOMENTS = 3 };

static uint64_t moments_bytes(const cudnn_walk *walk, int64_t n)
{
    return cudnn_bytes(walk->channels * n * MOMENTS, sizeof(float));
}

static rn_status batch_norm_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_op_desc *op = &kernel->desc;
    const rn_batch_norm_attrs *a = op->attrs;
    rn_status status = cudnn_walk_check("batch_norm", op->inputs[RN_BATCH_NORM_X]);
    if (status)
        return status;
    cudnn_walk walk = cudnn_walk_of(kernel);
    if (a->training && cudnn_walk_count(op->inputs[RN_BATCH_NORM_X]) * walk.ranks < 2)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training a channel needs more than one value, and "
                              "x is (1,%" PRId64 ",1,1); use a larger batch",
                              walk.channels);
    if (a->training && (!op->outputs[RN_BATCH_NORM_MEAN] || !op->outputs[RN_BATCH_NORM_INV_STD]))
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training it has outputs mean and inv_std");
    if ((a->epilogue & RN_EPILOGUE_ADD) && !op->inputs[RN_BATCH_NORM_Z])
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: the epilogue adds z, and input %d is missing",
                              RN_BATCH_NORM_Z);
    if (a->training && !walk.is_whole)
        answer->workspace_bytes = moments_bytes(&walk, walk.parts) +
                                  (walk.ranks > 1 ? moments_bytes(&walk, walk.ranks) : 0);
    return RN_OK;
}

static rn_status add_launch(rn_kernel *kernel, const cudnn_walk *walk, const char *function,
                            int32_t n_operands, gpu_launch **launch)
{
    const gpu_code code =
        cudnn_walk_code(walk, GPU_TEXT(batch_norm), kernel->desc.outputs[RN_BATCH_NORM_MASK]);
    return gpu_launch_add(kernel, &code, function, n_operands, launch);
}

static rn_status add_statistics(rn_kernel *kernel, const cudnn_walk *walk)
{
    gpu_launch *launch;
    rn_status status = add_launch(kernel, walk, "batch_norm_statistics", 2, &launch);
    if (!status)
        cudnn_walk_grid(walk, walk->parts, launch);
    return status;
}

/* Of the parts of this rank, or of the ranks. */
static rn_status add_finish(rn_kernel *kernel, const cudnn_walk *walk, int64_t n_parts)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = add_launch(kernel, walk, "batch_norm_finish", 7, &launch);
    if (status)
        return status;
    cudnn_walk_finish(walk, n_parts, launch);
    gpu_arg_int(launch, walk->plane);
    gpu_arg_float(launch, a->epsilon);
    gpu_arg_float(launch, a->momentum);
    gpu_arg_int(launch, cudnn_rank_index(kernel->context));
    gpu_arg_int(launch, walk->ranks);
    return RN_OK;
}

static void add_flags(const rn_kernel *kernel, gpu_launch *launch)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    gpu_arg_int(launch,
                (a->epilogue & RN_EPILOGUE_RELU ? RELU_TOO : 0) | (a->training ? TRAINING : 0));
    gpu_arg_float(launch, a->epsilon);
}

static rn_status add_apply(rn_kernel *kernel, const cudnn_walk *walk)
{
    const char *function = walk->vec == 8 ? "batch_norm_apply" : "batch_norm_apply_any";
    gpu_launch *launch;
    rn_status status = add_launch(kernel, walk, function, 8, &launch);
    if (status)
        return status;
    cudnn_walk_values(walk, kernel->desc.inputs[RN_BATCH_NORM_X], launch);
    add_flags(kernel, launch);
    return RN_OK;
}

static rn_status add_whole(rn_kernel *kernel, const cudnn_walk *walk)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status =
        add_launch(kernel, walk, "batch_norm_whole", RN_BATCH_NORM_N_OPERANDS, &launch);
    if (status)
        return status;
    cudnn_walk_grid(walk, 1, launch);
    add_flags(kernel, launch);
    gpu_arg_float(launch, a->momentum);
    return RN_OK;
}

static rn_status batch_norm_prepare(rn_kernel *kernel)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const cudnn_walk walk = cudnn_walk_of(kernel);
    if (a->training && walk.is_whole)
        return add_whole(kernel, &walk);
    rn_status status = a->training ? add_statistics(kernel, &walk) : RN_OK;
    if (!status && a->training)
        status = add_finish(kernel, &walk, walk.parts);
    if (!status && a->training && walk.ranks > 1)
        status = add_finish(kernel, &walk, walk.ranks);
    return status ? status : add_apply(kernel, &walk);
}

/* The statistics of this rank's values, or of those of all. */
static rn_status run_statistics(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    const cudnn_walk walk = cudnn_walk_of(kernel);
    const rn_operand none = { NULL, 0 };
    const rn_operand slots = gpu_part(parts, moments_bytes(&walk, walk.parts));
    const rn_operand statistics[] = { o[RN_AT_BATCH_NORM_X], parts };
    const rn_operand finish[] = { o[RN_AT_BATCH_NORM_X],
                                  parts,
                                  o[RN_AT_BATCH_NORM_RUNNING_MEAN],
                                  o[RN_AT_BATCH_NORM_RUNNING_VAR],
                                  o[RN_AT_BATCH_NORM_MEAN],
                                  o[RN_AT_BATCH_NORM_INV_STD],
                                  walk.ranks > 1 ? slots : none };
    const rn_operand all[] = { none,
                               slots,
                               o[RN_AT_BATCH_NORM_RUNNING_MEAN],
                               o[RN_AT_BATCH_NORM_RUNNING_VAR],
                               o[RN_AT_BATCH_NORM_MEAN],
                               o[RN_AT_BATCH_NORM_INV_STD],
                               none };
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), statistics);
    if (!status)
        status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 1), finish);
    if (status || walk.ranks == 1)
        return status;
    status = cudnn_sum_over_ranks(kernel->context, cudnn_address(slots),
                                  walk.channels * walk.ranks * MOMENTS);
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
