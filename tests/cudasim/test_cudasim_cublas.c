/* test_cudasim_cublas.c: the stand-in for cuBLAS multiplies like plain loops of doubles, late and
 * with the rounding of each compute type, and detects misuse. */
#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cudasim/cudasim.h"
#include "cudasim/values.h"
#include "support/check.h"

#define CAPACITY 4096 /* elements of each matrix */

typedef struct rig {
    cublasHandle_t handle;
    cudaStream_t stream;
    void *device[3];
    float values[3][CAPACITY]; /* as stored on the device */
    void *pinned, *workspace;
} rig;

static rig blas;
static const cudaDataType FLOATS = CUDA_R_32F, HALVES = CUDA_R_16F, BF16 = CUDA_R_16BF;

typedef struct product {
    cublasOperation_t op_a, op_b;
    int m, n, k, ld[3], batch;
    long long stride[3];
    float alpha, beta;
    cudaDataType factors, result;
    cublasComputeType_t compute;
} product;

#define PLAIN                                                                                      \
    {                                                                                              \
        CUBLAS_OP_N, CUBLAS_OP_N, 7, 5, 9, { 8, 9, 10 }, 1, { 0 }, 1, 0, CUDA_R_32F, CUDA_R_32F,   \
            CUBLAS_COMPUTE_32F                                                                     \
    }

static float rounded(cudaDataType type, float value)
{
    if (type == CUDA_R_16F)
        return cudasim_from_half(cudasim_to_half(value));
    return type == CUDA_R_16BF ? cudasim_from_bf16(cudasim_to_bf16(value)) : value;
}

/* Fills a matrix with random numbers of a type. */
static void fill_matrix(int matrix, cudaDataType type)
{
    for (int i = 0; i < CAPACITY; i++) {
        float value = rounded(type, (float)(rand() % 2001 - 1000) / 517.0f);
        blas.values[matrix][i] = value;
        if (type == CUDA_R_32F)
            ((float *)blas.pinned)[i] = value;
        else
            ((uint16_t *)blas.pinned)[i] =
                type == CUDA_R_16F ? cudasim_to_half(value) : cudasim_to_bf16(value);
    }
    cudaMemcpyAsync(blas.device[matrix], blas.pinned, CAPACITY * 4, cudaMemcpyHostToDevice,
                    blas.stream);
    CU_ASSERT_EQUAL(cudaStreamSynchronize(blas.stream), 0);
}

static float read_result(cudaDataType type, int at)
{
    if (type == CUDA_R_32F)
        return ((const float *)blas.pinned)[at];
    uint16_t half = ((const uint16_t *)blas.pinned)[at];
    return type == CUDA_R_16F ? cudasim_from_half(half) : cudasim_from_bf16(half);
}

static cublasStatus_t multiply(const product *p)
{
    if (p->batch == 1)
        return cublasGemmEx(blas.handle, p->op_a, p->op_b, p->m, p->n, p->k, &p->alpha,
                            blas.device[0], p->factors, p->ld[0], blas.device[1], p->factors,
                            p->ld[1], &p->beta, blas.device[2], p->result, p->ld[2], p->compute,
                            CUBLAS_GEMM_DEFAULT);
    return cublasGemmStridedBatchedEx(blas.handle, p->op_a, p->op_b, p->m, p->n, p->k, &p->alpha,
                                      blas.device[0], p->factors, p->ld[0], p->stride[0],
                                      blas.device[1], p->factors, p->ld[1], p->stride[1], &p->beta,
                                      blas.device[2], p->result, p->ld[2], p->stride[2], p->batch,
                                      p->compute, CUBLAS_GEMM_DEFAULT);
}

static double expected(const product *p, int b, int i, int j)
{
    const float *x = blas.values[0] + b * p->stride[0], *y = blas.values[1] + b * p->stride[1];
    double sum = 0;
    for (int k = 0; k < p->k; k++)
        sum += (double)x[p->op_a == CUBLAS_OP_N ? k * p->ld[0] + i : i * p->ld[0] + k] *
               y[p->op_b == CUBLAS_OP_N ? j * p->ld[1] + k : k * p->ld[1] + j];
    double old = blas.values[2][b * p->stride[2] + j * p->ld[2] + i];
    return p->alpha * sum + (p->beta != 0 ? (double)p->beta * old : 0);
}

/* The largest difference from plain loops. Elements between the columns must not change. */
static double largest_error(const product *p)
{
    double largest = 0;
    fill_matrix(0, p->factors), fill_matrix(1, p->factors), fill_matrix(2, p->result);
    CU_ASSERT_EQUAL(multiply(p), 0);
    cudaMemcpyAsync(blas.pinned, blas.device[2], CAPACITY * 4, cudaMemcpyDeviceToHost, blas.stream);
    CU_ASSERT_EQUAL(cudaStreamSynchronize(blas.stream), 0);
    for (int b = 0; b < p->batch; b++)
        for (int j = 0; j < p->n; j++)
            for (int i = 0; i < p->ld[2]; i++) {
                int at = (int)(b * p->stride[2]) + j * p->ld[2] + i;
                double value = i < p->m ? expected(p, b, i, j) : blas.values[2][at];
                double error = fabs(read_result(p->result, at) - value);
                largest = error <= largest ? largest : error;
            }
    return largest;
}

