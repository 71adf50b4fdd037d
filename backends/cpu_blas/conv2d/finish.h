/* finish.h: the epilogue of the forward pass: bias, z, relu, mask. */
#ifndef BACKENDS_CPU_BLAS_CONV2D_FINISH_H
#define BACKENDS_CPU_BLAS_CONV2D_FINISH_H

#include "cpu_blas/conv2d/plan.h"

/* Adds bias and z and applies relu to rows of y. Does nothing where a mask is written too:
 * cpu_blas_mask_finish does it afterwards, plane by plane. */
void cpu_blas_item_finish(const conv2d_call *call, const items_item *item);

/* The epilogue of all planes, and the mask; nothing where there is no mask. */
void cpu_blas_mask_finish(const conv2d_call *call);

#endif
