/* winograd.h: what the choice knows of Winograd's algorithm. */
#ifndef BACKENDS_OPENCL_CONV2D_WINOGRAD_H
#define BACKENDS_OPENCL_CONV2D_WINOGRAD_H

#include "opencl/conv2d/algorithm.h"

/* Multiplications of Winograd's for each pair of channels of an image. */
int64_t opencl_winograd_products(const gpu_convolution *conv, int64_t tile);

#endif