static void test_open(void)
{
    CU_ASSERT_EQUAL_FATAL(cudaStreamCreateWithFlags(&blas.stream, cudaStreamNonBlocking), 0);
    CU_ASSERT_EQUAL_FATAL(cublasCreate(&blas.handle), 0);
    CU_ASSERT_EQUAL(cublasSetStream(blas.handle, blas.stream), 0);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL_FATAL(cudaMalloc(&blas.device[i], CAPACITY * 4), 0);
    CU_ASSERT_EQUAL_FATAL(cudaMalloc(&blas.workspace, 1 << 16), 0);
    CU_ASSERT_EQUAL_FATAL(cudaMallocHost(&blas.pinned, CAPACITY * 4), 0);
}

static void test_products(void)
{
    for (int i = 0; i < 32; i++) {
        product p = PLAIN;
        p.op_a = i & 1 ? CUBLAS_OP_T : CUBLAS_OP_N;
        p.op_b = i & 2 ? CUBLAS_OP_T : CUBLAS_OP_N;
        p.ld[0] = i & 1 ? 11 : 8;
        p.ld[1] = i & 2 ? 6 : 9;
        p.alpha = i & 4 ? 0.5f : 1;
        p.beta = i & 8 ? -2 : 0;
        if (i & 16) {
            p.batch = 3;
            p.stride[0] = 100, p.stride[1] = 0, p.stride[2] = 60;
        }
        CU_ASSERT(largest_error(&p) < 1e-5);
    }
}

static void test_types(void)
{
    product p = PLAIN;
    p.factors = p.result = HALVES;
    CU_ASSERT(largest_error(&p) < 0x1p-11 * 16);
    p.result = FLOATS;
    CU_ASSERT(largest_error(&p) < 1e-5);
    p.factors = p.result = BF16;
    CU_ASSERT(largest_error(&p) < 0x1p-8 * 16);
    p.result = FLOATS;
    CU_ASSERT(largest_error(&p) < 1e-5);
}

/* Each compute type rounds the factors as its name says, so that a precision test can see it. */
static void test_roundings(void)
{
    product p = PLAIN;
    CU_ASSERT(largest_error(&p) < 1e-5);
    CU_ASSERT_EQUAL(cublasSetMathMode(blas.handle, CUBLAS_TF32_TENSOR_OP_MATH), 0);
    double tf32 = largest_error(&p);
    p.compute = CUBLAS_COMPUTE_32F_PEDANTIC;
    CU_ASSERT(largest_error(&p) < 1e-5);
    CU_ASSERT_EQUAL(cublasSetMathMode(blas.handle, CUBLAS_DEFAULT_MATH), 0);
    CU_ASSERT(tf32 > 1e-4 && tf32 < 1e-2);
    p.compute = CUBLAS_COMPUTE_32F_FAST_TF32;
    tf32 = largest_error(&p);
    CU_ASSERT(tf32 > 1e-4 && tf32 < 1e-2);
    p.compute = CUBLAS_COMPUTE_32F_FAST_16F;
    double half = largest_error(&p);
    CU_ASSERT(half > 1e-4 && half < 1e-2);
    p.compute = CUBLAS_COMPUTE_32F_FAST_16BF;
    double bf16 = largest_error(&p);
    CU_ASSERT(bf16 > 1e-3 && bf16 < 1e-1);
}

static void test_beta_zero(void)
{
    product p = PLAIN;
    fill_matrix(0, FLOATS), fill_matrix(1, FLOATS);
    cudaMemsetAsync(blas.device[2], 0xff, CAPACITY * 4, blas.stream);
    CU_ASSERT_EQUAL(multiply(&p), 0);
    cudaMemcpyAsync(blas.pinned, blas.device[2], CAPACITY * 4, cudaMemcpyDeviceToHost, blas.stream);
    CU_ASSERT_EQUAL(cudaStreamSynchronize(blas.stream), 0);
    CU_ASSERT(isfinite(read_result(FLOATS, 0)) && isnan(read_result(FLOATS, 7)));
}

/* ---- misuse ---- */

/* True if the product fails with this status and is blamed once. */
static bool refused(const product *p, cublasStatus_t status)
{
    int before = cudasim_blames();
    cublasStatus_t found = multiply(p);
    if (found != status || cudasim_blames() != before + 1)
        check_note("%s, blamed %d times", cublasGetStatusName(found), cudasim_blames() - before);
    return found == status && cudasim_blames() == before + 1;
}

