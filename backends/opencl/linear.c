/* linear.c: y = x weight^T + bias for x (N,F), weight (K,F), y (N,K), and its gradients: one
 * product of matrices each. */
#include <stdlib.h>

#include "opencl/product/gemm.h"

extern const char GPU_TEXT(linear)[];

/* y (N,K) = x (N,F) * weight (K,F)^T */
static opencl_gemm forward_gemm(const rn_op_desc *d)
{
    const int64_t *x = d->inputs[RN_LINEAR_X]->shape, *weight = d->inputs[RN_LINEAR_WEIGHT]->shape;
    return (opencl_gemm){ .m = x[0],
                          .n = weight[0],
                          .k = x[1],
                          .batches = 1,
                          .lda = x[1],
                          .ldb = x[1],
                          .b_transposed = true,
                          .ldc = weight[0],
                          .has_bias = d->inputs[RN_LINEAR_BIAS] };
}

/* dx (N,F) = dy (N,K) * weight (K,F) */
static opencl_gemm grad_input_gemm(const rn_op_desc *d)
{
    const int64_t *dy = d->inputs[RN_LINEAR_GRAD_INPUT_DY]->shape,
                  *weight = d->inputs[RN_LINEAR_GRAD_INPUT_WEIGHT]->shape;
    return (opencl_gemm){ .m = dy[0],
                          .n = weight[1],
                          .k = dy[1],
                          .batches = 1,
                          .lda = dy[1],
                          .ldb = weight[1],
                          .ldc = weight[1] };
}

/* dweight (K,F) = dy (N,K)^T * x (N,F) */
static opencl_gemm grad_weight_gemm(const rn_op_desc *d)
{
    const int64_t *x = d->inputs[RN_LINEAR_GRAD_WEIGHT_X]->shape,
                  *dy = d->inputs[RN_LINEAR_GRAD_WEIGHT_DY]->shape;
    return (opencl_gemm){ .m = dy[1],
                          .n = x[1],
                          .k = x[0],
                          .batches = 1,
                          .a_transposed = true,
                          .lda = dy[1],
                          .ldb = x[1],
                          .ldc = x[1] };
}

static opencl_gemm gemm_of(const rn_kernel *kernel)
{
    if (kernel->type == &opencl_linear)
        return forward_gemm(&kernel->desc);
    if (kernel->type == &opencl_linear_grad_input)
        return grad_input_gemm(&kernel->desc);
    return grad_weight_gemm(&kernel->desc);
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const opencl_gemm gemm = gemm_of(kernel);
    answer->workspace_bytes = opencl_gemm_workspace(kernel->context, &gemm);
    return RN_OK;
}

/* Adds the launch that computes dbias. */
static rn_status bias_add(rn_kernel *kernel)
{
    const int64_t *dy = kernel->desc.inputs[RN_LINEAR_GRAD_WEIGHT_DY]->shape;
    const gpu_code code = { { GPU_TEXT(linear) }, "" };
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "linear_grad_bias", 2, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, dy[0]);
    gpu_arg_int(launch, dy[1]);
    gpu_grid_items(launch, dy[1]);
    return RN_OK;
}

static bool has_dbias(const rn_kernel *kernel)
{
    return kernel->type == &opencl_linear_grad_weight &&
           kernel->desc.outputs[RN_LINEAR_GRAD_WEIGHT_DBIAS];
}

static rn_status prepare(rn_kernel *kernel)
{
    const opencl_gemm gemm = gemm_of(kernel);
    opencl_gemm_plan *plan = kernel->state = malloc(sizeof *plan);
    if (!plan)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", kernel->desc.op);
    rn_status status = opencl_gemm_add(kernel, &gemm, plan);
    if (!status && has_dbias(kernel))
        status = bias_add(kernel);
    return status;
}

static void destroy(rn_kernel *kernel)
{
    free(kernel->state);
}

static rn_status linear_run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    const rn_operand a_b_c_bias[] = { operands[RN_AT_LINEAR_X], operands[RN_AT_LINEAR_WEIGHT],
                                      operands[RN_AT_LINEAR_Y], operands[RN_AT_LINEAR_BIAS] };
    return opencl_gemm_run(kernel->context, kernel->state, a_b_c_bias, workspace);
}

static rn_status grad_input_run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    const rn_operand a_b_c_bias[] = { operands[RN_AT_LINEAR_GRAD_INPUT_DY],
                                      operands[RN_AT_LINEAR_GRAD_INPUT_WEIGHT],
                                      operands[RN_AT_LINEAR_GRAD_INPUT_DX],
                                      { NULL, 0 } };
    return opencl_gemm_run(kernel->context, kernel->state, a_b_c_bias, workspace);
}

static rn_status grad_weight_run(rn_kernel *kernel, const rn_operand *operands,
                                 rn_operand workspace)
{
    const rn_operand a_b_c_bias[] = { operands[RN_AT_LINEAR_GRAD_WEIGHT_DY],
                                      operands[RN_AT_LINEAR_GRAD_WEIGHT_X],
                                      operands[RN_AT_LINEAR_GRAD_WEIGHT_DWEIGHT],
                                      { NULL, 0 } };
    rn_status status = opencl_gemm_run(kernel->context, kernel->state, a_b_c_bias, workspace);
    if (status || !has_dbias(kernel))
        return status;
    return gpu_launch_run(kernel->context, gpu_launch_at(kernel, kernel->n_launches - 1),
                          (const rn_operand[]){ operands[RN_AT_LINEAR_GRAD_WEIGHT_DY],
                                                operands[RN_AT_LINEAR_GRAD_WEIGHT_DBIAS] });
}

#define LINEAR(op, run_)                                                                           \
    const gpu_operator opencl_##op = {                                                             \
        .query = query, .prepare = prepare, .destroy = destroy, .run = run_                        \
    }
LINEAR(linear, linear_run);
LINEAR(linear_grad_input, grad_input_run);
LINEAR(linear_grad_weight, grad_weight_run);
