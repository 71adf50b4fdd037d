/* batch_norm.c: batch normalisation with add, relu and mask in the same pass. In training, one
 * launch reads x once and computes the statistics of parts of channels, one combines the parts, and
 * one normalises. If a channel has few values, a single launch does all of this. */
#include "gpu/batch_norm.h"

#include <inttypes.h>

#include "cudnn/batch_norm_statistics.h"

extern const char GPU_TEXT(batch_norm)[];

/* As in batch_norm.cu. */
enum { RELU_TOO = 1, TRAINING = 2 };

static rn_status batch_norm_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_op_desc *op = &kernel->desc;
    const rn_batch_norm_attrs *a = op->attrs;
    rn_status status = cudnn_traversal_check("batch_norm", kernel);
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
        answer->workspace_bytes = cudnn_statistics_bytes(&traversal);
    return RN_OK;
}

static rn_status add_launch(rn_kernel *kernel, const cudnn_traversal *traversal,
                            const char *function, int32_t n_operands, gpu_launch **launch)
{
    const gpu_code code = cudnn_traversal_code(traversal, GPU_TEXT(batch_norm), NULL,
                                               kernel->desc.outputs[RN_BATCH_NORM_MASK]);
    return gpu_launch_add(kernel, &code, function, n_operands, launch);
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
    rn_status status = RN_OK;
    if (a->training)
        status = cudnn_statistics_add(kernel, &traversal, kernel->desc.outputs[RN_BATCH_NORM_MASK]);
    return status ? status : add_apply(kernel, &traversal);
}

static rn_status run_statistics(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    const cudnn_statistics statistics = { .x = o[RN_AT_BATCH_NORM_X],
                                          .running_mean = o[RN_AT_BATCH_NORM_RUNNING_MEAN],
                                          .running_var = o[RN_AT_BATCH_NORM_RUNNING_VAR],
                                          .mean = o[RN_AT_BATCH_NORM_MEAN],
                                          .inv_std = o[RN_AT_BATCH_NORM_INV_STD] };
    return cudnn_statistics_run(kernel, &traversal, &statistics, parts);
}

static rn_status batch_norm_run(rn_kernel *kernel, const rn_operand *o, rn_operand workspace)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    if (a->training && kernel->n_launches == 1)
        return gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), o);
    rn_status status = a->training ? run_statistics(kernel, o, workspace) : RN_OK;
    if (status)
        return status;
    return gpu_batch_norm_apply(kernel, o);
}

const gpu_operator cudnn_batch_norm = { .images = 1u << RN_AT_BATCH_NORM_X |
                                                  1u << RN_AT_BATCH_NORM_Z |
                                                  1u << RN_AT_BATCH_NORM_Y,
                                        .query = batch_norm_query,
                                        .prepare = batch_norm_prepare,
                                        .run = batch_norm_run };