#define REFUSED(status, change)                                                                    \
    do {                                                                                           \
        product p = PLAIN;                                                                         \
        change;                                                                                    \
        CU_ASSERT(refused(&p, CUBLAS_STATUS_##status));                                            \
    } while (0)

static void test_wrong_products(void)
{
    REFUSED(INVALID_VALUE, p.ld[0] = 6);
    REFUSED(INVALID_VALUE, p.ld[1] = 8);
    REFUSED(INVALID_VALUE, p.ld[2] = 6);
    REFUSED(INVALID_VALUE, p.m = -1);
    REFUSED(INVALID_VALUE, p.op_a = (cublasOperation_t)7);
    REFUSED(INVALID_VALUE, p.ld[0] = CAPACITY);
    REFUSED(INVALID_VALUE, (p.batch = 2, p.stride[2] = 20));
    REFUSED(NOT_SUPPORTED, p.result = HALVES);
    REFUSED(NOT_SUPPORTED, p.factors = CUDA_R_64F);
    REFUSED(NOT_SUPPORTED, p.compute = CUBLAS_COMPUTE_64F);
    REFUSED(NOT_SUPPORTED, (p.factors = BF16, p.result = HALVES));
    REFUSED(NOT_SUPPORTED, (p.factors = HALVES, p.compute = CUBLAS_COMPUTE_32F_FAST_TF32));
}

static void test_wrong_memory(void)
{
    void *saved[3];
    memcpy(saved, blas.device, sizeof saved);
    blas.device[2] = blas.device[1];
    REFUSED(INVALID_VALUE, p.beta = 1);
    blas.device[2] = blas.pinned;
    REFUSED(INVALID_VALUE, p.beta = 1);
    blas.device[2] = (char *)saved[2] + 2;
    REFUSED(INVALID_VALUE, p.beta = 1);
    blas.device[2] = NULL;
    REFUSED(INVALID_VALUE, p.beta = 1);
    memcpy(blas.device, saved, sizeof saved);
}

/* A captured product needs a workspace, and changing the stream drops the workspace. */
static void test_capture(void)
{
    product p = PLAIN;
    cudaGraph_t graph = NULL;
    for (int i = 0; i < 3; i++) {
        int before = cudasim_blames();
        if (i > 0)
            CU_ASSERT_EQUAL(cublasSetWorkspace(blas.handle, blas.workspace, 1 << 16), 0);
        if (i > 1)
            CU_ASSERT_EQUAL(cublasSetStream(blas.handle, blas.stream), 0);
        cudaStreamBeginCapture(blas.stream, cudaStreamCaptureModeThreadLocal);
        CU_ASSERT_EQUAL(multiply(&p), 0);
        CU_ASSERT_EQUAL(cudaStreamEndCapture(blas.stream, &graph), 0);
        CU_ASSERT_EQUAL(cudasim_blames(), before + (i != 1));
        CU_ASSERT_EQUAL(cudaGraphDestroy(graph), 0);
    }
}

static void test_wrong_settings(void)
{
    int before = cudasim_blames();
    CU_ASSERT_NOT_EQUAL(cublasSetWorkspace(blas.handle, (char *)blas.workspace + 16, 1024), 0);
    CU_ASSERT_NOT_EQUAL(cublasSetWorkspace(blas.handle, blas.workspace, 1 << 20), 0);
    CU_ASSERT_NOT_EQUAL(cublasSetMathMode(blas.handle, (cublasMath_t)99), 0);
    CU_ASSERT_NOT_EQUAL(cublasSetPointerMode(blas.handle, CUBLAS_POINTER_MODE_DEVICE), 0);
    CU_ASSERT_EQUAL(cudasim_blames(), before + 4);
    cudasim_fail_at(NULL, 1);
    product p = PLAIN;
    CU_ASSERT_EQUAL(multiply(&p), CUBLAS_STATUS_EXECUTION_FAILED);
    CU_ASSERT_EQUAL(multiply(&p), 0);
    CU_ASSERT_EQUAL(cublasDestroy(blas.handle), 0);
    CU_ASSERT_EQUAL(multiply(&p), CUBLAS_STATUS_NOT_INITIALIZED);
    CU_ASSERT_EQUAL(cudasim_blames(), before + 5);
}

static void test_nothing_left(void)
{
    for (int i = 0; i < 3; i++)
        cudaFree(blas.device[i]);
    cudaFree(blas.workspace);
    cudaFreeHost(blas.pinned);
    cudaStreamDestroy(blas.stream);
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "open a handle", test_open },
        { "products", test_products },
        { "types", test_types },
        { "rounding of each compute type", test_roundings },
        { "beta 0 does not read c", test_beta_zero },
        { "invalid products", test_wrong_products },
        { "invalid memory", test_wrong_memory },
        { "a captured product needs a workspace", test_capture },
        { "invalid settings", test_wrong_settings },
        { "no leaks", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    return check_run("cudasim_cublas", tests);
}
