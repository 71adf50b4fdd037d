/* activation.c: a function of each element, and dy times its derivative: a loop for each kind. */
#include "cpu/activation.h"

#include "base/activation.h"
#include "base/shape.h"
#include "cpu/activation_values.h"
#include "cpu/operators.h"

/* What a loop goes through; dy is NULL forward. */
typedef struct lists {
    const float *x, *dy;
    float *to;
    int64_t count;
    float alpha, beta;
} lists;

/* Where the function is constant, dx is 0 even if dy is infinite. */
#define KIND(CONSTANT, name, number, n_parameters, formula)                                        \
    CPU_CLONES                                                                                     \
    static void name##_each(const lists *all)                                                      \
    {                                                                                              \
        const lists l = *all;                                                                      \
        _Pragma("omp simd") for (int64_t i = 0; i < l.count; i++) l.to[i] =                        \
            name##_value(l.x[i], l.alpha, l.beta);                                                 \
    }                                                                                              \
    CPU_CLONES                                                                                     \
    static void name##_grad_each(const lists *all)                                                 \
    {                                                                                              \
        const lists l = *all;                                                                      \
        _Pragma("omp simd") for (int64_t i = 0; i < l.count; i++)                                  \
        {                                                                                          \
            float slope = name##_slope(l.x[i], l.alpha, l.beta), dx = l.dy[i] * slope;             \
            l.to[i] = slope == 0.0f ? 0.0f : dx;                                                   \
        }                                                                                          \
    }
RN_ACTIVATIONS(KIND)
#undef KIND

void cpu_activate(const rn_activation_attrs *attrs, const float *x, float *y, int64_t count)
{
    static void (*const loops[])(const lists *) = {
#define KIND(CONSTANT, name, number, n_parameters, formula) [number] = name##_each,
        RN_ACTIVATIONS(KIND)
#undef KIND
    };
    loops[attrs->kind](&(lists){ x, NULL, y, count, (float)attrs->alpha, (float)attrs->beta });
}

void cpu_activate_grad(const rn_activation_attrs *attrs, const float *dy, const float *x, float *dx,
                       int64_t count)
{
    static void (*const loops[])(const lists *) = {
#define KIND(CONSTANT, name, number, n_parameters, formula) [number] = name##_grad_each,
        RN_ACTIVATIONS(KIND)
#undef KIND
    };
    loops[attrs->kind](&(lists){ x, dy, dx, count, (float)attrs->alpha, (float)attrs->beta });
}

typedef struct activation_call {
    const rn_activation_attrs *attrs;
    const float *x, *dy;
    float *to;
} activation_call;

static void activation_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const activation_call *c = argument;
    (void)thread;
    cpu_activate(c->attrs, c->x + begin, c->to + begin, end - begin);
}

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const activation_call *c = argument;
    (void)thread;
    cpu_activate_grad(c->attrs, c->dy + begin, c->x + begin, c->to + begin, end - begin);
}

static rn_status activation_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    return activation_check(cpu_host, op);
}

static void activation_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    activation_call call = { .attrs = kernel->desc.attrs,
                             .x = operands[RN_AT_ACTIVATION_X],
                             .to = operands[RN_AT_ACTIVATION_Y] };
    (void)workspace;
    cpu_parallel(kernel->context, shape_count(kernel->desc.inputs[RN_ACTIVATION_X]),
                 activation_work, &call);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    activation_call call = { .attrs = kernel->desc.attrs,
                             .x = operands[RN_AT_ACTIVATION_GRAD_X],
                             .dy = operands[RN_AT_ACTIVATION_GRAD_DY],
                             .to = operands[RN_AT_ACTIVATION_GRAD_DX] };
    (void)workspace;
    cpu_parallel(kernel->context, shape_count(kernel->desc.inputs[RN_ACTIVATION_GRAD_X]), grad_work,
                 &call);
}

const cpu_operator cpu_activation = { .query = activation_query, .run = activation_run };
const cpu_operator cpu_activation_grad = { .query = activation_query, .run = grad_run };
