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

/* ---- batch_norm_ranks.c: what is synchronised (base/rank_sums.h) ---- */

/* Makes and frees room in host memory for what the ranks sum. */
rn_status opencl_ranks_prepare(rn_kernel *kernel);
void opencl_ranks_destroy(rn_kernel *kernel);

/* Two vectors of a float for each channel. */
typedef struct opencl_ranks_pair {
    rn_operand vector[2];
} opencl_ranks_pair;

/* Bytes of a pair in the workspace; 0: not synchronised. */
uint64_t opencl_ranks_bytes(const rn_op_desc *op);
opencl_ranks_pair opencl_ranks_in(const rn_kernel *kernel, rn_operand at);

/* Waits for this rank's means and variances, and replaces them by those of all ranks. */
rn_status opencl_ranks_moments(const rn_kernel *kernel, const opencl_ranks_pair *moments);

/* Waits for this rank's sums, and stores those over the ranks. */
rn_status opencl_ranks_sums(const rn_kernel *kernel, const opencl_ranks_pair *from,
                            const opencl_ranks_pair *to);

#endif
