/* activation.h: activation and its gradient of a list of numbers, on the calling thread. */
#ifndef BACKENDS_CPU_ACTIVATION_H
#define BACKENDS_CPU_ACTIVATION_H

#include <resnet/op.h>

/* y may be x. */
void cpu_activate(const rn_activation_attrs *attrs, const float *x, float *y, int64_t count);

/* dx = dy * f'(x), 0 where f' is; dx may be dy. */
void cpu_activate_grad(const rn_activation_attrs *attrs, const float *dy, const float *x, float *dx,
                       int64_t count);

#endif
