/* linear.c: y = x weight^T + bias for x (N,F), weight (K,F), y (N,K), and its gradients: one
 * matrix product each, by cuBLAS. All operands are floats at every precision; the precision decides
 * how cuBLAS rounds them inside the product.
 *
 * cuBLAS is column-major, so it sees each matrix here as its transpose. Therefore the factors are
 * swapped. */
#include "cudnn/cudnn.h"

extern const char GPU_TEXT(linear)[];

/* C (m,n) = A (m,k) B (k,n), in cuBLAS's order; A, B and C are operands `a`, `b` and `c`. */
typedef struct product {
    int64_t m, n, k;
    cublasOperation_t a_as, b_as;
    int64_t lda, ldb;
    int32_t a, b, c;
    const char *name; /* of its record */
} product;

static product product_of(const rn_kernel *kernel)
{
    const rn_op_desc *d = &kernel->desc;
    /* The factors are inputs 0 and 1 of each of the three operators. */
    const int64_t *first = d->inputs[0]->shape, *second = d->inputs[1]->shape;
    if (kernel->type == &cudnn_linear)
        return (product){ .m = second[0],
                          .n = first[0],
                          .k = first[1],
                          .a_as = CUBLAS_OP_T,
                          .lda = second[1],
                          .ldb = first[1],
                          .a = RN_AT_LINEAR_WEIGHT,
                          .b = RN_AT_LINEAR_X,
                          .c = RN_AT_LINEAR_Y,
                          .name = "cuBLAS linear" };
    if (kernel->type == &cudnn_linear_grad_input)
        return (product){ .m = second[1],
                          .n = first[0],
                          .k = first[1],
                          .lda = second[1],
                          .ldb = first[1],
                          .a = RN_AT_LINEAR_GRAD_INPUT_WEIGHT,
                          .b = RN_AT_LINEAR_GRAD_INPUT_DY,
                          .c = RN_AT_LINEAR_GRAD_INPUT_DX,
                          .name = "cuBLAS linear_grad_input" };
    return (product){ .m = first[1],
                      .n = second[1],
                      .k = first[0],
                      .b_as = CUBLAS_OP_T,
                      .lda = first[1],
                      .ldb = second[1],
                      .a = RN_AT_LINEAR_GRAD_WEIGHT_X,
                      .b = RN_AT_LINEAR_GRAD_WEIGHT_DY,
                      .c = RN_AT_LINEAR_GRAD_WEIGHT_DWEIGHT,
                      .name = "cuBLAS linear_grad_weight" };
}

/* cuBLAS rounds floats to TF32 only on request, by this or by a mode of the handle, which is never
 * set (cuBLAS, "cublasMath_t" and "cublasComputeType_t"). */
static cublasComputeType_t compute_type(const rn_context *context)
{
    switch (context->precision) {
        case RN_PRECISION_TF32: return CUBLAS_COMPUTE_32F_FAST_TF32;
        case RN_PRECISION_BF16: return CUBLAS_COMPUTE_32F_FAST_16BF;
        case RN_PRECISION_FP16: return CUBLAS_COMPUTE_32F_FAST_16F;
        default: return CUBLAS_COMPUTE_32F;
    }
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const product p = product_of(kernel);
    (void)answer;
    if (p.m > INT32_MAX || p.n > INT32_MAX || p.k > INT32_MAX)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "%s: a product of %lld x %lld x %lld has a side "
                              "beyond cuBLAS's %d",
                              kernel->desc.op, (long long)p.m, (long long)p.n, (long long)p.k,
                              INT32_MAX);
    return RN_OK;
}

/* Adds a launch of linear.cu with the two dimensions of y or dy. */
static rn_status bias_add(rn_kernel *kernel, const char *function, const rn_tensor_desc *y,
                          gpu_launch **launch)
{
    const gpu_code code = { { GPU_TEXT(linear) }, "" };
    rn_status status = gpu_launch_add(kernel, &code, function, 2, launch);
    if (status)
        return status;
    gpu_arg_int(*launch, y->shape[0]);
    gpu_arg_int(*launch, y->shape[1]);
    return RN_OK;
}

static rn_status linear_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *y = kernel->desc.outputs[RN_LINEAR_Y];
    gpu_launch *launch;
    if (!kernel->desc.inputs[RN_LINEAR_BIAS])
        return RN_OK;
    rn_status status = bias_add(kernel, "linear_bias", y, &launch);
    if (!status)
        gpu_grid_items(launch, shape_count(y));
    return status;
}

static rn_status grad_input_prepare(rn_kernel *kernel)
{
    (void)kernel;
    return RN_OK;
}

static rn_status grad_weight_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *dy = kernel->desc.inputs[RN_LINEAR_GRAD_WEIGHT_DY];
    gpu_launch *launch;
    if (!kernel->desc.outputs[RN_LINEAR_GRAD_WEIGHT_DBIAS])
        return RN_OK;
    rn_status status = bias_add(kernel, "linear_grad_bias", dy, &launch);
    if (!status)
        gpu_grid_groups(launch, shape_divide_up(dy->shape[1], 32), 1, 1);
    return status;
}

/* C = the product + beta C. */
static rn_status multiply(const rn_kernel *kernel, const rn_operand *operands, float beta)
{
    const product p = product_of(kernel);
    const float alpha = 1;
    rn_context *context = kernel->context;
    rn_status status = cudnn_record_begin(context, p.name);
    if (status)
        return status;
    cublasStatus_t error = cublasGemmEx(context->cublas, p.a_as, p.b_as, (int)p.m, (int)p.n,
                                        (int)p.k, &alpha, cudnn_address(operands[p.a]), CUDA_R_32F,
                                        (int)p.lda, cudnn_address(operands[p.b]), CUDA_R_32F,
                                        (int)p.ldb, &beta, cudnn_address(operands[p.c]), CUDA_R_32F,
                                        (int)p.m, compute_type(context), CUBLAS_GEMM_DEFAULT);
    status = cudnn_blas_check(error, "multiply the matrices of a linear layer");
    return status ? status : cudnn_record_end(context);
}

static rn_status linear_run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    if (!kernel->n_launches)
        return multiply(kernel, operands, 0);
    /* The launch takes the bias and y, which are adjacent. */
    rn_status status =
        gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), operands + RN_AT_LINEAR_BIAS);
    return status ? status : multiply(kernel, operands, 1);
}

static rn_status grad_input_run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    return multiply(kernel, operands, 0);
}

static rn_status grad_weight_run(rn_kernel *kernel, const rn_operand *operands,
                                 rn_operand workspace)
{
    (void)workspace;
    const rn_operand bias[] = { operands[RN_AT_LINEAR_GRAD_WEIGHT_DY],
                                operands[RN_AT_LINEAR_GRAD_WEIGHT_DBIAS] };
    rn_status status = multiply(kernel, operands, 0);
    if (status || !kernel->n_launches)
        return status;
    return gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), bias);
}

#define LINEAR(op, prepare_, run_)                                                                 \
    const gpu_operator cudnn_##op = { .query = query, .prepare = prepare_, .run = run_ }
LINEAR(linear, linear_prepare, linear_run);
LINEAR(linear_grad_input, grad_input_prepare, grad_input_run);
LINEAR(linear_grad_weight, grad_weight_prepare, grad_weight_run);
