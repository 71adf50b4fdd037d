/* add.c: y = a + b; y may be either. */
#include "cpu_blas/cpu_blas.h"

CPU_CLONES
static void add_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    void *const *operands = argument;
    const float *a = operands[0], *b = operands[1];
    float *y = operands[2];
    (void)thread;
#pragma omp simd
    for (int64_t i = begin; i < end; i++)
        y[i] = a[i] + b[i];
}

static void add_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    void *copy[] = { operands[0], operands[1], operands[2] };
    (void)workspace;
    cpu_parallel(kernel->context, shape_count(kernel->desc.inputs[0]), add_work, copy);
}

const cpu_operator cpu_blas_add = { "add", NULL, NULL, NULL, add_run };
