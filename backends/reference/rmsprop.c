/* rmsprop.c: one step of TensorFlow's RMSprop, in place. With g = gradient / loss scale +
 * weight_decay * p:
 *
 *     square += (1 - decay) * (g * g - square)
 *     v = momentum * v + learning_rate * g / sqrt(square + epsilon),    p -= v
 *
 * Without a velocity there is no momentum. */
#include "cpu/update.h"
#include "reference/reference.h"

static rn_status rmsprop_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    const rn_rmsprop_attrs *a = op->attrs;
    return update_momentum_check(op, a->momentum, RN_RMSPROP_VELOCITY);
}

static void rmsprop_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_rmsprop_attrs *a = call->desc->attrs;
    float *param = call->operands[RN_AT_RMSPROP_PARAM];
    float *square = call->operands[RN_AT_RMSPROP_SQUARE];
    float *velocity = call->operands[RN_AT_RMSPROP_VELOCITY];
    const float *gradient = call->operands[RN_AT_RMSPROP_GRADIENT];
    double learning_rate = (double)*(const float *)call->operands[RN_AT_RMSPROP_LEARNING_RATE];
    double scale = update_scale(call->operands[RN_AT_RMSPROP_LOSS_SCALE]);

    for (int64_t i = begin; i < end; i++) {
        double g = (double)gradient[i] / scale + a->weight_decay * (double)param[i];
        double s = (double)square[i];
        s += (1 - a->decay) * (g * g - s);
        square[i] = (float)s;
        double v = learning_rate * g / sqrt(s + a->epsilon);
        if (velocity) {
            v += a->momentum * (double)velocity[i];
            velocity[i] = (float)v;
        }
        param[i] = (float)((double)param[i] - v);
    }
}

static void rmsprop_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    if (update_is_wanted(operands[RN_AT_RMSPROP_LOSS], operands[RN_AT_RMSPROP_LOSS_SCALE]))
        reference_each(kernel, operands, workspace,
                       shape_count(kernel->desc.inputs[RN_RMSPROP_PARAM]), rmsprop_work);
}

const cpu_operator reference_rmsprop = { .query = rmsprop_query, .run = rmsprop_run };
