/* batch_norm_grad.c: the gradient of batch normalisation: sums over parts of channels, which a
 * launch puts together, and the values; or all in one launch, where a channel is one part. If
 * synchronised, the values follow from the sums over all ranks. */
#include <string.h>

#include "opencl/batch_norm_parts.h"

extern const char GPU_TEXT(batch_norm_grad)[];

/* batch_norm_grad.cl's flags. */
enum { MASKED = 1, WITH_DZ = 2 };

enum { PART_FLOATS = 2 };

static uint64_t parts_bytes(const opencl_division *division)
{
    return gpu_float_bytes(division->channels * division->parts * PART_FLOATS);
}

/* A single launch does all. */
static bool is_whole(const rn_kernel *kernel, const opencl_division *division)
{
    return division->parts == 1 && !rank_sums_wanted(&kernel->desc);
}

static rn_status grad_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_BATCH_NORM_GRAD_X];
    if (x->rank != 4)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm_grad: x has rank %d, and it takes images (N,C,H,W)",
                              (int)x->rank);
    opencl_division division = opencl_division_of(kernel, x);
    if (!is_whole(kernel, &division))
        answer->workspace_bytes = parts_bytes(&division) + opencl_ranks_bytes(&kernel->desc);
    return rank_sums_check(&kernel->context->ranks, gpu_host, &kernel->desc);
}

/* A launch over the parts of the channels. */
static rn_status add_values(rn_kernel *kernel, const opencl_division *division,
                            const char *function, int32_t n_operands, gpu_launch **launch)
{
    const rn_tensor_desc *mask = kernel->desc.inputs[RN_BATCH_NORM_GRAD_MASK];
    const gpu_code code = opencl_division_code(division, GPU_TEXT(batch_norm_grad), mask);
    rn_status status = gpu_launch_add(kernel, &code, function, n_operands, launch);
    if (status)
        return status;
    opencl_division_launch_parts(division, *launch);
    gpu_arg_int(*launch,
                (mask ? MASKED : 0) | (kernel->desc.outputs[RN_BATCH_NORM_GRAD_DZ] ? WITH_DZ : 0));
    return RN_OK;
}

static rn_status add_sums(rn_kernel *kernel, const opencl_division *division)
{
    const gpu_code code = opencl_division_code(division, GPU_TEXT(batch_norm_grad),
                                               kernel->desc.inputs[RN_BATCH_NORM_GRAD_MASK]);
    gpu_launch *launch;
    rn_status status = add_values(kernel, division, "batch_norm_grad_sums", 5, &launch);
    if (!status)
        status = gpu_launch_add(kernel, &code, "batch_norm_grad_finish", 4, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, division->parts);
    opencl_division_launch_channels(division, launch);
    return RN_OK;
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    opencl_division division =
        opencl_division_of(kernel, kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]);
    const bool whole = is_whole(kernel, &division);
    const char *function = whole ? "batch_norm_grad_whole" : "batch_norm_grad_apply";
    gpu_launch *launch;
    rn_status status = whole ? RN_OK : add_sums(kernel, &division);
    if (!status)
        status = add_values(kernel, &division, function, RN_BATCH_NORM_GRAD_N_OPERANDS, &launch);
    if (status)
        return status;
    gpu_arg_float(launch, (double)(division.images * division.size *
                                   rank_sums_ranks(&kernel->context->ranks, &kernel->desc)));
    return opencl_ranks_prepare(kernel);
}

static rn_status run_sums(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    const rn_operand sums[] = { o[RN_AT_BATCH_NORM_GRAD_X], o[RN_AT_BATCH_NORM_GRAD_DY],
                                o[RN_AT_BATCH_NORM_GRAD_MEAN], o[RN_AT_BATCH_NORM_GRAD_MASK],
                                parts };
    const rn_operand finish[] = { parts, o[RN_AT_BATCH_NORM_GRAD_INV_STD],
                                  o[RN_AT_BATCH_NORM_GRAD_DWEIGHT],
                                  o[RN_AT_BATCH_NORM_GRAD_DBIAS] };
    rn_status status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), sums);
    return status ? status : gpu_launch_run(kernel->context, gpu_launch_at(kernel, 1), finish);
}

/* Puts the sums over the ranks in the places of dweight and dbias, which stay this rank's. */
static rn_status share_sums(rn_kernel *kernel, rn_operand workspace, rn_operand *o)
{
    const opencl_division division =
        opencl_division_of(kernel, kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]);
    const opencl_ranks_pair own = { { o[RN_AT_BATCH_NORM_GRAD_DWEIGHT],
                                      o[RN_AT_BATCH_NORM_GRAD_DBIAS] } };
    const opencl_ranks_pair all =
        opencl_ranks_in(kernel, gpu_part(workspace, parts_bytes(&division)));
    o[RN_AT_BATCH_NORM_GRAD_DWEIGHT] = all.vector[0];
    o[RN_AT_BATCH_NORM_GRAD_DBIAS] = all.vector[1];
    return opencl_ranks_sums(kernel, &own, &all);
}

static rn_status grad_run(rn_kernel *kernel, const rn_operand *given, rn_operand workspace)
{
    rn_operand o[RN_BATCH_NORM_GRAD_N_OPERANDS];
    rn_status status = RN_OK;
    memcpy(o, given, sizeof o);
    if (kernel->n_launches > 1)
        status = run_sums(kernel, o, workspace);
    if (!status && rank_sums_wanted(&kernel->desc))
        status = share_sums(kernel, workspace, o);
    return status
               ? status
               : gpu_launch_run(kernel->context, gpu_launch_at(kernel, kernel->n_launches - 1), o);
}

const gpu_operator opencl_batch_norm_grad = { .images = 1u << RN_AT_BATCH_NORM_GRAD_X |
                                                        1u << RN_AT_BATCH_NORM_GRAD_DY |
                                                        1u << RN_AT_BATCH_NORM_GRAD_DX |
                                                        1u << RN_AT_BATCH_NORM_GRAD_DZ,
                                              .query = grad_query,
                                              .prepare = grad_prepare,
                                              .destroy = opencl_ranks_destroy,
                                              .run = grad_run };
