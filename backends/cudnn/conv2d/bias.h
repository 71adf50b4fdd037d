/* bias.h: the gradient of the bias. */
#ifndef BACKENDS_CUDNN_CONV2D_BIAS_H
#define BACKENDS_CUDNN_CONV2D_BIAS_H

#include "cudnn/conv2d/convolution.h"

/* The gradient of the bias: bytes of workspace, two launches, and how they are run. */
uint64_t cudnn_conv2d_bias_bytes(const rn_kernel *kernel, const cudnn_convolution *conv);
rn_status cudnn_conv2d_bias_prepare(rn_kernel *kernel, const cudnn_convolution *conv);
rn_status cudnn_conv2d_bias_run(rn_kernel *kernel, gpu_launch *launches,
                                const rn_operand dy_dbias[2], rn_operand workspace);

#endif
