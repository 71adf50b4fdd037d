/* library.h: one form for cuDNN's calls of the three passes. */
#ifndef BACKENDS_CUDNN_CONV2D_LIBRARY_H
#define BACKENDS_CUDNN_CONV2D_LIBRARY_H

#include "cudnn/conv2d/convolution.h"

/* By cuDNN's rules where `pointers` is NULL; else by the clock, there. */
rn_status cudnn_plans_find(const cudnn_convolution *conv, const cudnn_pointers *pointers,
                           cudnn_plans *plans);
/* Gives the description the plan's math and asks for its workspace; false: cuDNN does not take it
 * after all. */
bool cudnn_plan_confirm(const cudnn_convolution *conv, cudnn_plan *plan);
/* Enqueues it; the description has the plan's math. */
cudnnStatus_t cudnn_conv2d_call(const cudnn_convolution *conv, const cudnn_plan *plan,
                                const cudnn_pointers *pointers);
/* The algorithm's name, a literal; and whether it transforms, by Winograd or by Fourier. */
const char *cudnn_algorithm_name(conv2d_pass pass, int32_t algorithm);
bool cudnn_algorithm_is_winograd(conv2d_pass pass, int32_t algorithm);
bool cudnn_algorithm_is_fourier(conv2d_pass pass, int32_t algorithm);

#endif
