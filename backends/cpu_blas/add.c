/* add.c: y = a + b; y may be either. */
#include "cpu_blas/cpu_blas.h"

CPU_CLONES
static void add_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    void *const *operands = argument;
    const float *a = operands[RN_AT_ADD_A], *b = operands[RN_AT_ADD_B];
    float *y = operands[RN_AT_ADD_Y];
    (void)thread;
#pragma omp simd
    for (int64_t i = begin; i < end; i++)
        y[i] = a[i] + b[i];
}

static void add_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    void *copy[] = { operands[RN_AT_ADD_A], operands[RN_AT_ADD_B], operands[RN_AT_ADD_Y] };
    (void)workspace;
    cpu_parallel(kernel->context, shape_count(kernel->desc.inputs[RN_ADD_A]), add_work, copy);
}

const cpu_operator cpu_blas_add = { .run = add_run };
