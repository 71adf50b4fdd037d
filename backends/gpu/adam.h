/* adam.h: the arguments that adamw's kernels and lamb's have in common. */
#ifndef BACKENDS_GPU_ADAM_H
#define BACKENDS_GPU_ADAM_H

#include "gpu/kernel.h"

extern const char GPU_TEXT(adamw)[];

/* 1 - beta is made in double precision: in single it would have lost digits. */
static inline void gpu_adam_args(gpu_launch *launch, const rn_adam_attrs *a)
{
    gpu_arg_float(launch, a->beta1);
    gpu_arg_float(launch, 1 - a->beta1);
    gpu_arg_float(launch, a->beta2);
    gpu_arg_float(launch, 1 - a->beta2);
    gpu_arg_float(launch, a->epsilon);
}

#endif
