/* conv2d.h: convolutions as cuDNN's legacy API has them. */
#ifndef BACKENDS_CUDNN_CONV2D_CONV2D_H
#define BACKENDS_CUDNN_CONV2D_CONV2D_H

#include "base/conv2d.h"
#include "cudnn/cudnn.h"

/* cuDNN's descriptions of one. */
typedef struct cudnn_descs {
    cudnnTensorDescriptor_t x, y, bias;
    cudnnFilterDescriptor_t weight;
    cudnnConvolutionDescriptor_t convolution;
    cudnnActivationDescriptor_t activation; /* NULL without an epilogue, as is bias */
} cudnn_descs;

/* One convolution, whichever pass: x (n,c,h,w), weight (k,c/groups,r,s), y (n,k,p,q). Pairs are
 * height, width. */
typedef struct cudnn_convolution {
    rn_context *context;
    const char *op;
    conv2d_pass pass;
    int64_t n, c, h, w, k, r, s, p, q, groups; /* c: padding of channels counts */
    int64_t stride[2], dilation[2];
    int64_t padding[2];         /* before; what is after follows from p, q */
    bool has_border;            /* what is after differs: cuDNN gets a copy of x with its padding */
    int64_t bordered[2];        /* height and width of what cuDNN takes for x */
    bool has_bias, has_z, relu; /* of the forward pass's epilogue */
    bool has_dbias;
    cudnnDataType_t type;
    cudnnTensorFormat_t format;
    cudnn_descs descs;
} cudnn_convolution;

/* How cuDNN computes it. */
typedef struct cudnn_way {
    int32_t algorithm; /* of the pass's enumeration */
    cudnnMathType_t math;
    uint64_t workspace_bytes; /* cuDNN's own */
    bool deterministic;
    bool bias_after; /* the bias is added by a call of its own */
} cudnn_way;

/* What cuDNN offers, the best first. */
enum { CUDNN_WAYS = 32 };
typedef struct cudnn_ways {
    cudnn_way list[CUDNN_WAYS];
    int32_t n;
} cudnn_ways;

/* Device addresses; which of them is written follows from the pass. */
typedef struct cudnn_places {
    void *x, *weight, *y, *bias, *z, *workspace;
    uint64_t workspace_bytes;
} cudnn_places;

static inline bool cudnn_conv2d_is_fused(const cudnn_convolution *conv)
{
    return conv->has_bias || conv->has_z || conv->relu;
}

/* ---- conv2d_descs.c ---- */
/* RN_E_UNSUPPORTED where cuDNN cannot describe it. What was made is freed by descs_free, whatever
 * the status. */
rn_status cudnn_descs_make(cudnn_convolution *conv);
void cudnn_descs_free(cudnn_convolution *conv);
/* Did cuDNN mean the convolution, rather than that something went wrong? */
bool cudnn_is_refusal(cudnnStatus_t error);
/* Bytes of cuDNN's x, weight and y. */
uint64_t cudnn_conv2d_x_bytes(const cudnn_convolution *conv);
uint64_t cudnn_conv2d_weight_bytes(const cudnn_convolution *conv);
uint64_t cudnn_conv2d_y_bytes(const cudnn_convolution *conv);

/* ---- conv2d_library.c: one form for the calls of the three passes ---- */
/* By cuDNN's rules where `places` is NULL; else by the clock, there. */
rn_status cudnn_ways_find(const cudnn_convolution *conv, const cudnn_places *places,
                          cudnn_ways *ways);
/* Gives the description the way's math and asks for its workspace; false: cuDNN does not take it
 * after all. */
bool cudnn_way_confirm(const cudnn_convolution *conv, cudnn_way *way);
/* Enqueues it; the description has the way's math. */
cudnnStatus_t cudnn_conv2d_call(const cudnn_convolution *conv, const cudnn_way *way,
                                const cudnn_places *places);
/* The algorithm's name, a literal; and whether it transforms, by Winograd or by Fourier. */
const char *cudnn_algorithm_name(conv2d_pass pass, int32_t algorithm);
bool cudnn_algorithm_is_winograd(conv2d_pass pass, int32_t algorithm);
bool cudnn_algorithm_is_fourier(conv2d_pass pass, int32_t algorithm);

/* ---- conv2d_choose.c ---- */
/* The way to take, the same in each call of a session. RN_E_UNSUPPORTED where there is none. */
rn_status cudnn_conv2d_choose(const cudnn_convolution *conv, cudnn_way *way);
/* "implicit precomp GEMM, tensor cores" */
enum { CUDNN_WAY_TEXT = 48 };
void cudnn_way_text(const cudnn_convolution *conv, const cudnn_way *way, char text[CUDNN_WAY_TEXT]);

/* ---- conv2d_bias.c ---- */
/* The gradient of the bias: bytes of workspace, two launches, and how they are run. */
uint64_t cudnn_conv2d_bias_bytes(const rn_kernel *kernel, const cudnn_convolution *conv);
rn_status cudnn_conv2d_bias_prepare(rn_kernel *kernel, const cudnn_convolution *conv);
rn_status cudnn_conv2d_bias_run(rn_kernel *kernel, gpu_launch *launches,
                                const rn_operand dy_dbias[2], rn_operand workspace);

#endif
