/* nhwc_backend.h: a backend in host memory behind a wrapper that wants images channels-last. */
#ifndef RN_TESTS_NHWC_BACKEND_H
#define RN_TESTS_NHWC_BACKEND_H

#include <resnet/backend.h>
#include <stdbool.h>

/* The images of conv2d and relu are wanted in NHWC, and where `weights` the weights of conv2d and
 * conv2d_grad_input, too. One wrapper at a time. */
rn_backend nhwc_backend(const rn_backend *inner, bool weights);

#endif
