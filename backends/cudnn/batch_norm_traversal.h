/* batch_norm_traversal.h: how the channels of an image are divided among blocks. A block traverses
 * its part as batch_norm_traversal.cu describes. */
#ifndef RN_BACKENDS_CUDNN_BATCH_NORM_TRAVERSAL_H
#define RN_BACKENDS_CUDNN_BATCH_NORM_TRAVERSAL_H

#include "cudnn/cudnn.h"

typedef struct cudnn_traversal {
    bool is_last;                  /* the channel varies fastest in memory */
    int32_t vec;                   /* adjacent elements that a thread reads at once: 8 or 1 */
    int64_t side;                  /* threads along the channels in a block */
    int64_t rows, channels, plane; /* as in batch_norm_traversal.cu */
    int64_t columns;               /* blocks along the channels */
    int64_t parts;                 /* per channel, in launches that sum over it */
    int64_t values_parts;          /* per channel, in launches that store values */
    bool is_whole;                 /* a single launch computes everything */
    int32_t ranks;                 /* that share their statistics; 1: not synchronised */
} cudnn_traversal;

/* Refuses input 0 (x) unless its rank is 4, or 2 (N,C), and groups that do not fit the ranks. */
rn_status cudnn_traversal_check(const char *op, const rn_kernel *kernel);

/* The traversal of a batch_norm or batch_norm_grad kernel, from its input 0 (x) and its
 * attributes. */
cudnn_traversal cudnn_traversal_of(const rn_kernel *kernel);

/* The program: batch_norm_traversal.cu, then the texts, of which the second may be NULL, compiled
 * for the mask; NULL: there is none. */
gpu_code cudnn_traversal_code(const cudnn_traversal *traversal, const char *text,
                              const char *second, const rn_tensor_desc *mask);

/* Appends the arguments of TRAVERSAL_SHAPE, and sets the grid: `parts` blocks per column. */
void cudnn_traversal_grid(const cudnn_traversal *traversal, int64_t parts, gpu_launch *launch);

/* For kernels that store values. Where vec is 8, as cudnn_traversal_grid; else each thread takes an
 * octet of the whole tensor, and the arguments are n, channels, inner. */
void cudnn_traversal_values(const cudnn_traversal *traversal, const rn_tensor_desc *x,
                            gpu_launch *launch);

/* For kernels that combine parts: appends n_parts and channels, and sets the grid. */
void cudnn_traversal_finish(const cudnn_traversal *traversal, int64_t n_parts, gpu_launch *launch);

/* The number of values per channel. */
double cudnn_traversal_count(const rn_tensor_desc *x);

#endif
