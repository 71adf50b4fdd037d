/* activation.c: a function of each element, and dy times its derivative. */
#include "reference/activation.h"

#include "base/activation.h"
#include "reference/reference.h"

static double value_of(const rn_activation_attrs *a, double x)
{
    switch (a->kind) {
#define KIND(CONSTANT, name, number, n_parameters, formula)                                        \
    case number: return name##_of(x, a->alpha, a->beta);
        RN_ACTIVATIONS(KIND)
#undef KIND
        default: return NAN;
    }
}

static double slope_of(const rn_activation_attrs *a, double x)
{
    switch (a->kind) {
#define KIND(CONSTANT, name, number, n_parameters, formula)                                        \
    case number: return name##_slope(x, a->alpha, a->beta);
        RN_ACTIVATIONS(KIND)
#undef KIND
        default: return NAN;
    }
}

static rn_status activation_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    return activation_check(cpu_host, op);
}

static void activation_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const float *x = call->operands[RN_AT_ACTIVATION_X];
    float *y = call->operands[RN_AT_ACTIVATION_Y];
    for (int64_t i = begin; i < end; i++)
        y[i] = (float)value_of(call->desc->attrs, (double)x[i]);
}

static void activation_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, shape_count(kernel->desc.inputs[RN_ACTIVATION_X]),
                   activation_work);
}

const cpu_operator reference_activation = { .query = activation_query, .run = activation_run };

/* Where the function is constant, dx is 0 even if dy is infinite. */
static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const float *dy = call->operands[RN_AT_ACTIVATION_GRAD_DY],
                *x = call->operands[RN_AT_ACTIVATION_GRAD_X];
    float *dx = call->operands[RN_AT_ACTIVATION_GRAD_DX];
    for (int64_t i = begin; i < end; i++) {
        double slope = slope_of(call->desc->attrs, (double)x[i]);
        dx[i] = slope == 0 ? 0 : (float)((double)dy[i] * slope);
    }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_count(kernel->desc.inputs[RN_ACTIVATION_GRAD_X]), grad_work);
}

const cpu_operator reference_activation_grad = { .query = activation_query, .run = grad_run };
