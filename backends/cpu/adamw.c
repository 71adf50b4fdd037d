/* adamw.c: one step of Adam with decoupled weight decay, in place: with the direction u from
 * adam.h, p -= learning_rate * u. */
#include "base/shape.h"
#include "cpu/adam.h"
#include "cpu/operators.h"

CPU_CLONES
static void adamw_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const adam_call c = *(const adam_call *)argument;
    (void)thread;
#pragma omp simd
    for (int64_t i = begin; i < end; i++) {
        adam_average(&c, i);
        c.param[i] -= c.learning_rate * adam_direction(&c, i);
    }
}

static void adamw_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    adam_call call = adam_of(&kernel->desc, operands);
    (void)workspace;
    if (update_is_wanted(operands[RN_AT_ADAMW_LOSS], operands[RN_AT_ADAMW_LOSS_SCALE]))
        cpu_parallel(kernel->context, shape_count(kernel->desc.inputs[RN_ADAMW_PARAM]), adamw_work,
                     &call);
}

const cpu_operator cpu_adamw = { .run = adamw_run };
