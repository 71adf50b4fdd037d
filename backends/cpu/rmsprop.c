/* rmsprop.c: one step of TensorFlow's RMSprop, in place, with g = gradient / scale + decay * p:
 *
 *     square += (1 - square's decay) * (g * g - square)
 *     v = momentum * v + learning_rate * g / sqrt(square + epsilon),    p -= v
 */
#include "base/shape.h"
#include "cpu/clones.h"
#include "cpu/operators.h"
#include "cpu/update.h"

typedef struct rmsprop_call {
    float *param, *square, *velocity; /* velocity NULL: there is no momentum */
    const float *gradient;
    float learning_rate, momentum, epsilon, decay;
    float unscale;    /* factor for the gradient */
    float square_add; /* 1 - the square's decay */
} rmsprop_call;

/* Updates the square of element i; returns the step without momentum. */
CPU_INLINE float rmsprop_step(const rmsprop_call *c, int64_t i)
{
    float g = c->decay * c->param[i] + c->unscale * c->gradient[i];
    float square = c->square[i] + c->square_add * (g * g - c->square[i]);
    c->square[i] = square;
    return c->learning_rate * g / sqrtf(square + c->epsilon);
}

CPU_CLONES
static void rmsprop_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const rmsprop_call c = *(const rmsprop_call *)argument;
    (void)thread;
    if (!c.velocity) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++)
            c.param[i] -= rmsprop_step(&c, i);
        return;
    }
#pragma omp simd
    for (int64_t i = begin; i < end; i++) {
        float v = c.momentum * c.velocity[i] + rmsprop_step(&c, i);
        c.velocity[i] = v;
        c.param[i] -= v;
    }
}

static rn_status rmsprop_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_rmsprop_attrs *a = op->attrs;
    (void)context;
    (void)answer;
    return update_momentum_check(op, a->momentum, RN_RMSPROP_VELOCITY);
}

static void rmsprop_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_rmsprop_attrs *a = kernel->desc.attrs;
    const float *loss_scale = operands[RN_AT_RMSPROP_LOSS_SCALE];
    (void)workspace;
    if (!update_is_wanted(operands[RN_AT_RMSPROP_LOSS], loss_scale))
        return;
    rmsprop_call call = { .param = operands[RN_AT_RMSPROP_PARAM],
                          .square = operands[RN_AT_RMSPROP_SQUARE],
                          .velocity = operands[RN_AT_RMSPROP_VELOCITY],
                          .gradient = operands[RN_AT_RMSPROP_GRADIENT],
                          .learning_rate = *(const float *)operands[RN_AT_RMSPROP_LEARNING_RATE],
                          .momentum = (float)a->momentum,
                          .epsilon = (float)a->epsilon,
                          .decay = (float)a->weight_decay,
                          .unscale = (float)(1 / update_scale(loss_scale)),
                          .square_add = (float)(1 - a->decay) };
    cpu_parallel(kernel->context, shape_count(kernel->desc.inputs[RN_RMSPROP_PARAM]), rmsprop_work,
                 &call);
}

const cpu_operator cpu_rmsprop = { .query = rmsprop_query, .run = rmsprop_run };
