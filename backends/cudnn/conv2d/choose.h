/* choose.h: selects the cuDNN algorithm of a convolution. */
#ifndef BACKENDS_CUDNN_CONV2D_CHOOSE_H
#define BACKENDS_CUDNN_CONV2D_CHOOSE_H

#include "cudnn/conv2d/convolution.h"

/* Selects a plan, the same in each call of a session. RN_E_UNSUPPORTED if there is none. */
rn_status cudnn_conv2d_choose(const cudnn_convolution *conv, cudnn_plan *plan);

#endif
