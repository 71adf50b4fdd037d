/* sgd.c: one step of stochastic gradient descent, in place. With g = gradient + weight_decay * p:
 *
 *     v = momentum * v + g
 *     p -= learning_rate * v, or with nesterov p -= learning_rate * (g + momentum * v)
 *
 * Without a velocity, v is g. With a loss scale, the gradient is first divided by it. Nothing
 * changes if the scale's flag is set or the loss is not finite, so that the parameters before a
 * divergence can still be saved. */
#include <math.h>

#include "reference/reference.h"

static rn_status sgd_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    const rn_sgd_attrs *a = op->attrs;
    if (a->momentum != 0 && !op->inputs[RN_SGD_VELOCITY])
        return cpu_host->fail(RN_E_UNSUPPORTED, "sgd: momentum is %g, but the velocity is missing",
                              a->momentum);
    return RN_OK;
}

static void sgd_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_sgd_attrs *a = call->desc->attrs;
    float *param = call->operands[RN_AT_SGD_PARAM], *velocity = call->operands[RN_AT_SGD_VELOCITY];
    const float *gradient = call->operands[RN_AT_SGD_GRADIENT];
    double learning_rate = (double)*(const float *)call->operands[RN_AT_SGD_LEARNING_RATE];
    const float *loss_scale = call->operands[RN_AT_SGD_LOSS_SCALE];
    double scale = loss_scale ? (double)loss_scale[0] : 1;

    for (int64_t i = begin; i < end; i++) {
        double g = (double)gradient[i] / scale + a->weight_decay * (double)param[i];
        double v = g;
        if (velocity) {
            v += a->momentum * (double)velocity[i];
            velocity[i] = (float)v;
        }
        double step = a->nesterov ? g + a->momentum * v : v;
        param[i] = (float)((double)param[i] - learning_rate * step);
    }
}

static void sgd_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const float *loss = operands[RN_AT_SGD_LOSS], *loss_scale = operands[RN_AT_SGD_LOSS_SCALE];
    if ((loss && !isfinite(*loss)) || (loss_scale && loss_scale[1] != 0))
        return;
    reference_each(kernel, operands, workspace, shape_count(kernel->desc.inputs[RN_SGD_PARAM]),
                   sgd_work);
}

const cpu_operator reference_sgd = { .query = sgd_query, .run = sgd_run };
