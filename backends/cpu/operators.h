/* operators.h: operators on plain tensors that all backends in host memory share, but for the
 * reference. */
#ifndef BACKENDS_CPU_OPERATORS_H
#define BACKENDS_CPU_OPERATORS_H

#include "cpu/cpu.h"

extern const cpu_operator cpu_blend;
extern const cpu_operator cpu_square_sum;
extern const cpu_operator cpu_clip_value;
extern const cpu_operator cpu_sgd;
extern const cpu_operator cpu_adamw;
extern const cpu_operator cpu_lamb;
extern const cpu_operator cpu_lars;
extern const cpu_operator cpu_rmsprop;
extern const cpu_operator cpu_activation;
extern const cpu_operator cpu_activation_grad;
extern const cpu_operator cpu_multiply;
extern const cpu_operator cpu_multiply_grad;

#endif
