/* convolution.h: a convolution as described to cuDNN's older calls. */
#ifndef BACKENDS_CUDNN_CONV2D_CONVOLUTION_H
#define BACKENDS_CUDNN_CONV2D_CONVOLUTION_H

#include "cudnn/cudnn.h"
#include "gpu/conv2d.h"

/* cuDNN's descriptors. */
typedef struct cudnn_descs {
    cudnnTensorDescriptor_t x, y, bias;
    cudnnFilterDescriptor_t weight;
    cudnnConvolutionDescriptor_t convolution;
    cudnnActivationDescriptor_t activation; /* NULL without an epilogue, as is bias */
} cudnn_descs;

/* One convolution. shape.c, the channels of x, includes padding. */
typedef struct cudnn_convolution {
    rn_context *context;
    const char *op; /* by which choices are kept: a sum shares those of its gradient */
    gpu_convolution shape;
    bool has_border;     /* padding differs between the sides: cuDNN gets a padded copy of x */
    int64_t bordered[2]; /* height and width of the x that cuDNN gets */
    cudnnDataType_t type;
    cudnnTensorFormat_t format;
    cudnn_descs descs;
} cudnn_convolution;

typedef struct cudnn_execution cudnn_execution; /* execution.h */

/* How cuDNN computes a convolution: by an engine of its graph interface, or else by an algorithm of
 * its older calls. */
typedef struct cudnn_plan {
    cudnn_execution *execution; /* the session's; NULL: an older call */
    int32_t algorithm;          /* in the enumeration of the pass */
    cudnnMathType_t math;
    uint64_t workspace_bytes; /* needed by cuDNN */
    bool deterministic;
    bool bias_after; /* a separate call adds the bias */
} cudnn_plan;

/* The plans that cuDNN offers, best first. */
enum { CUDNN_PLANS = 32 };
typedef struct cudnn_plans {
    cudnn_plan list[CUDNN_PLANS];
    int32_t n;
    bool are_timed; /* they have run */
} cudnn_plans;

/* Device addresses; the pass determines which one is written. */
typedef struct cudnn_pointers {
    void *x, *weight, *y, *bias, *z, *workspace;
    uint64_t workspace_bytes;
} cudnn_pointers;

static inline bool cudnn_conv2d_is_fused(const cudnn_convolution *conv)
{
    return conv->shape.has_bias || conv->shape.has_z || conv->shape.relu;
}

#endif
