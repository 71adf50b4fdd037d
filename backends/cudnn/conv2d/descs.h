/* descs.h: cuDNN's descriptions of a convolution. */
#ifndef BACKENDS_CUDNN_CONV2D_DESCS_H
#define BACKENDS_CUDNN_CONV2D_DESCS_H

#include "cudnn/conv2d/convolution.h"

/* RN_E_UNSUPPORTED where cuDNN cannot describe it. What was made is freed by descs_free, whatever
 * the status. */
rn_status cudnn_descs_make(cudnn_convolution *conv);
void cudnn_descs_free(cudnn_convolution *conv);
/* True if cuDNN rejects this convolution; false for other errors. */
bool cudnn_is_refusal(cudnnStatus_t error);
/* Bytes of cuDNN's x, weight and y. */
uint64_t cudnn_conv2d_x_bytes(const cudnn_convolution *conv);
uint64_t cudnn_conv2d_weight_bytes(const cudnn_convolution *conv);
uint64_t cudnn_conv2d_y_bytes(const cudnn_convolution *conv);

#endif
