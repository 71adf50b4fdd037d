/* sgd.c: one step of stochastic gradient descent in place (sgd.h). With a loss scale, the gradient
 * is first divided by it. */
#include "cpu/sgd.h"

#include "base/shape.h"
#include "cpu/clones.h"
#include "cpu/operators.h"
#include "cpu/update.h"

CPU_CLONES
static void sgd_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const cpu_sgd_step c = *(const cpu_sgd_step *)argument;
    (void)thread;
    if (!c.velocity) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++)
            c.param[i] -= c.learning_rate * (c.decay * c.param[i] + c.unscale * c.gradient[i]);
        return;
    }
    /* p -= lr * (ahead * g + behind * v) covers both rules in one loop. */
    float ahead = c.nesterov ? 1.0f : 0.0f, behind = c.nesterov ? c.momentum : 1.0f;
#pragma omp simd
    for (int64_t i = begin; i < end; i++) {
        float g = c.decay * c.param[i] + c.unscale * c.gradient[i];
        float v = c.momentum * c.velocity[i] + g;
        c.velocity[i] = v;
        c.param[i] -= c.learning_rate * (ahead * g + behind * v);
    }
}

void cpu_sgd_take(rn_context *context, cpu_sgd_step step, int64_t count)
{
    cpu_parallel(context, count, sgd_work, &step);
}

static rn_status sgd_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_sgd_attrs *a = op->attrs;
    (void)context;
    (void)answer;
    return update_momentum_check(op, a->momentum, RN_SGD_VELOCITY);
}

static void sgd_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_sgd_attrs *a = kernel->desc.attrs;
    const float *loss_scale = operands[RN_AT_SGD_LOSS_SCALE];
    (void)workspace;
    if (!update_is_wanted(operands[RN_AT_SGD_LOSS], loss_scale))
        return;
    cpu_sgd_step step = { .param = operands[RN_AT_SGD_PARAM],
                          .velocity = operands[RN_AT_SGD_VELOCITY],
                          .gradient = operands[RN_AT_SGD_GRADIENT],
                          .learning_rate = *(const float *)operands[RN_AT_SGD_LEARNING_RATE],
                          .momentum = (float)a->momentum,
                          .decay = (float)a->weight_decay,
                          .unscale = (float)(1 / update_scale(loss_scale)),
                          .nesterov = a->nesterov };
    cpu_sgd_take(kernel->context, step, shape_count(kernel->desc.inputs[RN_SGD_PARAM]));
}

const cpu_operator cpu_sgd = { .query = sgd_query, .run = sgd_run };
