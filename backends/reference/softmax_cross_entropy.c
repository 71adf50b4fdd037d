/* softmax_cross_entropy.c: the mean over the batch of the cross-entropy between softmax(logits) and
 * the labels, and its gradient.
 *
 *     loss = 1/N sum over n,k of -target[n,k] * log p[n,k],    dlogits = (p - target) / N
 *
 * With label smoothing e, the target is 1-e plus e/K at the label, and e/K elsewhere. log p is
 * computed from the logits, because p may underflow. With a loss scale, dlogits is multiplied by
 * it. */
#include "reference/softmax.h"

static double target(const rn_cross_entropy_attrs *a, int64_t n_classes, bool is_label)
{
    double even = a->label_smoothing / (double)n_classes;
    return is_label ? 1 - a->label_smoothing + even : even;
}

/* Runs on one thread: there are few rows, and their losses are summed in order. */
static void loss_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    const rn_cross_entropy_attrs *a = kernel->desc.attrs;
    int64_t n_rows = kernel->desc.inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS]->shape[0],
            n_classes = kernel->desc.inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS]->shape[1];
    const float *logits = operands[RN_AT_SOFTMAX_CROSS_ENTROPY_LOGITS];
    const int32_t *labels = operands[RN_AT_SOFTMAX_CROSS_ENTROPY_LABELS];
    float *loss = operands[RN_AT_SOFTMAX_CROSS_ENTROPY_LOSS],
          *probabilities = operands[RN_AT_SOFTMAX_CROSS_ENTROPY_PROBABILITIES];

    double sum = 0;
    for (int64_t n = 0; n < n_rows; n++) {
        double log_sum = reference_log_sum_exp(logits + n * n_classes, n_classes);
        for (int64_t k = 0; k < n_classes; k++) {
            double log_p = (double)logits[n * n_classes + k] - log_sum;
            probabilities[n * n_classes + k] = (float)exp(log_p);
            sum -= target(a, n_classes, labels[n] == k) * log_p;
        }
        /* The loss of an invalid label is undefined. */
        if (labels[n] < 0 || labels[n] >= n_classes)
            sum = NAN;
    }
    loss[0] = (float)(sum / (double)n_rows);
}

const cpu_operator reference_softmax_cross_entropy = { .run = loss_run };

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    const rn_cross_entropy_attrs *a = kernel->desc.attrs;
    int64_t n_rows = kernel->desc.inputs[RN_SOFTMAX_CROSS_ENTROPY_GRAD_PROBABILITIES]->shape[0],
            n_classes = kernel->desc.inputs[RN_SOFTMAX_CROSS_ENTROPY_GRAD_PROBABILITIES]->shape[1];
    const float *probabilities = operands[RN_AT_SOFTMAX_CROSS_ENTROPY_GRAD_PROBABILITIES];
    const int32_t *labels = operands[RN_AT_SOFTMAX_CROSS_ENTROPY_GRAD_LABELS];
    const float *loss_scale = operands[RN_AT_SOFTMAX_CROSS_ENTROPY_GRAD_LOSS_SCALE];
    double scale = loss_scale ? (double)loss_scale[0] : 1;
    float *dlogits = operands[RN_AT_SOFTMAX_CROSS_ENTROPY_GRAD_DLOGITS];

    for (int64_t n = 0; n < n_rows; n++) {
        for (int64_t k = 0; k < n_classes; k++) {
            double p = (double)probabilities[n * n_classes + k];
            double difference = p - target(a, n_classes, labels[n] == k);
            dlogits[n * n_classes + k] = (float)(difference / (double)n_rows * scale);
        }
    }
}

const cpu_operator reference_softmax_cross_entropy_grad = { .run = grad_run };
