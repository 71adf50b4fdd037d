/* max_pool.c: the largest pixel of each window, tap by tap over whole rows; the gradient goes only
 * to that pixel. The first of equal pixels wins, and NaN over everything. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cpu_blas/cpu_blas.h"

#define MAX_TAPS 256 /* an index is one byte */

typedef struct pool_call {
    shape_window rows, columns;
    const float *from;
    float *to;
    uint8_t *index; /* NULL: not requested */
    float *workspace;
} pool_call;

/* A thread's memory for one row of outputs, in whole vectors. It holds the padded input row as
 * `stride` phases: tap s of output q reads phase[s % stride][q + s / stride], so the inputs of all
 * outputs for one tap are contiguous. */
typedef struct pool_row {
    int64_t width; /* number of outputs */
    float *value;  /* the largest value so far, */
    int32_t *tap;  /* and its tap */
    float *phases;
    int64_t phase_floats;
    shape_range *inside; /* per phase, the part inside the image */
} pool_row;

static int64_t phase_floats(const shape_window *columns)
{
    return cpu_blas_round(columns->output) + cpu_blas_round(columns->kernel / columns->stride + 1);
}

/* The floats in a thread's memory. */
static int64_t row_floats(const shape_window *columns)
{
    int64_t range_floats = (int64_t)(sizeof(shape_range) / sizeof(float));
    return 2 * cpu_blas_round(columns->output) + columns->stride * phase_floats(columns) +
           cpu_blas_round(columns->stride * range_floats);
}

static pool_row row_at(const shape_window *columns, float *memory)
{
    int64_t width = cpu_blas_round(columns->output);
    pool_row row = { .width = width,
                     .value = memory,
                     .tap = (int32_t *)(memory + width),
                     .phases = memory + 2 * width,
                     .phase_floats = phase_floats(columns) };
    shape_window window = *columns;
    window.output = row.phase_floats;
    row.inside = (shape_range *)(row.phases + columns->stride * row.phase_floats);
    for (int64_t j = 0; j < columns->stride; j++)
        row.inside[j] = shape_outputs_of_tap(&window, j);
    for (int64_t i = 0; i < columns->stride * row.phase_floats; i++)
        row.phases[i] = -INFINITY;
    return row;
}

/* Distributes a row of x over the phases. */
CPU_INLINE void row_split(const pool_row *row, const shape_window *columns, const float *x)
{
    for (int64_t j = 0; j < columns->stride; j++) {
        float *phase = row->phases + j * row->phase_floats;
        const float *from = x + j - columns->padding;
        /* With a constant stride, the compiler shuffles loads instead of gathering. */
        if (columns->stride == 2)
            for (int64_t i = row->inside[j].begin; i < row->inside[j].end; i++)
                phase[i] = from[i * 2];
        else
            for (int64_t i = row->inside[j].begin; i < row->inside[j].end; i++)
                phase[i] = from[i * columns->stride];
    }
}

CPU_INLINE void tap_compare(const pool_row *row, const float *from, int32_t tap)
{
    float *best = row->value;
    int32_t *where = row->tap;
#pragma omp simd
    for (int64_t i = 0; i < row->width; i++) {
        float value = from[i];
        bool better = (value > best[i]) | (value != value);
        best[i] = better ? value : best[i];
        where[i] = better ? tap : where[i];
    }
}

/* Computes row p of one plane. */
CPU_CLONES
static void row_maximum(const pool_call *call, const pool_row *row, const float *x, int64_t p)
{
    const shape_window *columns = &call->columns;
    shape_range r = shape_taps_of_output(&call->rows, p);
    int64_t top = p * call->rows.stride - call->rows.padding;
    for (int64_t i = 0; i < row->width; i++) {
        row->value[i] = -INFINITY;
        row->tap[i] = (int32_t)(r.begin * columns->kernel +
                                cpu_blas_max(0, columns->padding - i * columns->stride));
    }
    for (int64_t i = r.begin; i < r.end; i++) {
        row_split(row, columns, x + (top + i) * columns->input);
        for (int64_t s = 0; s < columns->kernel; s++)
            tap_compare(row,
                        row->phases + s % columns->stride * row->phase_floats + s / columns->stride,
                        (int32_t)(i * columns->kernel + s));
    }
}

CPU_CLONES
static void max_pool_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const pool_call *call = argument;
    int64_t height = call->rows.output, width = call->columns.output;
    pool_row row = row_at(&call->columns, call->workspace + thread * row_floats(&call->columns));
    for (int64_t i = begin * height; i < end * height; i++) {
        row_maximum(call, &row, call->from + i / height * call->rows.input * call->columns.input,
                    i % height);
        memcpy(call->to + i * width, row.value, (size_t)width * sizeof(float));
        for (int64_t q = 0; call->index && q < width; q++)
            call->index[i * width + q] = (uint8_t)row.tap[q];
    }
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
                              "%d pixels that an index can distinguish",
                              a->kernel[0], a->kernel[1], MAX_TAPS);
    return RN_OK;
}

static rn_status max_pool_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    shape_window columns =
        shape_pool_window(op->attrs, op->inputs[RN_MAX_POOL_X], op->outputs[RN_MAX_POOL_Y], 1);
    answer->workspace_bytes = (uint64_t)(row_floats(&columns) * context->n_threads) * sizeof(float);
    return op->outputs[RN_MAX_POOL_INDEX] ? taps_check(op->attrs) : RN_OK;
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
    pool_call call = {
        shape_pool_window(d->attrs, d->inputs[RN_MAX_POOL_X], d->outputs[RN_MAX_POOL_Y], 0),
        shape_pool_window(d->attrs, d->inputs[RN_MAX_POOL_X], d->outputs[RN_MAX_POOL_Y], 1),
        operands[RN_AT_MAX_POOL_X],
        operands[RN_AT_MAX_POOL_Y],
        operands[RN_AT_MAX_POOL_INDEX],
        workspace
    };
    cpu_parallel(kernel->context, shape_plane_count(d->inputs[RN_MAX_POOL_X]), max_pool_work,
                 &call);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *d = &kernel->desc;
    pool_call call = { shape_pool_window(d->attrs, d->outputs[RN_MAX_POOL_GRAD_DX],
                                         d->inputs[RN_MAX_POOL_GRAD_DY], 0),
                       shape_pool_window(d->attrs, d->outputs[RN_MAX_POOL_GRAD_DX],
                                         d->inputs[RN_MAX_POOL_GRAD_DY], 1),
                       operands[RN_AT_MAX_POOL_GRAD_DY],
                       operands[RN_AT_MAX_POOL_GRAD_DX],
                       operands[RN_AT_MAX_POOL_GRAD_INDEX],
                       workspace };
    cpu_parallel(kernel->context, shape_plane_count(d->inputs[RN_MAX_POOL_GRAD_DY]), grad_work,
                 &call);
}

const cpu_operator cpu_blas_max_pool = { .query = max_pool_query, .run = max_pool_run };
const cpu_operator cpu_blas_max_pool_grad = { .query = grad_query, .run = grad_run };
