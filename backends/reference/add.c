/* add.c: y = a + b. The gradient of both is dy, so it needs no operator. */
#include "reference/reference.h"

static void add_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const float *a = call->operands[RN_AT_ADD_A], *b = call->operands[RN_AT_ADD_B];
    float *y = call->operands[RN_AT_ADD_Y];
    for (int64_t i = begin; i < end; i++)
        y[i] = (float)((double)a[i] + (double)b[i]);
}

static void add_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, shape_count(kernel->desc.inputs[RN_ADD_A]),
                   add_work);
}

const cpu_operator reference_add = { .run = add_run };
