/* batch_norm_walk.h: how the channels of an image are divided among blocks, which walk over their
 * parts as batch_norm_walk.cu says. */
#ifndef RN_BACKENDS_CUDNN_BATCH_NORM_WALK_H
#define RN_BACKENDS_CUDNN_BATCH_NORM_WALK_H

#include "cudnn/cudnn.h"

typedef struct cudnn_walk {
    bool is_last;                  /* the channel varies fastest in memory */
    int32_t vec;                   /* elements that a thread takes at once: 8 or 1 */
    int64_t side;                  /* threads side by side along the channels */
    int64_t rows, channels, plane; /* as in batch_norm_walk.cu */
    int64_t columns;               /* blocks along the channels */
    int64_t parts;                 /* of a channel, in sums over it */
    int64_t values_parts;          /* in launches that store its values */
    bool is_whole;                 /* one launch has it all */
    int32_t ranks;                 /* whose sums are to be those of all; 1: this one's alone */
} cudnn_walk;

/* Refuses what has no channels: x has rank 4, or 2 (N,C). */
rn_status cudnn_walk_check(const char *op, const rn_tensor_desc *x);

/* The kernel's first input, and its attributes, tell. */
cudnn_walk cudnn_walk_of(const rn_kernel *kernel);

/* The text that walks, then `text`. */
gpu_code cudnn_walk_code(const cudnn_walk *walk, const char *text, const rn_tensor_desc *mask);

/* Appends the arguments of WALK_SHAPE, and sets the grid: a block for each of `parts` of columns.
 */
void cudnn_walk_grid(const cudnn_walk *walk, int64_t parts, gpu_launch *launch);

/* For kernels that store values: the arguments and the grid of cudnn_walk_grid, or where a vector
 * is no octet those of threads that have octets of the whole tensor: n, channels, inner. */
void cudnn_walk_values(const cudnn_walk *walk, const rn_tensor_desc *x, gpu_launch *launch);

/* For kernels that put parts together: appends n_parts and channels, and sets the grid. */
void cudnn_walk_finish(const cudnn_walk *walk, int64_t n_parts, gpu_launch *launch);

/* Values of a channel. */
double cudnn_walk_count(const rn_tensor_desc *x);

#endif
