/* sgd.c: one step of stochastic gradient descent, in place. With g = gradient + weight_decay * p:
 *
 *     v = momentum * v + g
 *     p -= learning_rate * v, or with nesterov p -= learning_rate * (g + momentum * v)
 *
 * Without a velocity, v is g. With a loss scale, the gradient is first divided by it. Nothing
 * changes if the scale's flag is set or the loss is not finite, so that the parameters before a
 * divergence can still be saved. */
#include "reference/sgd.h"

#include "cpu/update.h"

static rn_status sgd_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    const rn_sgd_attrs *a = op->attrs;
    return update_momentum_check(op, a->momentum, RN_SGD_VELOCITY);
}

static void sgd_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_sgd_attrs *a = call->desc->attrs;
    float *param = call->operands[RN_AT_SGD_PARAM], *velocity = call->operands[RN_AT_SGD_VELOCITY];
    const float *gradient = call->operands[RN_AT_SGD_GRADIENT];
    double scale = update_scale(call->operands[RN_AT_SGD_LOSS_SCALE]);
    reference_sgd_rule rule = { (double)*(const float *)call->operands[RN_AT_SGD_LEARNING_RATE],
                                a->momentum, a->nesterov };

    for (int64_t i = begin; i < end; i++) {
        double g = (double)gradient[i] / scale + a->weight_decay * (double)param[i];
        reference_sgd_move(&rule, g, &param[i], velocity ? &velocity[i] : NULL);
    }
}

static void sgd_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    if (update_is_wanted(operands[RN_AT_SGD_LOSS], operands[RN_AT_SGD_LOSS_SCALE]))
        reference_each(kernel, operands, workspace, shape_count(kernel->desc.inputs[RN_SGD_PARAM]),
                       sgd_work);
}

const cpu_operator reference_sgd = { .query = sgd_query, .run = sgd_run };
