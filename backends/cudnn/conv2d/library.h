/* library.h: one interface to cuDNN's calls for the three passes. */
#ifndef BACKENDS_CUDNN_CONV2D_LIBRARY_H
#define BACKENDS_CUDNN_CONV2D_LIBRARY_H

#include "cudnn/conv2d/convolution.h"

/* Lists plans: by cuDNN's heuristics if `pointers` is NULL, else by timing on that memory. */
rn_status cudnn_plans_find(const cudnn_convolution *conv, const cudnn_pointers *pointers,
                           cudnn_plans *plans);
/* Sets the plan's math in the descriptor, and updates its workspace. False: cuDNN rejects the plan.
 */
bool cudnn_plan_confirm(const cudnn_convolution *conv, cudnn_plan *plan);
/* Enqueues the convolution; the descriptor must have the plan's math. */
cudnnStatus_t cudnn_conv2d_call(const cudnn_convolution *conv, const cudnn_plan *plan,
                                const cudnn_pointers *pointers);
/* The algorithm's name, a literal; and whether it uses the Winograd or Fourier transform. */
const char *cudnn_algorithm_name(conv2d_pass pass, int32_t algorithm);
bool cudnn_algorithm_is_winograd(conv2d_pass pass, int32_t algorithm);
bool cudnn_algorithm_is_fourier(conv2d_pass pass, int32_t algorithm);

#endif
