/* sgd.h: the step of gradient descent, for backends that use plain tensors for it. */
#ifndef BACKENDS_CPU_SGD_H
#define BACKENDS_CPU_SGD_H

#include "cpu/cpu.h"

rn_status cpu_sgd_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer);
void cpu_sgd_run(const rn_kernel *kernel, void *const *operands, void *workspace);

#endif
