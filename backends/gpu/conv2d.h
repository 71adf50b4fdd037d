/* conv2d.h: the shape of a convolution, the same for its three passes. */
#ifndef BACKENDS_GPU_CONV2D_H
#define BACKENDS_GPU_CONV2D_H

#include "base/conv2d.h"
#include "gpu/kernel.h"

/* x (n,c,h,w), weight (k,c/groups,r,s), y (n,k,p,q). Pairs are height, width. */
typedef struct gpu_convolution {
    conv2d_pass pass;
    conv2d_operands at;
    int64_t n, c, h, w, k, r, s, p, q, groups;
    int64_t stride[2], dilation[2];
    int64_t padding[2];         /* before; p and q determine the padding after */
    bool has_bias, has_z, relu; /* of the forward pass's epilogue */
    bool sums;                  /* the gradient of x is added to z */
    bool has_dbias;
} gpu_convolution;

/* `kernel` computes conv2d or one of its gradients. */
gpu_convolution gpu_convolution_of(const rn_kernel *kernel);

#endif
