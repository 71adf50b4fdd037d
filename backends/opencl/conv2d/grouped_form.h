/* grouped_form.h: the two forms of the algorithm for few channels a group: tiles of rows on
 * processors, an item for each pixel on GPUs. */
#ifndef BACKENDS_OPENCL_CONV2D_GROUPED_FORM_H
#define BACKENDS_OPENCL_CONV2D_GROUPED_FORM_H

#include "opencl/conv2d/algorithm.h"

/* A form. The gradient of weights is computed in so many parts, which are added afterwards. */
typedef struct opencl_grouped_form {
    bool (*fits)(const rn_kernel *kernel, const gpu_convolution *conv);
    int64_t (*parts)(const rn_kernel *kernel, const gpu_convolution *conv);
    /* Adds the launch: of the forward pass's five operands, or of x, dy, dweight. */
    rn_status (*add)(rn_kernel *kernel, const gpu_convolution *conv);
} opencl_grouped_form;

extern const opencl_grouped_form opencl_grouped_tiles, opencl_grouped_pixels;

#endif
