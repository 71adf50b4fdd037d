/* cpu_blas.h: shared by the operators of this backend: their list, and matrix products. */
#ifndef RN_BACKENDS_CPU_BLAS_H
#define RN_BACKENDS_CPU_BLAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/shape.h"
#include "cpu/clones.h"
#include "cpu/cpu.h"
#include "cpu/mask.h"

/* What this backend has of each operator of the ABI's table: OWN is `cpu_blas_<name>`, in the file
 * named after its first words; SHARED is `cpu_<name>`, on plain tensors; REFERENCE is the
 * reference's, compiled in, as it moves little data; LACKS is none. An operator without a line here
 * does not compile. */
#define CPU_BLAS_CONV2D OWN
#define CPU_BLAS_CONV2D_GRAD_INPUT OWN
#define CPU_BLAS_CONV2D_GRAD_WEIGHT OWN
#define CPU_BLAS_BATCH_NORM OWN
#define CPU_BLAS_BATCH_NORM_FOLD REFERENCE
#define CPU_BLAS_BATCH_NORM_GRAD OWN
#define CPU_BLAS_RELU OWN
#define CPU_BLAS_RELU_GRAD OWN
#define CPU_BLAS_ADD OWN
#define CPU_BLAS_MAX_POOL OWN
#define CPU_BLAS_MAX_POOL_GRAD OWN
#define CPU_BLAS_AVG_POOL OWN
#define CPU_BLAS_AVG_POOL_GRAD OWN
#define CPU_BLAS_GLOBAL_AVG_POOL OWN
#define CPU_BLAS_GLOBAL_AVG_POOL_GRAD OWN
#define CPU_BLAS_FLATTEN LACKS
#define CPU_BLAS_LINEAR OWN
#define CPU_BLAS_LINEAR_GRAD_INPUT OWN
#define CPU_BLAS_LINEAR_GRAD_WEIGHT OWN
#define CPU_BLAS_SOFTMAX REFERENCE
#define CPU_BLAS_SOFTMAX_CROSS_ENTROPY REFERENCE
#define CPU_BLAS_SOFTMAX_CROSS_ENTROPY_GRAD REFERENCE
#define CPU_BLAS_DROPOUT REFERENCE
#define CPU_BLAS_DROPOUT_GRAD REFERENCE
#define CPU_BLAS_SUBSAMPLE REFERENCE
#define CPU_BLAS_SUBSAMPLE_GRAD REFERENCE
#define CPU_BLAS_CONCAT REFERENCE
#define CPU_BLAS_CONCAT_GRAD REFERENCE
#define CPU_BLAS_CHECK_FINITE REFERENCE
#define CPU_BLAS_ALL_REDUCE LACKS
#define CPU_BLAS_SGD SHARED
#define CPU_BLAS_REORDER LACKS
#define CPU_BLAS_SOFT_CROSS_ENTROPY REFERENCE
#define CPU_BLAS_SOFT_CROSS_ENTROPY_GRAD REFERENCE
#define CPU_BLAS_DROP_PATH REFERENCE
#define CPU_BLAS_BLEND SHARED
#define CPU_BLAS_SQUARE_SUM SHARED
#define CPU_BLAS_CLIP_NORM REFERENCE
#define CPU_BLAS_CLIP_VALUE SHARED
#define CPU_BLAS_ADAMW SHARED
#define CPU_BLAS_LAMB SHARED
#define CPU_BLAS_LARS SHARED
#define CPU_BLAS_RMSPROP SHARED
#define CPU_BLAS_ACTIVATION SHARED
#define CPU_BLAS_ACTIVATION_GRAD SHARED
#define CPU_BLAS_MULTIPLY SHARED
#define CPU_BLAS_MULTIPLY_GRAD SHARED
#define CPU_BLAS_CONV2D_GRAD_INPUT_SUM OWN
#define CPU_BLAS_LOOKUP REFERENCE
#define CPU_BLAS_BATCH_NORM_PAIR LACKS
#define CPU_BLAS_BATCH_NORM_PAIR_GRAD LACKS

#define OWN(name) extern const cpu_operator cpu_blas_##name;
#define SHARED(name)
#define REFERENCE(name)
#define LACKS(name)
#define RN_OP(OPERATOR, name, bytes) CPU_BLAS_##OPERATOR(name)
#include <resnet/operators.h>
#undef OWN
#undef SHARED
#undef REFERENCE
#undef LACKS

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
