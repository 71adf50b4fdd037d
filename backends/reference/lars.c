/* lars.c: one step of sgd with a rate for each tensor, in place. With g = gradient / loss scale:
 *
 *     ratio = trust * |p| / (|g| + weight_decay * |p| + epsilon)
 *
 * and sgd's step follows ratio * (g + weight_decay * p). The ratio is 1 without weight decay, and
 * where a norm is 0. */
#include "cpu/update.h"
#include "reference/sgd.h"

static rn_status lars_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    const rn_lars_attrs *a = op->attrs;
    return update_momentum_check(op, a->momentum, RN_LARS_VELOCITY);
}

static double trust_ratio(const rn_lars_attrs *a, const float *param, const float *gradient,
                          double scale, int64_t count)
{
    if (a->weight_decay == 0)
        return 1;
    double param_norm = reference_norm(param, count);
    double gradient_norm = reference_norm(gradient, count) / scale;
    if (!(param_norm > 0 && gradient_norm > 0))
        return 1;
    return a->trust * param_norm / (gradient_norm + a->weight_decay * param_norm + a->epsilon);
}

/* Runs on one thread, because the norms are summed in order. */
static void lars_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    const rn_lars_attrs *a = kernel->desc.attrs;
    int64_t count = shape_count(kernel->desc.inputs[RN_LARS_PARAM]);
    float *param = operands[RN_AT_LARS_PARAM], *velocity = operands[RN_AT_LARS_VELOCITY];
    const float *gradient = operands[RN_AT_LARS_GRADIENT];
    double scale = update_scale(operands[RN_AT_LARS_LOSS_SCALE]);
    reference_sgd_rule rule = { (double)*(const float *)operands[RN_AT_LARS_LEARNING_RATE],
                                a->momentum, a->nesterov };
    if (!update_is_wanted(operands[RN_AT_LARS_LOSS], operands[RN_AT_LARS_LOSS_SCALE]))
        return;

    double ratio = trust_ratio(a, param, gradient, scale, count);
    for (int64_t i = 0; i < count; i++) {
        double g = (double)gradient[i] / scale + a->weight_decay * (double)param[i];
        reference_sgd_move(&rule, ratio * g, &param[i], velocity ? &velocity[i] : NULL);
    }
}

const cpu_operator reference_lars = { .query = lars_query, .run = lars_run };
