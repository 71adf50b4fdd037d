/* concat.h: what concat.c requires of a backend. */
#ifndef BACKENDS_GPU_CONCAT_H
#define BACKENDS_GPU_CONCAT_H

#include "gpu/kernel.h"

/* Adds a launch for each part, with two operands: the part and the whole. The function is named
 * after the operator. Defined by each backend. */
rn_status gpu_concat_add(rn_kernel *kernel, const rn_tensor_desc *whole,
                         const rn_tensor_desc *const *parts, int32_t n_parts);

#endif
