/* linear.c: y = x weight^T + bias for x (N,F), weight (K,F), y (N,K), and its gradients: one
 * product of matrices each. */
#include <stdlib.h>

#include "opencl/product/gemm.h"

extern const char GPU_TEXT(linear)[];

static opencl_gemm gemm_of(const rn_kernel *kernel)
{
    const rn_op_desc *d = &kernel->desc;
    const int64_t *first = d->inputs[RN_LINEAR_X]->shape,
                  *second = d->inputs[RN_LINEAR_WEIGHT]->shape;
    if (kernel->type == &opencl_linear) /* y (N,K) = x (N,F) * weight (K,F)^T */
        return (opencl_gemm){ .m = first[0],
                              .n = second[0],
                              .k = first[1],
                              .batches = 1,
                              .lda = first[1],
                              .ldb = first[1],
                              .b_transposed = true,
                              .ldc = second[0],
                              .has_bias = d->inputs[RN_LINEAR_BIAS] };
    if (kernel->type == &opencl_linear_grad_input) /* dx (N,F) = dy (N,K) * weight (K,F) */
        return (opencl_gemm){ .m = first[0],
                              .n = second[1],
                              .k = first[1],
                              .batches = 1,
                              .lda = first[1],
                              .ldb = second[1],
                              .ldc = second[1] };
    /* dweight (K,F) = dy (N,K)^T * x (N,F) */
    return (opencl_gemm){ .m = second[1],
                          .n = first[1],
                          .k = first[0],
                          .batches = 1,
                          .a_transposed = true,
                          .lda = second[1],
                          .ldb = first[1],
                          .ldc = first[1] };
}

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const opencl_gemm gemm = gemm_of(kernel);
    answer->workspace_bytes = opencl_gemm_workspace(kernel->context, &gemm);
    return RN_OK;
}

/* The gradient of the bias, where it is wanted. */
static rn_status bias_add(rn_kernel *kernel)
{
    const int64_t *dy = kernel->desc.inputs[RN_LINEAR_WEIGHT]->shape;
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
    return kernel->type == &opencl_linear_grad_weight && kernel->desc.outputs[1];
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
    const rn_operand places[] = { operands[RN_AT_LINEAR_X], operands[RN_AT_LINEAR_WEIGHT],
                                  operands[RN_AT_LINEAR_Y], operands[RN_AT_LINEAR_BIAS] };
    return opencl_gemm_run(kernel->context, kernel->state, places, workspace);
}

static rn_status grad_input_run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    const rn_operand places[] = { operands[RN_AT_LINEAR_GRAD_INPUT_DY],
                                  operands[RN_AT_LINEAR_GRAD_INPUT_WEIGHT],
                                  operands[RN_AT_LINEAR_GRAD_INPUT_DX],
                                  { NULL, 0 } };
    return opencl_gemm_run(kernel->context, kernel->state, places, workspace);
}

static rn_status grad_weight_run(rn_kernel *kernel, const rn_operand *operands,
                                 rn_operand workspace)
{
    const rn_operand places[] = { operands[RN_AT_LINEAR_GRAD_WEIGHT_DY],
                                  operands[RN_AT_LINEAR_GRAD_WEIGHT_X],
                                  operands[RN_AT_LINEAR_GRAD_WEIGHT_DWEIGHT],
                                  { NULL, 0 } };
    rn_status status = opencl_gemm_run(kernel->context, kernel->state, places, workspace);
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
