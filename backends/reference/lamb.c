/* lamb.c: one step of Adam with a rate for each tensor, in place. With mean, square and u as in
 * adamw:
 *
 *     u += weight_decay * p,    p -= learning_rate * |p| / |u| * u
 *
 * The ratio of the norms is left out without weight decay, and where one of them is 0. */
#include "reference/adam.h"

_Static_assert((int)RN_LAMB_N_OPERANDS == (int)RN_ADAMW_N_OPERANDS,
               "adam.h reads adamw's operands");

static double trust_ratio(const reference_adam *adam, int64_t count)
{
    if (adam->attrs->weight_decay == 0)
        return 1;
    double squares = 0;
    for (int64_t i = 0; i < count; i++) {
        double u = reference_adam_direction(adam, i);
        squares += u * u;
    }
    double param_norm = reference_norm(adam->param, count);
    return param_norm > 0 && squares > 0 ? param_norm / sqrt(squares) : 1;
}

/* Runs on one thread, because the norms are summed in order. */
static void lamb_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    reference_adam adam = reference_adam_of(&kernel->desc, operands);
    int64_t count = shape_count(kernel->desc.inputs[RN_LAMB_PARAM]);
    if (!update_is_wanted(operands[RN_AT_LAMB_LOSS], operands[RN_AT_LAMB_LOSS_SCALE]))
        return;

    for (int64_t i = 0; i < count; i++)
        reference_adam_average(&adam, i);
    double ratio = trust_ratio(&adam, count);
    for (int64_t i = 0; i < count; i++)
        reference_adam_move(&adam, i, ratio * reference_adam_direction(&adam, i));
}

const cpu_operator reference_lamb = { .run = lamb_run };
