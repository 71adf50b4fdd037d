/* linear.c: y = x weight^T + bias, for x (N,F), weight (K,F), y (N,K), and its two gradients. */
#include "reference/reference.h"

static void linear_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    int64_t n_units = call->desc->inputs[RN_LINEAR_WEIGHT]->shape[0];
    int64_t n_features = call->desc->inputs[RN_LINEAR_WEIGHT]->shape[1];
    const float *x = call->operands[RN_AT_LINEAR_X], *weight = call->operands[RN_AT_LINEAR_WEIGHT],
                *bias = call->operands[RN_AT_LINEAR_BIAS];
    float *y = call->operands[RN_AT_LINEAR_Y];

    for (int64_t i = begin; i < end; i++) {
        int64_t n = i / n_units, k = i % n_units;
        double sum = bias ? (double)bias[k] : 0;
        for (int64_t f = 0; f < n_features; f++)
            sum += (double)x[n * n_features + f] * (double)weight[k * n_features + f];
        y[i] = (float)sum;
    }
}

static void linear_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, shape_count(kernel->desc.outputs[RN_LINEAR_Y]),
                   linear_work);
}

const cpu_operator reference_linear = { .run = linear_run };

/* Both gradients accumulate rows of F features. */
static rn_status grad_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    return reference_ask_sums(context, op->outputs[RN_LINEAR_GRAD_INPUT_DX]->shape[1], answer);
}

/* sums[f] += factor * row[f] */
static void row_add(double *sums, double factor, const float *row, int64_t n_features)
{
    for (int64_t f = 0; f < n_features; f++)
        sums[f] += factor * (double)row[f];
}

/* dx[n,f] = sum over k of dy[n,k] * weight[k,f]; each thread computes whole rows n. */
static void grad_input_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const reference_call *call = argument;
    int64_t n_units = call->desc->inputs[RN_LINEAR_GRAD_INPUT_WEIGHT]->shape[0];
    int64_t n_features = call->desc->inputs[RN_LINEAR_GRAD_INPUT_WEIGHT]->shape[1];
    const float *dy = call->operands[RN_AT_LINEAR_GRAD_INPUT_DY],
                *weight = call->operands[RN_AT_LINEAR_GRAD_INPUT_WEIGHT];
    float *dx = call->operands[RN_AT_LINEAR_GRAD_INPUT_DX];
    double *sums = reference_sums(call, n_features, thread);

    for (int64_t n = begin; n < end; n++) {
        reference_clear(sums, n_features, 0);
        for (int64_t k = 0; k < n_units; k++)
            row_add(sums, (double)dy[n * n_units + k], weight + k * n_features, n_features);
        reference_round(sums, n_features, dx + n * n_features);
    }
}

static void grad_input_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   kernel->desc.outputs[RN_LINEAR_GRAD_INPUT_DX]->shape[0], grad_input_work);
}

const cpu_operator reference_linear_grad_input = { .query = grad_query, .run = grad_input_run };

/* dweight[k,f] = sum over n of dy[n,k] * x[n,f]; each thread computes whole rows k. */
static void grad_weight_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const reference_call *call = argument;
    int64_t n_units = call->desc->outputs[RN_LINEAR_GRAD_WEIGHT_DWEIGHT]->shape[0];
    int64_t n_features = call->desc->outputs[RN_LINEAR_GRAD_WEIGHT_DWEIGHT]->shape[1];
    int64_t n_rows = call->desc->inputs[RN_LINEAR_GRAD_WEIGHT_X]->shape[0];
    const float *x = call->operands[RN_AT_LINEAR_GRAD_WEIGHT_X],
                *dy = call->operands[RN_AT_LINEAR_GRAD_WEIGHT_DY];
    float *dweight = call->operands[RN_AT_LINEAR_GRAD_WEIGHT_DWEIGHT],
          *dbias = call->operands[RN_AT_LINEAR_GRAD_WEIGHT_DBIAS];
    double *sums = reference_sums(call, n_features, thread);

    for (int64_t k = begin; k < end; k++) {
        double bias_sum = 0;
        reference_clear(sums, n_features, 0);
        for (int64_t n = 0; n < n_rows; n++) {
            row_add(sums, (double)dy[n * n_units + k], x + n * n_features, n_features);
            bias_sum += (double)dy[n * n_units + k];
        }
        reference_round(sums, n_features, dweight + k * n_features);
        if (dbias)
            dbias[k] = (float)bias_sum;
    }
}

static void grad_weight_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   kernel->desc.outputs[RN_LINEAR_GRAD_WEIGHT_DWEIGHT]->shape[0], grad_weight_work);
}

const cpu_operator reference_linear_grad_weight = { .query = grad_query, .run = grad_weight_run };
