/* adamw.c: one step of Adam with decoupled weight decay, in place. With g = gradient / loss scale:
 *
 *     mean = beta1 * mean + (1 - beta1) * g,    square = beta2 * square + (1 - beta2) * g * g
 *     u = mean / correction[0] / (sqrt(square / correction[1]) + epsilon)
 *     p -= learning_rate * (u + weight_decay * p) */
#include "reference/adam.h"

static void adamw_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    reference_adam adam = reference_adam_of(call->desc, call->operands);
    for (int64_t i = begin; i < end; i++) {
        reference_adam_average(&adam, i);
        reference_adam_move(&adam, i, reference_adam_direction(&adam, i));
    }
}

static void adamw_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    if (update_is_wanted(operands[RN_AT_ADAMW_LOSS], operands[RN_AT_ADAMW_LOSS_SCALE]))
        reference_each(kernel, operands, workspace,
                       shape_count(kernel->desc.inputs[RN_ADAMW_PARAM]), adamw_work);
}

const cpu_operator reference_adamw = { .run = adamw_run };
