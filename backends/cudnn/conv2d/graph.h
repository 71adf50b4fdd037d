/* graph.h: a convolution as one of cuDNN's operation graphs. */
#ifndef BACKENDS_CUDNN_CONV2D_GRAPH_H
#define BACKENDS_CUDNN_CONV2D_GRAPH_H

#include "cudnn/conv2d/convolution.h"
#include "cudnn/conv2d/parts.h"

/* The names of the tensors in device memory: the keys of their addresses when it is run. */
enum {
    CUDNN_GRAPH_X = 'x',
    CUDNN_GRAPH_WEIGHT = 'w',
    CUDNN_GRAPH_Y = 'y',
    CUDNN_GRAPH_Z = 'z',
    CUDNN_GRAPH_BIAS = 'b'
};

typedef struct cudnn_graph {
    cudnn_parts parts;
    cudnnBackendDescriptor_t operations; /* the operation graph */
} cudnn_graph;

/* Describes the convolution and its epilogue. Whatever it returns, the caller calls
 * cudnn_graph_free(). */
cudnnStatus_t cudnn_graph_make(const cudnn_convolution *conv, cudnn_graph *graph);
void cudnn_graph_free(cudnn_graph *graph);

#endif
