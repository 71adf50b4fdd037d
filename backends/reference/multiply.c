/* multiply.c: y = a * b, where an element of b may count for all pixels of its channel, and the
 * gradients of both. */
#include "reference/reference.h"

/* How many elements of a one element of b counts for. */
static int64_t share_of(const rn_tensor_desc *a, const rn_tensor_desc *b)
{
    return shape_count(a) / shape_count(b);
}

static void multiply_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    int64_t share = share_of(call->desc->inputs[RN_MULTIPLY_A], call->desc->inputs[RN_MULTIPLY_B]);
    const float *a = call->operands[RN_AT_MULTIPLY_A], *b = call->operands[RN_AT_MULTIPLY_B];
    float *y = call->operands[RN_AT_MULTIPLY_Y];
    for (int64_t at = begin; at < end; at++)
        for (int64_t i = at * share; i < (at + 1) * share; i++)
            y[i] = (float)((double)a[i] * (double)b[at]);
}

static void multiply_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, shape_count(kernel->desc.inputs[RN_MULTIPLY_B]),
                   multiply_work);
}

const cpu_operator reference_multiply = { .run = multiply_run };

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    int64_t share =
        share_of(call->desc->inputs[RN_MULTIPLY_GRAD_A], call->desc->inputs[RN_MULTIPLY_GRAD_B]);
    const float *dy = call->operands[RN_AT_MULTIPLY_GRAD_DY],
                *a = call->operands[RN_AT_MULTIPLY_GRAD_A],
                *b = call->operands[RN_AT_MULTIPLY_GRAD_B];
    float *da = call->operands[RN_AT_MULTIPLY_GRAD_DA],
          *db = call->operands[RN_AT_MULTIPLY_GRAD_DB];
    for (int64_t at = begin; at < end; at++) {
        double sum = 0;
        for (int64_t i = at * share; i < (at + 1) * share; i++) {
            sum += (double)dy[i] * (double)a[i];
            da[i] = (float)((double)dy[i] * (double)b[at]); /* may be dy */
        }
        db[at] = (float)sum;
    }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_count(kernel->desc.inputs[RN_MULTIPLY_GRAD_B]), grad_work);
}

const cpu_operator reference_multiply_grad = { .run = grad_run };
