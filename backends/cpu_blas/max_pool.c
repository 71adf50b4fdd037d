/* max_pool.c: the largest pixel of each window, tap by tap over whole rows, and the gradient, which
 * goes to that pixel alone. The first of equal pixels wins, and a NaN over everything. */
#include "cpu_blas/cpu_blas.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define MAX_TAPS 256 /* an index is one byte */

typedef struct pool_call {
    shape_window rows, columns;
    const float *from;
    float *to;
    uint8_t *index; /* NULL: not wanted */
} pool_call;

/* Row p of y, taking tap s of a row of x; x already points at output 0's pixel. */
CPU_BLAS_CLONES
static void tap_maximum(const float *x, int64_t stride, shape_range q, float *y)
{
#pragma omp simd
    for (int64_t i = q.begin; i < q.end; i++) {
        float value = x[i * stride];
        y[i] = (value > y[i]) | (value != value) ? value : y[i];
    }
}

CPU_BLAS_CLONES
static void tap_winner(const float *x, int64_t stride, shape_range q, float *y, uint8_t *index,
                       uint8_t tap)
{
#pragma omp simd
    for (int64_t i = q.begin; i < q.end; i++) {
        float value = x[i * stride];
        bool better = (value > y[i]) | (value != value);
        y[i] = better ? value : y[i];
        index[i] = better ? tap : index[i];
    }
}

/* Row p of one plane. */
static void row_maximum(const pool_call *call, const float *x, int64_t p, float *y, uint8_t *index)
{
    const shape_window *rows = &call->rows, *columns = &call->columns;
    shape_range r = shape_taps_of_output(rows, p);
    int64_t top = p * rows->stride - rows->padding;
    for (int64_t q = 0; q < columns->output; q++) {
        y[q] = -INFINITY;
        if (index)
            index[q] = (uint8_t)(r.begin * columns->kernel +
                                 shape_taps_of_output(columns, q).begin);
    }
    for (int64_t i = r.begin; i < r.end; i++)
        for (int64_t s = 0; s < columns->kernel; s++) {
            const float *from = x + (top + i) * columns->input + s - columns->padding;
            shape_range q = shape_outputs_of_tap(columns, s);
            if (index)
                tap_winner(from, columns->stride, q, y, index,
                           (uint8_t)(i * columns->kernel + s));
            else
                tap_maximum(from, columns->stride, q, y);
        }
}

static void max_pool_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const pool_call *call = argument;
    int64_t x_plane = call->rows.input * call->columns.input, q = call->columns.output;
    (void)thread;
    for (int64_t row = begin * call->rows.output; row < end * call->rows.output; row++)
        row_maximum(call, call->from + row / call->rows.output * x_plane, row % call->rows.output,
                    call->to + row * q, call->index ? call->index + row * q : NULL);
}

static void grad_plane(const pool_call *call, const int64_t *offsets, const float *dy,
                       const uint8_t *index, float *dx)
{
    const shape_window *rows = &call->rows, *columns = &call->columns;
    memset(dx, 0, (size_t)(rows->input * columns->input) * sizeof *dx);
    for (int64_t p = 0; p < rows->output; p++) {
        int64_t corner = (p * rows->stride - rows->padding) * columns->input - columns->padding;
        for (int64_t q = 0; q < columns->output; q++, dy++, index++)
            dx[corner + q * columns->stride + offsets[*index]] += *dy;
    }
}

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const pool_call *call = argument;
    int64_t outputs = call->rows.output * call->columns.output;
    int64_t inputs = call->rows.input * call->columns.input;
    int64_t offsets[MAX_TAPS];
    (void)thread;
    for (int64_t i = 0; i < call->rows.kernel * call->columns.kernel; i++)
        offsets[i] = i / call->columns.kernel * call->columns.input + i % call->columns.kernel;
    for (int64_t plane = begin; plane < end; plane++)
        grad_plane(call, offsets, call->from + plane * outputs, call->index + plane * outputs,
                   call->to + plane * inputs);
}

static rn_status taps_check(const rn_pool_attrs *a)
{
    if (a->kernel[0] > MAX_TAPS || a->kernel[0] * a->kernel[1] > MAX_TAPS)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "max_pool: a window of %" PRId64 " x %" PRId64 " has more than the "
                              "%d pixels that an index can tell apart", a->kernel[0], a->kernel[1],
                              MAX_TAPS);
    return RN_OK;
}

static rn_status max_pool_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    return op->outputs[1] ? taps_check(op->attrs) : RN_OK;
}

static rn_status grad_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    return taps_check(op->attrs);
}

static void max_pool_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *d = &kernel->desc;
    pool_call call = { shape_pool_window(d->attrs, d->inputs[0], d->outputs[0], 0),
                       shape_pool_window(d->attrs, d->inputs[0], d->outputs[0], 1),
                       operands[0], operands[1], operands[2] };
    (void)workspace;
    cpu_parallel(kernel->context, shape_plane_count(d->inputs[0]), max_pool_work, &call);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *d = &kernel->desc;
    pool_call call = { shape_pool_window(d->attrs, d->outputs[0], d->inputs[0], 0),
                       shape_pool_window(d->attrs, d->outputs[0], d->inputs[0], 1),
                       operands[0], operands[2], operands[1] };
    (void)workspace;
    cpu_parallel(kernel->context, shape_plane_count(d->inputs[0]), grad_work, &call);
}

const cpu_operator cpu_blas_max_pool = { "max_pool", max_pool_query, NULL, NULL, max_pool_run };
const cpu_operator cpu_blas_max_pool_grad = { "max_pool_grad", grad_query, NULL, NULL, grad_run };
