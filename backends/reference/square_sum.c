/* square_sum.c: adds the squares of all elements of tensors to a total. */
#include "reference/reference.h"

/* Runs on one thread, because the squares are summed in order. */
static void square_sum_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    float *total = operands[RN_AT_SQUARE_SUM_TOTAL];
    double sum = (double)*total;
    for (int32_t i = RN_AT_SQUARE_SUM_X; i < kernel->desc.n_inputs; i++)
        sum += reference_squares(operands[i], shape_count(kernel->desc.inputs[i]));
    *total = (float)sum;
}

const cpu_operator reference_square_sum = { .run = square_sum_run };
