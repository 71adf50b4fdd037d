/* updates.c: faults of sgd. */
#include "mutant.h"

static void run_with(mutant_call *call, const rn_sgd_attrs *attrs)
{
    call->kernel.desc.attrs = attrs;
    mutant_run_inner(call);
}

/* The velocity becomes the gradient. */
static void momentum_forgotten(mutant_call *call)
{
    rn_sgd_attrs attrs = *(const rn_sgd_attrs *)call->op->attrs;
    attrs.momentum = 0;
    run_with(call, &attrs);
}

static void decay_dropped(mutant_call *call)
{
    rn_sgd_attrs attrs = *(const rn_sgd_attrs *)call->op->attrs;
    attrs.weight_decay = 0;
    run_with(call, &attrs);
}

/* TensorFlow's: the velocity has the learning rate in it. */
static void momentum_tf(mutant_call *call)
{
    const rn_sgd_attrs *a = call->op->attrs;
    const rn_tensor_desc *desc = call->op->inputs[RN_SGD_PARAM];
    const float rate = *(const float *)call->operands[RN_AT_SGD_LEARNING_RATE];
    float *param = call->operands[RN_AT_SGD_PARAM], *velocity = call->operands[RN_AT_SGD_VELOCITY];
    if (!velocity) {
        mutant_run_inner(call);
        return;
    }
    const float *moved = mutant_copy(call, RN_AT_SGD_VELOCITY, desc);
    mutant_copy(call, RN_AT_SGD_PARAM, desc);
    mutant_run_inner(call);
    for (int64_t i = 0; i < shape_count(desc); i++) {
        float kept = (float)a->momentum * velocity[i], gradient = moved[i] - kept;
        velocity[i] = kept + rate * gradient;
        param[i] -= velocity[i];
    }
}

const mutant_fault mutant_of_updates[] = {
    { "momentum_forgotten", "sgd", momentum_forgotten },
    { "decay_dropped", "sgd", decay_dropped },
    { "momentum_tf", "sgd", momentum_tf },
    { 0 },
};
