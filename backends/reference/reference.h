/* reference.h: shared by the operators of the reference backend.
 *
 * The backend is the oracle that the others are compared with, so it is written for readability:
 * every sum is a plain loop in double precision, and every result is rounded to float once, when it
 * is stored. */
#ifndef RN_BACKENDS_REFERENCE_H
#define RN_BACKENDS_REFERENCE_H

#include <math.h>
#include <stdbool.h>

#include "base/shape.h"
#include "cpu/cpu.h"
#include "cpu/mask.h"
#include "reference/list.h"

#define OWN(name) extern const cpu_operator reference_##name;
#define LACKS(name)
#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#include <resnet/operators.h>
#undef OWN
#undef LACKS

/* One run of a kernel, as seen by its threads. */
typedef struct reference_call {
    const rn_kernel *kernel;
    const rn_op_desc *desc;
    void *const *operands; /* inputs, then outputs, by slot (op.h); NULL: absent */
    void *workspace;
} reference_call;

/* Calls work(call, begin, end, thread) for ranges that cover [0, count). */
static inline void
reference_each(const rn_kernel *kernel, void *const *operands, void *workspace, int64_t count,
               void (*work)(void *call, int64_t begin, int64_t end, int32_t thread))
{
    reference_call call = { kernel, &kernel->desc, operands, workspace };
    cpu_parallel(kernel->context, count, work, &call);
}

/* Requests a workspace of `count` sums for each thread. */
static inline rn_status reference_ask_sums(const rn_context *context, int64_t count,
                                           rn_op_answer *answer)
{
    answer->workspace_bytes = (uint64_t)context->n_threads * (uint64_t)count * sizeof(double);
    return RN_OK;
}

/* One thread's sums. */
static inline double *reference_sums(const reference_call *call, int64_t count, int32_t thread)
{
    return (double *)call->workspace + count * thread;
}

static inline void reference_clear(double *sums, int64_t count, double value)
{
    for (int64_t i = 0; i < count; i++)
        sums[i] = value;
}

static inline void reference_round(const double *sums, int64_t count, float *to)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)sums[i];
}

/* The sum of the squares, in order. */
static inline double reference_squares(const float *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

static inline double reference_norm(const float *x, int64_t count)
{
    return sqrt(reference_squares(x, count));
}

/* True if relu keeps the value. NaN is kept, so that it stays visible. */
static inline bool reference_relu_keeps(double value)
{
    return !(value <= 0);
}

#endif
