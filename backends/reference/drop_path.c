/* drop_path.c: sets a fraction `rate` of the samples to 0 and scales the rest by 1 / (1 - rate);
 * the gradient does the same to dy. */
#include "reference/dropout.h"

static void drop_path_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_dropout_attrs *a = call->desc->attrs;
    const rn_tensor_desc *desc = call->desc->inputs[RN_DROP_PATH_X];
    int64_t size = shape_product(desc, 1, desc->rank); /* of a sample */
    for (int64_t n = begin; n < end; n++) {
        const float *x = (const float *)call->operands[RN_AT_DROP_PATH_X] + n * size;
        float *y = (float *)call->operands[RN_AT_DROP_PATH_Y] + n * size;
        bool keep = reference_dropout_keeps(a, call->operands[RN_AT_DROP_PATH_RANDOM], n);
        for (int64_t i = 0; i < size; i++)
            y[i] = keep ? (float)((double)x[i] / (1 - a->rate)) : 0;
    }
}

static void drop_path_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, kernel->desc.inputs[RN_DROP_PATH_X]->shape[0],
                   drop_path_work);
}

const cpu_operator reference_drop_path = { .run = drop_path_run };
