/* sgd.c: the step of gradient descent, shared by all backends in host memory. */
#include "cpu/sgd.h"

#include "cpu_blas/cpu_blas.h"

const cpu_operator cpu_blas_sgd = { .query = cpu_sgd_query, .run = cpu_sgd_run };
