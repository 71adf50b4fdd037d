/* layers.c: faults of norms, pools, dropout and the loss. */
#include <string.h>

#include "mutant.h"

static void epsilon(mutant_call *call)
{
    rn_batch_norm_attrs attrs = *(const rn_batch_norm_attrs *)call->op->attrs;
    attrs.epsilon = 1e-3;
    call->kernel.desc.attrs = &attrs;
    mutant_run_inner(call);
}

/* The running variance is never updated. */
static void stale_variance(mutant_call *call)
{
    mutant_copy(call, RN_AT_BATCH_NORM_RUNNING_VAR, call->op->inputs[RN_BATCH_NORM_RUNNING_VAR]);
    mutant_run_inner(call);
}

/* The running variance is that of the sums over n, not over n - 1. */
static void biased_variance(mutant_call *call)
{
    const rn_batch_norm_attrs *a = call->op->attrs;
    const shape_image x = shape_of_image(call->op->inputs[RN_BATCH_NORM_X]);
    double n = (double)(x.n * x.h * x.w);
    float *to = call->operands[RN_AT_BATCH_NORM_RUNNING_VAR];
    const float *running = mutant_copy(call, RN_AT_BATCH_NORM_RUNNING_VAR,
                                       call->op->inputs[RN_BATCH_NORM_RUNNING_VAR]);
    mutant_run_inner(call);
    for (int64_t c = 0; c < x.c; c++) {
        double kept = (1 - a->momentum) * (double)to[c];
        to[c] = (float)(kept + ((double)running[c] - kept) * (n - 1) / n);
    }
}

/* The gradient of a norm as if the statistics were constants. */
static void norm_gradient(mutant_call *call)
{
    const shape_image s = shape_of_image(call->op->inputs[RN_BATCH_NORM_GRAD_X]);
    const float *weight = call->operands[RN_AT_BATCH_NORM_GRAD_WEIGHT],
                *inv_std = call->operands[RN_AT_BATCH_NORM_GRAD_INV_STD];
    float *dx = call->operands[RN_AT_BATCH_NORM_GRAD_DX],
          *dbias = call->operands[RN_AT_BATCH_NORM_GRAD_DBIAS];
    int64_t plane = s.h * s.w;
    mutant_run_inner(call);
    for (int64_t i = 0; i < s.n * s.c * plane; i++) {
        int64_t c = i / plane % s.c;
        dx[i] += weight[c] * inv_std[c] * dbias[c] / (float)(s.n * plane);
    }
}

/* The place in the window is counted from 1. */
static void pool_index(mutant_call *call)
{
    const rn_pool_attrs *a = call->op->attrs;
    uint8_t *index = call->operands[RN_AT_MAX_POOL_INDEX];
    mutant_run_inner(call);
    for (int64_t i = 0; index && i < shape_count(call->op->outputs[RN_MAX_POOL_INDEX]); i++)
        index[i] = (uint8_t)((index[i] + 1) % (a->kernel[0] * a->kernel[1]));
}

/* Divides by the other count at the border. */
static void average(mutant_call *call)
{
    rn_pool_attrs attrs = *(const rn_pool_attrs *)call->op->attrs;
    attrs.exclude_padding = !attrs.exclude_padding;
    call->kernel.desc.attrs = &attrs;
    mutant_run_inner(call);
}

static void dropout_seed(mutant_call *call)
{
    const int32_t *random = call->operands[RN_AT_DROPOUT_RANDOM];
    int32_t other[2] = { random[0] + 1, random[1] };
    call->operands[RN_AT_DROPOUT_RANDOM] = other;
    mutant_run_inner(call);
}

/* The loss is the sum, not the mean. */
static void loss_scale(mutant_call *call)
{
    const rn_tensor_desc *desc = call->op->outputs[RN_SOFTMAX_CROSS_ENTROPY_GRAD_DLOGITS];
    float *dlogits = call->operands[RN_AT_SOFTMAX_CROSS_ENTROPY_GRAD_DLOGITS];
    mutant_run_inner(call);
    for (int64_t i = 0; i < shape_count(desc); i++)
        dlogits[i] *= (float)desc->shape[0];
}

const mutant_fault mutant_of_layers[] = {
    { "epsilon", "batch_norm", epsilon },
    { "stale_variance", "batch_norm", stale_variance },
    { "biased_variance", "batch_norm", biased_variance },
    { "norm_gradient", "batch_norm_grad", norm_gradient },
    { "pool_index", "max_pool", pool_index },
    { "average", "avg_pool", average },
    { "dropout_seed", "dropout", dropout_seed },
    { "loss_scale", "softmax_cross_entropy_grad", loss_scale },
    { 0 },
};
