/* linear.c: y = x weight^T + bias for x (N,F), weight (K,F), y (N,K), and its gradients: one
 * product each, its rows divided among the threads. */
#include <limits.h>
#include <string.h>

#include "cpu_blas/cpu_blas.h"

typedef struct linear_call {
    int64_t n, k, f;
    float *x, *weight, *y; /* in a gradient: dx, dweight, dy */
    const float *bias;
    float *dbias;
} linear_call;

static void linear_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const linear_call *c = argument;
    (void)thread;
    for (int64_t i = begin; c->bias && i < end; i++)
        memcpy(c->y + i * c->k, c->bias, (size_t)c->k * sizeof(float));
    cpu_blas_multiply(&(cpu_blas_product){ .m = end - begin,
                                           .n = c->k,
                                           .k = c->f,
                                           .a = c->x + begin * c->f,
                                           .a_stride = c->f,
                                           .b = c->weight,
                                           .b_stride = c->f,
                                           .b_transposed = true,
                                           .c = c->y + begin * c->k,
                                           .c_stride = c->k,
                                           .beta = c->bias ? 1.0f : 0.0f });
}

static void grad_input_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const linear_call *c = argument;
    (void)thread;
    cpu_blas_multiply(&(cpu_blas_product){ .m = end - begin,
                                           .n = c->f,
                                           .k = c->k,
                                           .a = c->y + begin * c->k,
                                           .a_stride = c->k,
                                           .b = c->weight,
                                           .b_stride = c->f,
                                           .c = c->x + begin * c->f,
                                           .c_stride = c->f });
}

static void grad_weight_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const linear_call *c = argument;
    (void)thread;
    cpu_blas_multiply(&(cpu_blas_product){ .m = end - begin,
                                           .n = c->f,
                                           .k = c->n,
                                           .a = c->y + begin,
                                           .a_stride = c->k,
                                           .a_transposed = true,
                                           .b = c->x,
                                           .b_stride = c->f,
                                           .c = c->weight + begin * c->f,
                                           .c_stride = c->f });
    for (int64_t k = begin; c->dbias && k < end; k++) {
        double sum = 0;
        for (int64_t n = 0; n < c->n; n++)
            sum += (double)c->y[n * c->k + k];
        c->dbias[k] = (float)sum;
    }
}

static rn_status linear_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    const rn_tensor_desc *all[] = { op->inputs[RN_LINEAR_X], op->inputs[RN_LINEAR_WEIGHT],
                                    op->outputs[RN_LINEAR_Y] };
    for (int i = 0; i < 3; i++)
        if (all[i]->shape[0] > INT_MAX || all[i]->shape[1] > INT_MAX)
            return cpu_host->fail(RN_E_UNSUPPORTED,
                                  "a matrix has more than %d rows or columns, the limit of "
                                  "OpenBLAS",
                                  INT_MAX);
    return RN_OK;
}

static void linear_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const int64_t *x = kernel->desc.inputs[RN_LINEAR_X]->shape,
                  *weight = kernel->desc.inputs[RN_LINEAR_WEIGHT]->shape;
    linear_call call = { .n = x[0],
                         .k = weight[0],
                         .f = weight[1],
                         .x = operands[RN_AT_LINEAR_X],
                         .weight = operands[RN_AT_LINEAR_WEIGHT],
                         .bias = operands[RN_AT_LINEAR_BIAS],
                         .y = operands[RN_AT_LINEAR_Y] };
    (void)workspace;
    cpu_parallel(kernel->context, call.n, linear_work, &call);
}

static void grad_input_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const int64_t *dy = kernel->desc.inputs[RN_LINEAR_GRAD_INPUT_DY]->shape,
                  *weight = kernel->desc.inputs[RN_LINEAR_GRAD_INPUT_WEIGHT]->shape;
    linear_call call = { .n = dy[0],
                         .k = weight[0],
                         .f = weight[1],
                         .y = operands[RN_AT_LINEAR_GRAD_INPUT_DY],
                         .weight = operands[RN_AT_LINEAR_GRAD_INPUT_WEIGHT],
                         .x = operands[RN_AT_LINEAR_GRAD_INPUT_DX] };
    (void)workspace;
    cpu_parallel(kernel->context, call.n, grad_input_work, &call);
}

static void grad_weight_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const int64_t *x = kernel->desc.inputs[RN_LINEAR_GRAD_WEIGHT_X]->shape,
                  *weight = kernel->desc.outputs[RN_LINEAR_GRAD_WEIGHT_DWEIGHT]->shape;
    linear_call call = { .n = x[0],
                         .k = weight[0],
                         .f = weight[1],
                         .x = operands[RN_AT_LINEAR_GRAD_WEIGHT_X],
                         .y = operands[RN_AT_LINEAR_GRAD_WEIGHT_DY],
                         .weight = operands[RN_AT_LINEAR_GRAD_WEIGHT_DWEIGHT],
                         .dbias = operands[RN_AT_LINEAR_GRAD_WEIGHT_DBIAS] };
    (void)workspace;
    cpu_parallel(kernel->context, call.k, grad_weight_work, &call);
}

const cpu_operator cpu_blas_linear = { .query = linear_query, .run = linear_run };
const cpu_operator cpu_blas_linear_grad_input = { .query = linear_query, .run = grad_input_run };
const cpu_operator cpu_blas_linear_grad_weight = { .query = linear_query, .run = grad_weight_run };
