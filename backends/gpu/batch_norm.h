/* batch_norm.h: what batch_norm of the backends on GPUs has in common. */
#ifndef BACKENDS_GPU_BATCH_NORM_H
#define BACKENDS_GPU_BATCH_NORM_H

#include "gpu/kernel.h"

/* Runs the last launch of a kernel of batch_norm, which applies the statistics: those of the batch
 * in training, else the running ones. */
rn_status gpu_batch_norm_apply(rn_kernel *kernel, const rn_operand *operands);

#endif
