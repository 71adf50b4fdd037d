/* multiply.c: y = a * b, where an element of b may count for all pixels of its channel, and the
 * gradients of both. */
#include "base/shape.h"
#include "cpu/clones.h"
#include "cpu/operators.h"

/* Work is counted in elements of b, each of which counts for `share` elements of a. */
typedef struct multiply_call {
    const float *a, *b, *dy;
    float *to, *db; /* y, or da, which may be dy */
    int64_t share;
} multiply_call;

CPU_INLINE void scale_all(const float *from, float by, float *to, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        to[i] = from[i] * by;
}

CPU_CLONES
static void multiply_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const multiply_call c = *(const multiply_call *)argument;
    (void)thread;
    if (c.share == 1) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++)
            c.to[i] = c.a[i] * c.b[i];
        return;
    }
    for (int64_t at = begin; at < end; at++)
        scale_all(c.a + at * c.share, c.b[at], c.to + at * c.share, c.share);
}

CPU_CLONES
static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const multiply_call c = *(const multiply_call *)argument;
    (void)thread;
    if (c.share == 1) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++) {
            float dy = c.dy[i];
            c.db[i] = dy * c.a[i];
            c.to[i] = dy * c.b[i];
        }
        return;
    }
    for (int64_t at = begin; at < end; at++) {
        const float *dy = c.dy + at * c.share, *a = c.a + at * c.share;
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < c.share; i++)
            sum += (double)dy[i] * (double)a[i];
        c.db[at] = (float)sum;
        scale_all(dy, c.b[at], c.to + at * c.share, c.share);
    }
}

static int64_t share_of(const rn_tensor_desc *a, const rn_tensor_desc *b)
{
    return shape_count(a) / shape_count(b);
}

static void multiply_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *b = kernel->desc.inputs[RN_MULTIPLY_B];
    multiply_call call = { .a = operands[RN_AT_MULTIPLY_A],
                           .b = operands[RN_AT_MULTIPLY_B],
                           .to = operands[RN_AT_MULTIPLY_Y],
                           .share = share_of(kernel->desc.inputs[RN_MULTIPLY_A], b) };
    (void)workspace;
    cpu_parallel(kernel->context, shape_count(b), multiply_work, &call);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *b = kernel->desc.inputs[RN_MULTIPLY_GRAD_B];
    multiply_call call = { .a = operands[RN_AT_MULTIPLY_GRAD_A],
                           .b = operands[RN_AT_MULTIPLY_GRAD_B],
                           .dy = operands[RN_AT_MULTIPLY_GRAD_DY],
                           .to = operands[RN_AT_MULTIPLY_GRAD_DA],
                           .db = operands[RN_AT_MULTIPLY_GRAD_DB],
                           .share = share_of(kernel->desc.inputs[RN_MULTIPLY_GRAD_A], b) };
    (void)workspace;
    cpu_parallel(kernel->context, shape_count(b), grad_work, &call);
}

const cpu_operator cpu_multiply = { .run = multiply_run };
const cpu_operator cpu_multiply_grad = { .run = grad_run };
