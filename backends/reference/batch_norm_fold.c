/* batch_norm_fold.c: folds a batch norm into the weight and bias of the convolution before it. Each
 * thread computes whole channels. */
#include <math.h>

#include "reference/reference.h"

static void fold_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_batch_norm_attrs *a = call->desc->attrs;
    const rn_tensor_desc *w = call->desc->inputs[RN_BATCH_NORM_FOLD_WEIGHT];
    const float *weight = call->operands[RN_AT_BATCH_NORM_FOLD_WEIGHT],
                *bias = call->operands[RN_AT_BATCH_NORM_FOLD_BIAS];
    const float *gamma = call->operands[RN_AT_BATCH_NORM_FOLD_GAMMA],
                *beta = call->operands[RN_AT_BATCH_NORM_FOLD_BETA];
    const float *mean = call->operands[RN_AT_BATCH_NORM_FOLD_RUNNING_MEAN],
                *variance = call->operands[RN_AT_BATCH_NORM_FOLD_RUNNING_VAR];
    float *weight_out = call->operands[RN_AT_BATCH_NORM_FOLD_FOLDED_WEIGHT],
          *bias_out = call->operands[RN_AT_BATCH_NORM_FOLD_FOLDED_BIAS];
    int64_t size = 1;
    for (int32_t axis = 1; axis < w->rank; axis++)
        size *= w->shape[axis];

    for (int64_t k = begin; k < end; k++) {
        double scale = (double)gamma[k] / sqrt((double)variance[k] + a->epsilon);
        double offset = (bias ? (double)bias[k] : 0) - (double)mean[k];
        for (int64_t i = k * size; i < (k + 1) * size; i++)
            weight_out[i] = (float)((double)weight[i] * scale);
        bias_out[k] = (float)((double)beta[k] + offset * scale);
    }
}

static void fold_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   kernel->desc.inputs[RN_BATCH_NORM_FOLD_WEIGHT]->shape[0], fold_work);
}

const cpu_operator reference_batch_norm_fold = { .run = fold_run };
