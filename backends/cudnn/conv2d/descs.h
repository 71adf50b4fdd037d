/* descs.h: cuDNN's descriptors of a convolution. */
#ifndef BACKENDS_CUDNN_CONV2D_DESCS_H
#define BACKENDS_CUDNN_CONV2D_DESCS_H

#include "cudnn/conv2d/convolution.h"

/* Fills conv->descs. RN_E_UNSUPPORTED if cuDNN cannot describe the convolution. Whatever the
 * status, the caller calls cudnn_descs_free(). */
rn_status cudnn_descs_make(cudnn_convolution *conv);
void cudnn_descs_free(cudnn_convolution *conv);
/* True if cuDNN rejects this convolution; false for other errors. */
bool cudnn_is_refusal(cudnnStatus_t error);
/* Bytes of cuDNN's x, weight and y. */
uint64_t cudnn_conv2d_x_bytes(const cudnn_convolution *conv);
uint64_t cudnn_conv2d_weight_bytes(const cudnn_convolution *conv);
uint64_t cudnn_conv2d_y_bytes(const cudnn_convolution *conv);

#endif
