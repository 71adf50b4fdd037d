/* soft_cross_entropy.c: the mean over the batch of the cross-entropy between softmax(logits) and
 * the targets, and its gradient.
 *
 *     loss = 1/N sum over n,k of -t[n,k] * log p[n,k],    dlogits = (p * sum over k of t - t) / N
 *
 * With label smoothing e, t is (1-e) times the target plus e/K. log p is computed from the logits,
 * because p may underflow. With a loss scale, dlogits is multiplied by it. */
#include "reference/softmax.h"

static double smooth(const rn_cross_entropy_attrs *a, int64_t n_classes, float target)
{
    return (1 - a->label_smoothing) * (double)target + a->label_smoothing / (double)n_classes;
}

/* Runs on one thread: there are few rows, and their losses are summed in order. */
static void loss_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    const rn_cross_entropy_attrs *a = kernel->desc.attrs;
    const int64_t *shape = kernel->desc.inputs[RN_SOFT_CROSS_ENTROPY_LOGITS]->shape;
    int64_t n_classes = shape[1];
    const float *logits = operands[RN_AT_SOFT_CROSS_ENTROPY_LOGITS];
    const float *targets = operands[RN_AT_SOFT_CROSS_ENTROPY_TARGETS];
    float *loss = operands[RN_AT_SOFT_CROSS_ENTROPY_LOSS],
          *probabilities = operands[RN_AT_SOFT_CROSS_ENTROPY_PROBABILITIES];

    double sum = 0;
    for (int64_t row = 0; row < shape[0] * n_classes; row += n_classes) {
        double log_sum = reference_log_sum_exp(logits + row, n_classes);
        for (int64_t i = row; i < row + n_classes; i++) {
            double log_p = (double)logits[i] - log_sum;
            probabilities[i] = (float)exp(log_p);
            sum -= smooth(a, n_classes, targets[i]) * log_p;
        }
    }
    loss[0] = (float)(sum / (double)shape[0]);
}

const cpu_operator reference_soft_cross_entropy = { .run = loss_run };

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    const rn_cross_entropy_attrs *a = kernel->desc.attrs;
    const int64_t *shape = kernel->desc.inputs[RN_SOFT_CROSS_ENTROPY_GRAD_PROBABILITIES]->shape;
    int64_t n_classes = shape[1];
    const float *probabilities = operands[RN_AT_SOFT_CROSS_ENTROPY_GRAD_PROBABILITIES];
    const float *targets = operands[RN_AT_SOFT_CROSS_ENTROPY_GRAD_TARGETS];
    const float *loss_scale = operands[RN_AT_SOFT_CROSS_ENTROPY_GRAD_LOSS_SCALE];
    double scale = loss_scale ? (double)loss_scale[0] : 1;
    float *dlogits = operands[RN_AT_SOFT_CROSS_ENTROPY_GRAD_DLOGITS];

    for (int64_t row = 0; row < shape[0] * n_classes; row += n_classes) {
        double sum = 0;
        for (int64_t i = row; i < row + n_classes; i++)
            sum += smooth(a, n_classes, targets[i]);
        for (int64_t i = row; i < row + n_classes; i++) {
            double difference = (double)probabilities[i] * sum - smooth(a, n_classes, targets[i]);
            dlogits[i] = (float)(difference / (double)shape[0] * scale);
        }
    }
}

const cpu_operator reference_soft_cross_entropy_grad = { .run = grad_run };
