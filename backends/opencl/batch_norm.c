/* batch_norm.c: batch normalisation with add, relu and mask in the same pass. In training a launch
 * has the statistics of parts of channels, one puts them together, and one normalises; or, where a
 * channel is one part, a single launch does all. If synchronised, the moments of this rank are put
 * together, and the update waits for those of all ranks. */
#include "gpu/batch_norm.h"

#include <inttypes.h>

#include "opencl/batch_norm_parts.h"

extern const char GPU_TEXT(batch_norm)[];

/* batch_norm.cl's flags; the first are rn_epilogue's. */
enum { MASKED = 4, TRAINING = 8 };

enum { PART_FLOATS = 3 };

static uint64_t parts_bytes(const opencl_division *division)
{
    return gpu_float_bytes(division->channels * division->parts * PART_FLOATS);
}

/* A single launch does all. */
static bool is_whole(const rn_kernel *kernel, const opencl_division *division)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    return a->training && division->parts == 1 && !rank_sums_wanted(&kernel->desc);
}

static int64_t value_count(const rn_tensor_desc *x)
{
    return x->shape[0] * x->shape[2] * x->shape[3];
}

static rn_status batch_norm_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_op_desc *op = &kernel->desc;
    const rn_batch_norm_attrs *a = op->attrs;
    const rn_tensor_desc *x = op->inputs[RN_BATCH_NORM_X];
    if (x->rank != 4)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: x has rank %d, and it takes images (N,C,H,W)",
                              (int)x->rank);
    const rank_sums *ranks = &kernel->context->ranks;
    if (a->training && value_count(x) * rank_sums_ranks(ranks, op) == 1)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training a channel needs more than one value, and "
                              "x is (1,%" PRId64 ",1,1); use a larger batch",
                              x->shape[1]);
    if (a->training && (!op->outputs[RN_BATCH_NORM_MEAN] || !op->outputs[RN_BATCH_NORM_INV_STD]))
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training it has outputs mean and inv_std");
    if ((a->epilogue & RN_EPILOGUE_ADD) && !op->inputs[RN_BATCH_NORM_Z])
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: the epilogue adds z, and input %d is missing",
                              RN_AT_BATCH_NORM_Z);
    opencl_division division = opencl_division_of(kernel, x);
    if (a->training && !is_whole(kernel, &division))
        answer->workspace_bytes = parts_bytes(&division) + opencl_ranks_bytes(op);
    return rank_sums_check(ranks, gpu_host, op);
}

/* A launch over the parts of the channels, without the arguments that come after flags. */
static rn_status add_values(rn_kernel *kernel, const opencl_division *division,
                            const char *function, int32_t n_operands, gpu_launch **launch)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *mask = kernel->desc.outputs[RN_BATCH_NORM_MASK];
    const gpu_code code = opencl_division_code(division, GPU_TEXT(batch_norm), mask);
    rn_status status = gpu_launch_add(kernel, &code, function, n_operands, launch);
    if (status)
        return status;
    opencl_division_launch_parts(division, *launch);
    gpu_arg_int(*launch, a->epilogue | (mask ? MASKED : 0) | (a->training ? TRAINING : 0));
    gpu_arg_float(*launch, a->epsilon);
    return RN_OK;
}

/* The arguments that tell how the running statistics are to be updated. */
static void add_update(const rn_kernel *kernel, gpu_launch *launch)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    double count = (double)(value_count(kernel->desc.inputs[RN_BATCH_NORM_X]) *
                            rank_sums_ranks(&kernel->context->ranks, &kernel->desc));
    gpu_arg_float(launch, a->momentum);
    gpu_arg_float(launch, count / (count - 1));
}

