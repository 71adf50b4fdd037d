/* sgd.h: the step of gradient descent, which lars takes as well. */
#ifndef BACKENDS_CPU_SGD_H
#define BACKENDS_CPU_SGD_H

#include <stdbool.h>

#include "cpu/cpu.h"

/* With g = unscale * gradient + decay * p: v = momentum * v + g and p -= learning_rate * v, or with
 * nesterov p -= learning_rate * (g + momentum * v). */
typedef struct cpu_sgd_step {
    float *param, *velocity; /* velocity NULL: v is g */
    const float *gradient;
    float learning_rate, momentum, decay;
    float unscale; /* factor for the gradient */
    bool nesterov;
} cpu_sgd_step;

void cpu_sgd_take(rn_context *context, cpu_sgd_step step, int64_t count);

#endif
