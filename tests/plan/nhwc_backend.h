/* nhwc_backend.h: wraps a backend in host memory so that it requires channels-last images. */
#ifndef RN_TESTS_NHWC_BACKEND_H
#define RN_TESTS_NHWC_BACKEND_H

#include <resnet/backend.h>
#include <stdbool.h>

/* conv2d and relu require images in NHWC; with `weights`, conv2d and conv2d_grad_input also require
 * weights in it. Only one wrapper can be used at a time. */
rn_backend nhwc_backend(const rn_backend *inner, bool weights);

#endif
