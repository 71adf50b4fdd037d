/* convolution.h: a convolution as cuDNN's legacy API has it. */
#ifndef BACKENDS_CUDNN_CONV2D_CONVOLUTION_H
#define BACKENDS_CUDNN_CONV2D_CONVOLUTION_H

#include "cudnn/cudnn.h"
#include "gpu/conv2d.h"

/* cuDNN's descriptions of one. */
typedef struct cudnn_descs {
    cudnnTensorDescriptor_t x, y, bias;
    cudnnFilterDescriptor_t weight;
    cudnnConvolutionDescriptor_t convolution;
    cudnnActivationDescriptor_t activation; /* NULL without an epilogue, as is bias */
} cudnn_descs;

/* One convolution. The channels of x in `shape` count padding. */
typedef struct cudnn_convolution {
    rn_context *context;
    const char *op;
    gpu_convolution shape;
    bool has_border;     /* padding after differs: cuDNN gets a copy of x with its padding */
    int64_t bordered[2]; /* height and width of what cuDNN takes for x */
    cudnnDataType_t type;
    cudnnTensorFormat_t format;
    cudnn_descs descs;
} cudnn_convolution;

/* How cuDNN computes it: an algorithm with its parameters. */
typedef struct cudnn_plan {
    int32_t algorithm; /* of the pass's enumeration */
    cudnnMathType_t math;
    uint64_t workspace_bytes; /* cuDNN's own */
    bool deterministic;
    bool bias_after; /* the bias is added by a call of its own */
} cudnn_plan;

/* What cuDNN offers, the best first. */
enum { CUDNN_PLANS = 32 };
typedef struct cudnn_plans {
    cudnn_plan list[CUDNN_PLANS];
    int32_t n;
} cudnn_plans;

/* Device addresses; which of them is written follows from the pass. */
typedef struct cudnn_pointers {
    void *x, *weight, *y, *bias, *z, *workspace;
    uint64_t workspace_bytes;
} cudnn_pointers;

static inline bool cudnn_conv2d_is_fused(const cudnn_convolution *conv)
{
    return conv->shape.has_bias || conv->shape.has_z || conv->shape.relu;
}

#endif
