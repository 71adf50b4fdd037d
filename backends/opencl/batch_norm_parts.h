/* batch_norm_parts.h: divides the channels of images into parts, one for each work-group.
 * batch_norm_parts.cl says how its work-items go through a part. */
#ifndef RN_BACKENDS_OPENCL_BATCH_NORM_PARTS_H
#define RN_BACKENDS_OPENCL_BATCH_NORM_PARTS_H

#include "opencl/opencl.h"

typedef struct opencl_division {
    int64_t images, channels, size; /* (N,C,H,W): N, C, H * W */
    int64_t part, parts;            /* octets of a part; parts of a channel */
    bool one_item;                  /* a work-group has one work-item */
} opencl_division;

opencl_division opencl_division_of(const rn_kernel *kernel, const rn_tensor_desc *x);

/* The sources batch_norm_parts and reduce, then `text`. `mask` may be NULL: a flag tells the
 * kernels that there is none. */
gpu_code opencl_division_code(const opencl_division *division, const char *text,
                              const rn_tensor_desc *mask);

/* Appends the arguments of PART_SHAPE and sets the grid: a work-group per part of each channel. */
void opencl_division_launch_parts(const opencl_division *division, gpu_launch *launch);

/* Sets the grid: one work-group per channel. */
void opencl_division_launch_channels(const opencl_division *division, gpu_launch *launch);

#endif
