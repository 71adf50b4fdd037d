/* choose.h: which of cuDNN's algorithms computes a convolution. */
#ifndef BACKENDS_CUDNN_CONV2D_CHOOSE_H
#define BACKENDS_CUDNN_CONV2D_CHOOSE_H

#include "cudnn/conv2d/convolution.h"

/* The plan to take, the same in each call of a session. RN_E_UNSUPPORTED where there is none. */
rn_status cudnn_conv2d_choose(const cudnn_convolution *conv, cudnn_plan *plan);
/* "implicit precomp GEMM, tensor cores" */
enum { CUDNN_PLAN_TEXT = 48 };
void cudnn_plan_text(const cudnn_convolution *conv, const cudnn_plan *plan,
                     char text[CUDNN_PLAN_TEXT]);

#endif