static rn_status add_statistics(rn_kernel *kernel, const opencl_division *division)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const bool is_shared = rank_sums_wanted(&kernel->desc);
    const gpu_code code = opencl_division_code(division, GPU_TEXT(batch_norm),
                                               kernel->desc.outputs[RN_BATCH_NORM_MASK]);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "batch_norm_statistics", 2, &launch);
    if (status)
        return status;
    opencl_division_launch_parts(division, launch);
    status = is_shared ? gpu_launch_add(kernel, &code, "batch_norm_moments", 4, &launch)
                       : gpu_launch_add(kernel, &code, "batch_norm_finish", 6, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, division->parts);
    gpu_arg_int(launch, division->size);
    opencl_division_launch_channels(division, launch);
    if (is_shared)
        status = gpu_launch_add(kernel, &code, "batch_norm_accept", 6, &launch);
    if (status)
        return status;
    gpu_arg_float(launch, a->epsilon);
    add_update(kernel, launch);
    opencl_division_launch_channels(division, launch);
    return opencl_ranks_prepare(kernel);
}

static rn_status batch_norm_prepare(rn_kernel *kernel)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    opencl_division division = opencl_division_of(kernel, kernel->desc.inputs[RN_BATCH_NORM_X]);
    gpu_launch *launch;
    if (is_whole(kernel, &division)) {
        rn_status status =
            add_values(kernel, &division, "batch_norm_whole", RN_BATCH_NORM_N_OPERANDS, &launch);
        if (!status)
            add_update(kernel, launch);
        return status;
    }
    rn_status status = a->training ? add_statistics(kernel, &division) : RN_OK;
    if (!status)
        status = add_values(kernel, &division, "batch_norm_apply", 8, &launch);
    return status;
}

/* Launches that follow each other, from number `first` on. */
static rn_status run_launches(rn_kernel *kernel, int32_t first, const rn_operand *const *operands,
                              int32_t n)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; !status && i < n; i++)
        status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, first + i), operands[i]);
    return status;
}

static rn_status run_statistics(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    const rn_operand statistics[] = { o[RN_AT_BATCH_NORM_X], parts };
    const rn_operand finish[] = { o[RN_AT_BATCH_NORM_X],
                                  parts,
                                  o[RN_AT_BATCH_NORM_RUNNING_MEAN],
                                  o[RN_AT_BATCH_NORM_RUNNING_VAR],
                                  o[RN_AT_BATCH_NORM_MEAN],
                                  o[RN_AT_BATCH_NORM_INV_STD] };
    const rn_operand *const launches[] = { statistics, finish };
    return run_launches(kernel, 0, launches, 2);
}

/* The same of all ranks. */
static rn_status run_shared(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    const opencl_division division =
        opencl_division_of(kernel, kernel->desc.inputs[RN_BATCH_NORM_X]);
    const opencl_ranks_pair of = opencl_ranks_in(kernel, gpu_part(parts, parts_bytes(&division)));
    const rn_operand statistics[] = { o[RN_AT_BATCH_NORM_X], parts };
    const rn_operand moments[] = { o[RN_AT_BATCH_NORM_X], parts, of.vector[0], of.vector[1] };
    const rn_operand accept[] = { of.vector[0],
                                  of.vector[1],
                                  o[RN_AT_BATCH_NORM_RUNNING_MEAN],
                                  o[RN_AT_BATCH_NORM_RUNNING_VAR],
                                  o[RN_AT_BATCH_NORM_MEAN],
                                  o[RN_AT_BATCH_NORM_INV_STD] };
    const rn_operand *const before[] = { statistics, moments }, *const after[] = { accept };
    rn_status status = run_launches(kernel, 0, before, 2);
    if (!status)
        status = opencl_ranks_moments(kernel, &of);
    return status ? status : run_launches(kernel, 2, after, 1);
}

static rn_status batch_norm_run(rn_kernel *kernel, const rn_operand *o, rn_operand workspace)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    rn_status status = RN_OK;
    if (a->training && kernel->n_launches == 1)
        return gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), o);
    if (rank_sums_wanted(&kernel->desc))
        status = run_shared(kernel, o, workspace);
    else if (a->training)
        status = run_statistics(kernel, o, workspace);
    return status ? status : gpu_batch_norm_apply(kernel, o);
}

const gpu_operator opencl_batch_norm = { .images = 1u << RN_AT_BATCH_NORM_X |
                                                   1u << RN_AT_BATCH_NORM_Z |
                                                   1u << RN_AT_BATCH_NORM_Y,
                                         .query = batch_norm_query,
                                         .prepare = batch_norm_prepare,
                                         .destroy = opencl_ranks_destroy,
                                         .run = batch_norm_run };
