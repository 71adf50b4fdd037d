/* pool.h: the windows of max_pool, avg_pool and their gradients, as arguments of kernels. */
#ifndef BACKENDS_GPU_POOL_H
#define BACKENDS_GPU_POOL_H

#include "gpu/kernel.h"

/* True for the common windows, 2x2 or 3x3 with stride 2, whose sizes are compiled into the kernel,
 * so that all loads of a window are in flight at once. */
bool gpu_pool_is_known(const rn_pool_attrs *a);

/* The images before and after a pool, of the operator or of its gradient. */
typedef struct gpu_pool {
    const rn_tensor_desc *x, *y;
} gpu_pool;

gpu_pool gpu_pool_of(const rn_kernel *kernel, bool is_gradient);

/* Appends the sizes of x and y, the kernel, the stride and the padding, each height, then width. */
void gpu_pool_args(const rn_kernel *kernel, gpu_pool images, gpu_launch *launch);

#endif
