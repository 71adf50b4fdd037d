/* softmax.c: y[n,k] = exp(x[n,k]) / sum over j of exp(x[n,j]), for inference. */
#include "reference/softmax.h"

static void softmax_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    int64_t n_classes = call->desc->inputs[RN_SOFTMAX_X]->shape[1];
    const float *x = call->operands[RN_AT_SOFTMAX_X];
    float *y = call->operands[RN_AT_SOFTMAX_Y];

    for (int64_t n = begin; n < end; n++) {
        const float *row = x + n * n_classes;
        double log_sum = reference_log_sum_exp(row, n_classes);
        for (int64_t k = 0; k < n_classes; k++)
            y[n * n_classes + k] = (float)exp((double)row[k] - log_sum);
    }
}

static void softmax_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, kernel->desc.inputs[RN_SOFTMAX_X]->shape[0],
                   softmax_work);
}

const cpu_operator reference_softmax = { .run = softmax_run };
