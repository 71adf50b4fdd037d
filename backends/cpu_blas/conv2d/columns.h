/* columns.h: convolutions as products of matrices: im2col. */
#ifndef BACKENDS_CPU_BLAS_CONV2D_COLUMNS_H
#define BACKENDS_CPU_BLAS_CONV2D_COLUMNS_H

#include "cpu_blas/conv2d/plan.h"

/* Fills in plan->run and the rest. */
void cpu_blas_columns_plan(conv2d_plan *plan);

#endif
