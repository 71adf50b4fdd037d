/* cublas_sim.h: shared by the parts of the stand-in for cuBLAS. */
#ifndef RN_TESTS_CUDASIM_CUBLAS_SIM_H
#define RN_TESTS_CUDASIM_CUBLAS_SIM_H

#include <cublas_api.h>

#include "cudasim.h"

#define CUBLAS_SIM_HANDLE "cublasHandle_t"

struct cublasContext {
    int device;
    cudaStream_t stream;
    cublasMath_t math;
    void *workspace; /* the user's; NULL: cuBLAS has one itself */
    size_t workspace_bytes;
};

/* Begins a function that takes a handle; always pair it with cublas_leave. */
cublasStatus_t cublas_enter(const char *function, cublasHandle_t handle);
cublasStatus_t cublas_leave(cublasStatus_t status);

/* Blames, and returns `status`. */
cublasStatus_t cublas_wrong(const char *function, cublasStatus_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A column-major matrix, or a batch of them `stride` elements apart. */
typedef struct cublas_matrix {
    const void *data;
    cudaDataType type;
    cublasOperation_t op;
    int64_t rows, columns, ld, stride; /* rows, columns: in memory, before op */
} cublas_matrix;

typedef enum cublas_rounding {
    CUBLAS_EXACT,
    CUBLAS_TF32,
    CUBLAS_HALF,
    CUBLAS_BF16
} cublas_rounding;

/* c = alpha op(a) op(b) + beta c, `batch` times. Does not read c if beta is 0. */
typedef struct cublas_product {
    cublas_matrix a, b, c;
    int64_t m, n, k, batch;
    float alpha, beta;
    cublas_rounding rounding; /* of the factors */
    void *workspace;
    size_t workspace_bytes;
} cublas_product;

/* A cudasim_work. */
bool cublas_product_run(void *product);

#endif
