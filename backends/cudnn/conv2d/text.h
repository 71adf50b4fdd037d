/* text.h: what the ways to compute a convolution are called. */
#ifndef BACKENDS_CUDNN_CONV2D_TEXT_H
#define BACKENDS_CUDNN_CONV2D_TEXT_H

#include "cudnn/conv2d/convolution.h"

/* "implicit precomp GEMM, tensor cores", "engine 62, tensor cores" */
enum { CUDNN_PLAN_TEXT = 48 };
void cudnn_plan_text(const cudnn_convolution *conv, const cudnn_plan *plan,
                     char text[CUDNN_PLAN_TEXT]);
/* What stands before the comma; valid as long as the context. */
const char *cudnn_plan_name(const cudnn_convolution *conv, const cudnn_plan *plan);

#endif
