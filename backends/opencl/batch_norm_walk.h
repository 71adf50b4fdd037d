/* batch_norm_walk.h: how the channels of an image are divided among groups, which walk over their
 * parts as batch_norm_walk.cl says. */
#ifndef RN_BACKENDS_OPENCL_BATCH_NORM_WALK_H
#define RN_BACKENDS_OPENCL_BATCH_NORM_WALK_H

#include "opencl/opencl.h"

typedef struct opencl_walk {
    int64_t images, channels, size; /* (N,C,H,W): N, C, H * W */
    int64_t part, parts;            /* octets of a part; parts of a channel */
    bool one_item;                  /* in each group */
} opencl_walk;

opencl_walk opencl_walk_of(const rn_kernel *kernel, const rn_tensor_desc *x);

/* The texts that walk and reduce, then `text`. `mask` NULL: the kernels know by a flag. */
gpu_code opencl_walk_code(const opencl_walk *walk, const char *text, const rn_tensor_desc *mask);

/* Appends the arguments of WALK_SHAPE, and sets the grid: a group for each part of each channel. */
void opencl_walk_parts(const opencl_walk *walk, gpu_launch *launch);

/* A group for each channel. */
void opencl_walk_channels(const opencl_walk *walk, gpu_launch *launch);

#endif
