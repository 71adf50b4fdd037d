/* batch_norm_pair.c: the sum of two batch norms, its relu and mask: the statistics of each, then
 * one launch that normalises both. */
#include "cudnn/batch_norm_pair.h"

#include "cudnn/batch_norm_statistics.h"

extern const char GPU_TEXT(batch_norm_pair)[];

rn_status cudnn_pair_check(const char *op, const rn_kernel *kernel)
{
    rn_status status = cudnn_traversal_check(op, kernel);
    if (status || cudnn_traversal_of(kernel).vec == 8)
        return status;
    return gpu_host->fail(RN_E_UNSUPPORTED,
                          "%s: neighbours in memory are read eight at a time, and here they are "
                          "not of one %s",
                          op, kernel->is_opaque ? "pixel" : "channel");
}

static rn_status pair_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    rn_status status = cudnn_pair_check("batch_norm_pair", kernel);
    if (status)
        return status;
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    answer->workspace_bytes = cudnn_statistics_bytes(&traversal);
    return RN_OK;
}

static rn_status pair_prepare(rn_kernel *kernel)
{
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    const rn_tensor_desc *mask = kernel->desc.outputs[RN_BATCH_NORM_PAIR_MASK];
    const gpu_code code = cudnn_traversal_code(&traversal, GPU_TEXT(batch_norm_pair), NULL, mask);
    gpu_launch *launch;
    rn_status status = cudnn_statistics_add(kernel, &traversal, mask);
    if (!status)
        status = gpu_launch_add(kernel, &code, "batch_norm_pair_apply", 12, &launch);
    if (!status)
        cudnn_traversal_grid(&traversal, traversal.values_parts, launch);
    return status;
}

static rn_status pair_run(rn_kernel *kernel, const rn_operand *o, rn_operand workspace)
{
    const cudnn_traversal traversal = cudnn_traversal_of(kernel);
    const cudnn_statistics both[] = {
        { o[RN_AT_BATCH_NORM_PAIR_X], o[RN_AT_BATCH_NORM_PAIR_RUNNING_MEAN],
          o[RN_AT_BATCH_NORM_PAIR_RUNNING_VAR], o[RN_AT_BATCH_NORM_PAIR_MEAN],
          o[RN_AT_BATCH_NORM_PAIR_INV_STD] },
        { o[RN_AT_BATCH_NORM_PAIR_Z], o[RN_AT_BATCH_NORM_PAIR_Z_RUNNING_MEAN],
          o[RN_AT_BATCH_NORM_PAIR_Z_RUNNING_VAR], o[RN_AT_BATCH_NORM_PAIR_Z_MEAN],
          o[RN_AT_BATCH_NORM_PAIR_Z_INV_STD] },
    };
    const rn_operand apply[] = {
        o[RN_AT_BATCH_NORM_PAIR_X],        o[RN_AT_BATCH_NORM_PAIR_WEIGHT],
        o[RN_AT_BATCH_NORM_PAIR_BIAS],     o[RN_AT_BATCH_NORM_PAIR_MEAN],
        o[RN_AT_BATCH_NORM_PAIR_INV_STD],  o[RN_AT_BATCH_NORM_PAIR_Z],
        o[RN_AT_BATCH_NORM_PAIR_Z_WEIGHT], o[RN_AT_BATCH_NORM_PAIR_Z_BIAS],
        o[RN_AT_BATCH_NORM_PAIR_Z_MEAN],   o[RN_AT_BATCH_NORM_PAIR_Z_INV_STD],
        o[RN_AT_BATCH_NORM_PAIR_Y],        o[RN_AT_BATCH_NORM_PAIR_MASK],
    };
    rn_status status = cudnn_statistics_run(kernel, &traversal, &both[0], workspace);
    if (!status)
        status = cudnn_statistics_run(kernel, &traversal, &both[1], workspace);
    if (status)
        return status;
    return gpu_launch_run(kernel->context, gpu_launch_at(kernel, kernel->n_launches - 1), apply);
}

const gpu_operator cudnn_batch_norm_pair = { .images = 1u << RN_AT_BATCH_NORM_PAIR_X |
                                                       1u << RN_AT_BATCH_NORM_PAIR_Z |
                                                       1u << RN_AT_BATCH_NORM_PAIR_Y,
                                             .query = pair_query,
                                             .prepare = pair_prepare,
                                             .run = pair_run };
