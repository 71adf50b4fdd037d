/* mask.h: for kernels whose work-items each handle the elements of one mask byte (octet.cl). */
#ifndef RN_BACKENDS_OPENCL_MASK_H
#define RN_BACKENDS_OPENCL_MASK_H

#include "opencl/opencl.h"

/* Appends the arguments n, plane, octets (relu.cl) for tensors of x's shape, and sets the grid. */
static inline void opencl_mask_grid(gpu_launch *launch, const rn_tensor_desc *x)
{
    int64_t plane = shape_plane_size(x), planes = shape_plane_count(x);
    /* If no mask byte has unused bits, all planes are handled as one. */
    if (plane % 8 == 0) {
        plane *= planes;
        planes = 1;
    }
    int64_t octets = shape_divide_up(plane, 8), n = octets * planes;
    gpu_arg_int(launch, n);
    gpu_arg_int(launch, plane);
    gpu_arg_int(launch, octets);
    gpu_grid_items(launch, n);
}

#endif
