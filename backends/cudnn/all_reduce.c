/* all_reduce.c: averages gradients over all ranks with NCCL, concurrently with what is computed
 * next; what reads gradients then waits for it. */
#include "cudnn/cudnn.h"

static rn_status prepare(rn_kernel *kernel)
{
    (void)kernel;
    return RN_OK;
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    float *values[RN_MAX_OPERANDS];
    int64_t counts[RN_MAX_OPERANDS];
    int32_t n = kernel->desc.n_inputs;
    (void)workspace;
    for (int32_t i = 0; i < n; i++) {
        values[i] = cudnn_address(operands[i]);
        counts[i] = shape_count(kernel->desc.inputs[i]);
    }
    return cudnn_mean_over_ranks(kernel->context, values, counts, n);
}

const gpu_operator cudnn_all_reduce = { .prepare = prepare, .run = run };
