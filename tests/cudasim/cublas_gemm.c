/* cublas_gemm.c: matrix products of the stand-in for cuBLAS, checked against its documentation. */
#include <stdio.h>

#include "cublas_sim.h"

static size_t bytes_of(cudaDataType type)
{
    return type == CUDA_R_32F ? 4 : 2;
}

/* The combinations from cuBLAS's table for CUBLAS_COMPUTE_32F that this product may use. */
static bool types_are_supported(cudaDataType factors, cudaDataType result,
                                cublasComputeType_t compute)
{
    bool is_half = factors == CUDA_R_16F || factors == CUDA_R_16BF;
    switch (compute) {
        case CUBLAS_COMPUTE_32F:
        case CUBLAS_COMPUTE_32F_PEDANTIC:
            if (is_half)
                return result == factors || result == CUDA_R_32F;
            return factors == CUDA_R_32F && result == CUDA_R_32F;
        case CUBLAS_COMPUTE_32F_FAST_TF32:
        case CUBLAS_COMPUTE_32F_FAST_16F:
        case CUBLAS_COMPUTE_32F_FAST_16BF: return factors == CUDA_R_32F && result == CUDA_R_32F;
        default: return false;
    }
}

static cublas_rounding rounding_of(const struct cublasContext *handle, cudaDataType factors,
                                   cublasComputeType_t compute)
{
    int math = (int)handle->math & ~CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
    if (factors != CUDA_R_32F || math == CUBLAS_PEDANTIC_MATH)
        return CUBLAS_EXACT;
    switch (compute) {
        case CUBLAS_COMPUTE_32F:
            return math == CUBLAS_TF32_TENSOR_OP_MATH ? CUBLAS_TF32 : CUBLAS_EXACT;
        case CUBLAS_COMPUTE_32F_FAST_TF32: return CUBLAS_TF32;
        case CUBLAS_COMPUTE_32F_FAST_16F: return CUBLAS_HALF;
        case CUBLAS_COMPUTE_32F_FAST_16BF: return CUBLAS_BF16;
        default: return CUBLAS_EXACT;
    }
}

/* The number of elements from the first to the last, over the batch. */
static int64_t extent(const cublas_matrix *m, int64_t batch)
{
    return (batch - 1) * m->stride + (m->columns - 1) * m->ld + m->rows;
}

static cublasStatus_t check_matrix(const char *function, const struct cublasContext *handle,
                                   const cublas_matrix *m, int64_t batch)
{
    if (m->ld < 1 || m->ld < m->rows)
        return cublas_wrong(function, CUBLAS_STATUS_INVALID_VALUE,
                            "a leading dimension of %lld for columns of %lld", (long long)m->ld,
                            (long long)m->rows);
    if (m->stride < 0)
        return cublas_wrong(function, CUBLAS_STATUS_INVALID_VALUE, "a negative stride");
    if (m->rows == 0 || m->columns == 0)
        return CUBLAS_STATUS_SUCCESS;
    size_t bytes = bytes_of(m->type);
    if (!cudasim_range_is(function, handle->device, m->data, bytes * (size_t)extent(m, batch),
                          bytes))
        return CUBLAS_STATUS_INVALID_VALUE;
    return CUBLAS_STATUS_SUCCESS;
}

static bool overlap(const cublas_matrix *a, const cublas_matrix *c, int64_t batch)
{
    const char *a_begin = a->data, *c_begin = c->data;
    const char *a_end = a_begin + bytes_of(a->type) * (size_t)extent(a, batch);
    const char *c_end = c_begin + bytes_of(c->type) * (size_t)extent(c, batch);
    return a_begin < c_end && c_begin < a_end;
}

static cublasStatus_t check_ranges(const char *function, const struct cublasContext *handle,
                                   const cublas_product *p)
{
    cublasStatus_t status = check_matrix(function, handle, &p->c, p->batch);
    if (!status)
        status = check_matrix(function, handle, &p->a, p->batch);
    if (!status)
        status = check_matrix(function, handle, &p->b, p->batch);
    if (status)
        return status;
    if (p->k > 0 && (overlap(&p->a, &p->c, p->batch) || overlap(&p->b, &p->c, p->batch)))
        return cublas_wrong(function, CUBLAS_STATUS_INVALID_VALUE, "the result overlaps a factor");
    if (p->batch > 1 && p->c.stride < (p->c.columns - 1) * p->c.ld + p->c.rows)
        return cublas_wrong(function, CUBLAS_STATUS_INVALID_VALUE,
                            "the results of the batch overlap");
    return CUBLAS_STATUS_SUCCESS;
}

/* The arguments of cublasGemmStridedBatchedEx that are not in cublas_product. */
typedef struct call {
    const char *function;
    cublasHandle_t handle;
    const float *alpha, *beta;
    cublasComputeType_t compute;
    cublasGemmAlgo_t algo;
} call;

static bool op_is_known(cublasOperation_t op)
{
    return op == CUBLAS_OP_N || op == CUBLAS_OP_T;
}

