/* sgd.c: one step of stochastic gradient descent in place: with g = gradient + weight_decay * p, v
 * = momentum * v + g and p -= learning_rate * v, or with nesterov p -= learning_rate * (g +
 * momentum * v). With a loss scale, the gradient is first divided by it. Nothing changes if the
 * scale's flag is set or the loss is not finite. */
#include "cpu/sgd.h"

#include <math.h>
#include <stdbool.h>

#include "base/shape.h"
#include "cpu/clones.h"

typedef struct sgd_call {
    float *param, *velocity; /* velocity NULL: momentum is 0 */
    const float *gradient;
    float learning_rate, momentum, decay;
    float unscale; /* factor for the gradient */
    bool nesterov;
} sgd_call;

CPU_CLONES
static void sgd_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const sgd_call c = *(const sgd_call *)argument;
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

rn_status cpu_sgd_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_sgd_attrs *a = op->attrs;
    (void)context;
    (void)answer;
    if (a->momentum != 0 && !op->inputs[RN_SGD_VELOCITY])
        return cpu_host->fail(RN_E_UNSUPPORTED, "sgd: momentum is %g, but the velocity is missing",
                              a->momentum);
    return RN_OK;
}

void cpu_sgd_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_sgd_attrs *a = kernel->desc.attrs;
    const float *loss = operands[RN_AT_SGD_LOSS],
                *learning_rate = operands[RN_AT_SGD_LEARNING_RATE];
    const float *loss_scale = operands[RN_AT_SGD_LOSS_SCALE];
    (void)workspace;
    if ((loss && !isfinite(*loss)) || (loss_scale && loss_scale[1] != 0))
        return;
    sgd_call call = { operands[RN_AT_SGD_PARAM],
                      operands[RN_AT_SGD_VELOCITY],
                      operands[RN_AT_SGD_GRADIENT],
                      *learning_rate,
                      (float)a->momentum,
                      (float)a->weight_decay,
                      loss_scale ? 1 / loss_scale[0] : 1,
                      a->nesterov };
    cpu_parallel(kernel->context, shape_count(kernel->desc.inputs[RN_SGD_PARAM]), sgd_work, &call);
}
