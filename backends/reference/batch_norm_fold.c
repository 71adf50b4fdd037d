/* batch_norm_fold.c: folds a batch norm into the weight and bias of the convolution before it. Each
 * thread computes whole channels. */
#include <math.h>

#include "reference/reference.h"

enum { WEIGHT, BIAS, GAMMA, BETA, RUNNING_MEAN, RUNNING_VAR, WEIGHT_OUT, BIAS_OUT };

static void fold_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_batch_norm_attrs *a = call->desc->attrs;
    const rn_tensor_desc *w = call->desc->inputs[WEIGHT];
    const float *weight = call->operands[WEIGHT], *bias = call->operands[BIAS];
    const float *gamma = call->operands[GAMMA], *beta = call->operands[BETA];
    const float *mean = call->operands[RUNNING_MEAN], *variance = call->operands[RUNNING_VAR];
    float *weight_out = call->operands[WEIGHT_OUT], *bias_out = call->operands[BIAS_OUT];
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
    reference_each(kernel, operands, workspace, kernel->desc.inputs[WEIGHT]->shape[0], fold_work);
}

const cpu_operator reference_batch_norm_fold = { .name = "batch_norm_fold", .run = fold_run };
