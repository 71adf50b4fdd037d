/* avg_pool.c: the mean of each window, tap by tap over whole rows; the gradient distributes dy
 * evenly over the window. Padding counts as zeros, or with exclude_padding not at all. */
#include <string.h>

#include "cpu_blas/cpu_blas.h"

typedef struct pool_call {
    shape_window rows, columns;
    bool exclude_padding;
    const float *from;
    float *to;
} pool_call;

/* The divisor of window (p,q). */
static float divisor(const pool_call *call, int64_t p, int64_t q)
{
    shape_range r = shape_taps_of_output(&call->rows, p);
    shape_range s = shape_taps_of_output(&call->columns, q);
    return (float)(call->exclude_padding ? (r.end - r.begin) * (s.end - s.begin)
                                         : call->rows.kernel * call->columns.kernel);
}

static void plane_mean(const pool_call *call, const float *x, float *y)
{
    const shape_window *rows = &call->rows, *columns = &call->columns;
    for (int64_t p = 0; p < rows->output; p++, y += columns->output) {
        shape_range r = shape_taps_of_output(rows, p);
        const float *top = x + (p * rows->stride - rows->padding) * columns->input;
        memset(y, 0, (size_t)columns->output * sizeof *y);
        for (int64_t tap = r.begin * columns->kernel; tap < r.end * columns->kernel; tap++) {
            int64_t s = tap % columns->kernel;
            shape_range q = shape_outputs_of_tap(columns, s);
            const float *from = top + tap / columns->kernel * columns->input + s - columns->padding;
            for (int64_t i = q.begin; i < q.end; i++)
                y[i] += from[i * columns->stride];
        }
        for (int64_t q = 0; q < columns->output; q++)
            y[q] /= divisor(call, p, q);
    }
}

static void plane_share(const pool_call *call, const float *dy, float *dx)
{
    const shape_window *rows = &call->rows, *columns = &call->columns;
    memset(dx, 0, (size_t)(rows->input * columns->input) * sizeof *dx);
    for (int64_t p = 0; p < rows->output; p++)
        for (int64_t q = 0; q < columns->output; q++, dy++) {
            shape_range r = shape_taps_of_output(rows, p), s = shape_taps_of_output(columns, q);
            int64_t left = q * columns->stride - columns->padding;
            float share = *dy / divisor(call, p, q);
            for (int64_t i = r.begin; i < r.end; i++) {
                float *to = dx + (p * rows->stride - rows->padding + i) * columns->input + left;
                for (int64_t j = s.begin; j < s.end; j++)
                    to[j] += share;
            }
        }
}

static void mean_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const pool_call *call = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++)
        plane_mean(call, call->from + i * call->rows.input * call->columns.input,
                   call->to + i * call->rows.output * call->columns.output);
}

static void share_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const pool_call *call = argument;
    (void)thread;
    for (int64_t i = begin; i < end; i++)
        plane_share(call, call->from + i * call->rows.output * call->columns.output,
                    call->to + i * call->rows.input * call->columns.input);
}

static void mean_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *d = &kernel->desc;
    const rn_pool_attrs *a = d->attrs;
    pool_call call = { shape_pool_window(a, d->inputs[RN_AVG_POOL_X], d->outputs[RN_AVG_POOL_Y], 0),
                       shape_pool_window(a, d->inputs[RN_AVG_POOL_X], d->outputs[RN_AVG_POOL_Y], 1),
                       a->exclude_padding, operands[RN_AT_AVG_POOL_X], operands[RN_AT_AVG_POOL_Y] };
    (void)workspace;
    cpu_parallel(kernel->context, shape_plane_count(d->inputs[RN_AVG_POOL_X]), mean_work, &call);
}

static void share_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *d = &kernel->desc;
    const rn_pool_attrs *a = d->attrs;
    pool_call call = {
        shape_pool_window(a, d->outputs[RN_AVG_POOL_GRAD_DX], d->inputs[RN_AVG_POOL_GRAD_DY], 0),
        shape_pool_window(a, d->outputs[RN_AVG_POOL_GRAD_DX], d->inputs[RN_AVG_POOL_GRAD_DY], 1),
        a->exclude_padding, operands[RN_AT_AVG_POOL_GRAD_DY], operands[RN_AT_AVG_POOL_GRAD_DX]
    };
    (void)workspace;
    cpu_parallel(kernel->context, shape_plane_count(d->inputs[RN_AVG_POOL_GRAD_DY]), share_work,
                 &call);
}

const cpu_operator cpu_blas_avg_pool = { .run = mean_run };
const cpu_operator cpu_blas_avg_pool_grad = { .run = share_run };
