/* scratch.h: memory for trials of a convolution. */
#ifndef BACKENDS_CUDNN_CONV2D_SCRATCH_H
#define BACKENDS_CUDNN_CONV2D_SCRATCH_H

#include "cudnn/conv2d/convolution.h"

typedef struct cudnn_scratch {
    void *block; /* NULL: none */
    cudnn_pointers pointers;
} cudnn_scratch;

/* Makes room for the convolution's operands and a workspace, unless it is there.
 * cudaErrorMemoryAllocation if the GPU has not enough memory; there is none after an error. */
cudaError_t cudnn_scratch_make(const cudnn_convolution *conv, uint64_t workspace_bytes,
                               cudnn_scratch *scratch);
/* Waits for the trials first, and gives their error. */
cudaError_t cudnn_scratch_free(const cudnn_convolution *conv, cudnn_scratch *scratch);

#endif
