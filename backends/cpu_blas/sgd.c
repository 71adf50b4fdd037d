/* sgd.c: the step of gradient descent, shared by all backends in host memory. */
#include "cpu/sgd.h"

#include "cpu_blas/cpu_blas.h"

const cpu_operator cpu_blas_sgd = { "sgd", cpu_sgd_query, NULL, NULL, cpu_sgd_run };