static cublasStatus_t check_call(const call *c, const cublas_product *p)
{
    if (p->m < 0 || p->n < 0 || p->k < 0 || p->batch < 0)
        return cublas_wrong(c->function, CUBLAS_STATUS_INVALID_VALUE, "a negative dimension");
    if (!c->alpha || !c->beta)
        return cublas_wrong(c->function, CUBLAS_STATUS_INVALID_VALUE, "no alpha or beta");
    if (!op_is_known(p->a.op) || !op_is_known(p->b.op))
        return cublas_wrong(c->function, CUBLAS_STATUS_INVALID_VALUE, "unknown operations %d, %d",
                            (int)p->a.op, (int)p->b.op);
    if (p->a.type != p->b.type || !types_are_supported(p->a.type, p->c.type, c->compute))
        return cublas_wrong(c->function, CUBLAS_STATUS_NOT_SUPPORTED,
                            "types %d, %d, %d with "
                            "compute type %d",
                            (int)p->a.type, (int)p->b.type, (int)p->c.type, (int)c->compute);
    if (c->algo != CUBLAS_GEMM_DEFAULT && c->algo != CUBLAS_GEMM_DEFAULT_TENSOR_OP)
        return cublas_wrong(c->function, CUBLAS_STATUS_NOT_SUPPORTED,
                            "the stand-in does not know algorithm %d", (int)c->algo);
    return CUBLAS_STATUS_SUCCESS;
}

/* Sets a matrix's size in memory, given the size of op(m). */
static void shape(cublas_matrix *m, int64_t rows, int64_t columns)
{
    m->rows = m->op == CUBLAS_OP_N ? rows : columns;
    m->columns = m->op == CUBLAS_OP_N ? columns : rows;
}

static void load(const call *c, const cublas_product *p)
{
    char code[96];
    snprintf(code, sizeof code, "a product of types %d, %d, computed in %d, op %d %d",
             (int)p->a.type, (int)p->c.type, (int)c->compute, (int)p->a.op, (int)p->b.op);
    cudasim_load(c->function, c->handle->device, c->handle->stream, code);
}

static cublasStatus_t multiply(const call *c, cublas_product *p)
{
    cublasStatus_t status = cublas_enter(c->function, c->handle);
    if (!status)
        status = check_call(c, p);
    if (status)
        return cublas_leave(status);
    shape(&p->a, p->m, p->k);
    shape(&p->b, p->k, p->n);
    shape(&p->c, p->m, p->n);
    if (p->m > 0 && p->n > 0 && p->batch > 0)
        status = check_ranges(c->function, c->handle, p);
    if (status || p->m == 0 || p->n == 0 || p->batch == 0)
        return cublas_leave(status);
    if (!c->handle->workspace && cudasim_is_capturing(c->handle->stream))
        cudasim_blame(c->function, "is captured without a workspace from the caller: cuBLAS would "
                                   "allocate one");
    load(c, p);
    p->alpha = *c->alpha;
    p->beta = *c->beta;
    p->rounding = rounding_of(c->handle, p->a.type, c->compute);
    p->workspace = c->handle->workspace;
    p->workspace_bytes = c->handle->workspace_bytes;
    if (cudasim_enqueue(c->function, c->handle->stream, cublas_product_run, p, sizeof *p))
        status = CUBLAS_STATUS_EXECUTION_FAILED;
    return cublas_leave(status);
}

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t op_a,
                                          cublasOperation_t op_b, int m, int n, int k,
                                          const void *alpha, const void *a, cudaDataType a_type,
                                          int a_ld, long long a_stride, const void *b,
                                          cudaDataType b_type, int b_ld, long long b_stride,
                                          const void *beta, void *c, cudaDataType c_type, int c_ld,
                                          long long c_stride, int batch,
                                          cublasComputeType_t compute, cublasGemmAlgo_t algo)
{
    cublas_product product = {
        .a = { .data = a, .type = a_type, .op = op_a, .ld = a_ld, .stride = a_stride },
        .b = { .data = b, .type = b_type, .op = op_b, .ld = b_ld, .stride = b_stride },
        .c = { .data = c, .type = c_type, .op = CUBLAS_OP_N, .ld = c_ld, .stride = c_stride },
        .m = m,
        .n = n,
        .k = k,
        .batch = batch,
    };
    return multiply(&(call){ __func__, handle, alpha, beta, compute, algo }, &product);
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b,
                            int m, int n, int k, const void *alpha, const void *a,
                            cudaDataType a_type, int a_ld, const void *b, cudaDataType b_type,
                            int b_ld, const void *beta, void *c, cudaDataType c_type, int c_ld,
                            cublasComputeType_t compute, cublasGemmAlgo_t algo)
{
    cublas_product product = {
        .a = { .data = a, .type = a_type, .op = op_a, .ld = a_ld },
        .b = { .data = b, .type = b_type, .op = op_b, .ld = b_ld },
        .c = { .data = c, .type = c_type, .op = CUBLAS_OP_N, .ld = c_ld },
        .m = m,
        .n = n,
        .k = k,
        .batch = 1,
    };
    return multiply(&(call){ __func__, handle, alpha, beta, compute, algo }, &product);
}

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b,
                              int m, int n, int k, const float *alpha, const float *a, int a_ld,
                              const float *b, int b_ld, const float *beta, float *c, int c_ld)
{
    cublas_product product = {
        .a = { .data = a, .type = CUDA_R_32F, .op = op_a, .ld = a_ld },
        .b = { .data = b, .type = CUDA_R_32F, .op = op_b, .ld = b_ld },
        .c = { .data = c, .type = CUDA_R_32F, .op = CUBLAS_OP_N, .ld = c_ld },
        .m = m,
        .n = n,
        .k = k,
        .batch = 1,
    };
    return multiply(&(call){ __func__, handle, alpha, beta, CUBLAS_COMPUTE_32F,
                             CUBLAS_GEMM_DEFAULT },
                    &product);
}
