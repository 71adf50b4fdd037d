/* choose.h: which algorithm computes a convolution. */
#ifndef BACKENDS_OPENCL_CONV2D_CHOOSE_H
#define BACKENDS_OPENCL_CONV2D_CHOOSE_H

#include "opencl/conv2d/algorithm.h"

/* The algorithm to take; NULL: none fits. The same in each call of a session. RN_E_NOMEM. */
rn_status opencl_conv2d_choose(const rn_kernel *kernel, const gpu_convolution *conv,
                               const opencl_algorithm **algorithm);

#endif
