/* activation.h: what each backend defines for activation and its gradient. */
#ifndef BACKENDS_GPU_ACTIVATION_H
#define BACKENDS_GPU_ACTIVATION_H

#include <stdint.h>

/* How many elements an item of its kernels handles. */
extern const int32_t gpu_activation_elements;

#endif
