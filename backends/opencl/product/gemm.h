/* gemm.h: products of matrices of floats that lie in buffers, by product.cl. */
#ifndef BACKENDS_OPENCL_PRODUCT_GEMM_H
#define BACKENDS_OPENCL_PRODUCT_GEMM_H

#include "opencl/opencl.h"

/* c (m,n) = a (m,k) * b (k,n), of so many batches. Rows are neighbours in memory: `lda` elements
 * lie between the beginnings of two. One that is transposed lies as (k,m) or (n,k). */
typedef struct opencl_gemm {
    int64_t m, n, k, batches;
    bool a_transposed, b_transposed;
    int64_t lda, ldb, ldc;
    int64_t a_stride, b_stride, c_stride; /* elements from batch to batch */
    bool has_bias;                        /* n floats are added to each row */
} opencl_gemm;

/* Its launches: the product, and the sum of its parts where it has more than one. Few and deep
 * products are divided in depth, as they would not fill the device otherwise. */
typedef struct opencl_gemm_plan {
    gpu_launch *product, *sum;
} opencl_gemm_plan;

uint64_t opencl_gemm_workspace(const rn_context *context, const opencl_gemm *gemm);

/* Adds the launches to the kernel. */
rn_status opencl_gemm_add(rn_kernel *kernel, const opencl_gemm *gemm, opencl_gemm_plan *plan);

/* Enqueues. Operands: a, b, c, bias (absent without one). */
rn_status opencl_gemm_run(rn_context *context, const opencl_gemm_plan *plan,
                          const rn_operand operands[4], rn_operand workspace);

#endif
