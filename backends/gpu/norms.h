/* norms.h: sums over a tensor, in two stages whose order is fixed: groups sum parts of it, and
 * whoever needs the sum adds these up. */
#ifndef BACKENDS_GPU_NORMS_H
#define BACKENDS_GPU_NORMS_H

#include "base/shape.h"
#include "gpu/kernel.h"

/* Groups that sum a large tensor: enough to fill a GPU, and few enough that each group of the next
 * launch can add their sums up. */
enum { GPU_NORM_PARTS = 128 };

static inline int64_t gpu_norm_parts(const rn_kernel *kernel, const rn_tensor_desc *tensor)
{
    int64_t most = shape_divide_up(shape_count(tensor), 8 * (int64_t)gpu_group(kernel->context));
    return most < GPU_NORM_PARTS ? most : GPU_NORM_PARTS;
}

#endif
