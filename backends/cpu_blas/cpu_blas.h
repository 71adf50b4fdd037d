/* cpu_blas.h: shared by the operators of this backend: their list, and matrix products. */
#ifndef RN_BACKENDS_CPU_BLAS_H
#define RN_BACKENDS_CPU_BLAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/shape.h"
#include "cpu/clones.h"
#include "cpu/cpu.h"
#include "cpu/mask.h"

/* X(operator): each is `cpu_blas_<operator>`, in the file named after its first words. */
/* clang-format off */
#define CPU_BLAS_OPERATORS(X)                                                                      \
    X(conv2d)                                                                                      \
    X(conv2d_grad_input)                                                                           \
    X(conv2d_grad_weight)                                                                          \
    X(batch_norm)                                                                                  \
    X(batch_norm_grad)                                                                             \
    X(relu)                                                                                        \
    X(relu_grad)                                                                                   \
    X(add)                                                                                         \
    X(max_pool)                                                                                    \
    X(max_pool_grad)                                                                               \
    X(avg_pool)                                                                                    \
    X(avg_pool_grad)                                                                               \
    X(global_avg_pool)                                                                             \
    X(global_avg_pool_grad)                                                                        \
    X(linear)                                                                                      \
    X(linear_grad_input)                                                                           \
    X(linear_grad_weight)                                                                          \
    X(sgd)
/* clang-format on */

/* Operators that only move data, or little of it: the reference's, compiled in. */
/* clang-format off */
#define CPU_BLAS_REFERENCE_OPERATORS(X)                                                            \
    X(batch_norm_fold)                                                                             \
    X(softmax)                                                                                     \
    X(softmax_cross_entropy)                                                                       \
    X(softmax_cross_entropy_grad)                                                                  \
    X(dropout)                                                                                     \
    X(dropout_grad)                                                                                \
    X(subsample)                                                                                   \
    X(subsample_grad)                                                                              \
    X(concat)                                                                                      \
    X(concat_grad)                                                                                 \
    X(check_finite)
/* clang-format on */

#define CPU_BLAS_DECLARE(op) extern const cpu_operator cpu_blas_##op;
CPU_BLAS_OPERATORS(CPU_BLAS_DECLARE)
#undef CPU_BLAS_DECLARE

/* Row-major c (m,n) = a (m,k) * b (k,n) + beta * c, on the calling thread only. A transposed a is
 * stored as (k,m), a transposed b as (n,k). Strides are between stored rows. */
typedef struct cpu_blas_product {
    int64_t m, n, k;
    const float *a, *b;
    float *c;
    int64_t a_stride, b_stride, c_stride;
    bool a_transposed, b_transposed;
    float beta;
} cpu_blas_product;

void cpu_blas_multiply(const cpu_blas_product *p);

/* Compares OpenBLAS with a plain loop; the message of RN_E_DEVICE suggests a remedy. */
rn_status cpu_blas_check(void);

/* Makes OpenBLAS allocate its memory for this many threads, which it keeps; RN_E_NOMEM if there is
 * not enough. */
rn_status cpu_blas_reserve(int32_t n_threads);

/* "OpenBLAS 0.3.21 … (Zen)". */
const char *cpu_blas_library(void);

/* Makes OpenBLAS use only the calling thread. */
void cpu_blas_single_thread(void);

/* Rounds a number of floats up to whole cache lines, so that neighbours do not share one. */
static inline int64_t cpu_blas_round(int64_t n)
{
    return (n + 15) / 16 * 16;
}

static inline int64_t cpu_blas_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t cpu_blas_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

#endif
