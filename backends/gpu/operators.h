/* operators.h: operators that all backends on GPUs share, apart from the kernels' texts. */
#ifndef BACKENDS_GPU_OPERATORS_H
#define BACKENDS_GPU_OPERATORS_H

#include "gpu/kernel.h"

extern const gpu_operator gpu_activation;
extern const gpu_operator gpu_activation_grad;
extern const gpu_operator gpu_concat;
extern const gpu_operator gpu_concat_grad;
extern const gpu_operator gpu_softmax;
extern const gpu_operator gpu_softmax_cross_entropy;
extern const gpu_operator gpu_softmax_cross_entropy_grad;
extern const gpu_operator gpu_soft_cross_entropy;
extern const gpu_operator gpu_soft_cross_entropy_grad;
extern const gpu_operator gpu_sgd;
extern const gpu_operator gpu_adamw;
extern const gpu_operator gpu_lamb;
extern const gpu_operator gpu_lars;
extern const gpu_operator gpu_rmsprop;
extern const gpu_operator gpu_blend;
extern const gpu_operator gpu_square_sum;
extern const gpu_operator gpu_clip_norm;
extern const gpu_operator gpu_clip_value;

#endif
