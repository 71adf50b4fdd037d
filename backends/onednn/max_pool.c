/* max_pool.c: the largest pixel of each window; the gradient goes only to that pixel.
 *
 * As in the reference, the first of equal pixels wins, and NaN over everything. The gradient is
 * gathered: each pixel of dx from the windows that contain it, so that rows are independent. */
#ifdef LANES_SET

CPU_INLINE void LANES_NAME(window_max)(const pool_call *c, pool_pixels at, pool_taps rows,
                                       pool_taps columns, bool bf16)
{
    lanes best = lanes_all(-INFINITY);
    lanes position = lanes_all((float)(rows.begin * c->columns.kernel + columns.begin));
    for (int64_t r = rows.begin; r < rows.end; r++) {
        int64_t first = at.from + ((rows.start + r) * c->columns.input + columns.start) * c->lot;
        for (int64_t s = columns.begin; s < columns.end; s++)
            lanes_keep_larger(&best, &position, lanes_load(c->from, first + s * c->lot, bf16),
                              (float)(r * c->columns.kernel + s));
    }
    if (c->index)
        lanes_store_bytes(c->index, at.to, position);
    if (c->stream)
        lanes_stream(c->to, at.to, best, bf16);
    else
        lanes_store(c->to, at.to, best, bf16);
}

/* Rows [begin, end) of y, counted over all planes. Prefetches the pixels that the next row reads
 * and this one does not; rows are too short for the hardware to predict that. Zen 4,
 * one thread, 128x64x48x48: 4.7 ms with and 10 ms without. */
CPU_INLINE void LANES_NAME(rows_of)(pool_call c, int64_t begin, int64_t end, bool bf16)
{
    const int64_t pixel_bytes = bf16 ? 32 : 64;
    const int64_t new_pixels = c.rows.stride * c.columns.stride * c.lot;
    for (int64_t row = begin; row < end; row++) {
        int64_t plane = row / c.rows.output;
        pool_taps rows = taps_of(&c.rows, row % c.rows.output);
        int64_t first = plane * c.rows.input * c.columns.input * c.lot;
        int64_t next = first + (rows.start + c.rows.kernel) * c.columns.input * c.lot;
        pool_pixels at = { first, row * c.columns.output * c.lot };
        for (int64_t q = 0; q < c.columns.output; q++) {
            for (int64_t i = 0; i < new_pixels; i++, next++)
                __builtin_prefetch((const char *)c.from + next * pixel_bytes);
            for (at.from = first; at.from < first + c.lot; at.from++, at.to++)
                LANES_NAME(window_max)(&c, at, rows, taps_of(&c.columns, q), bf16);
        }
    }
}

static void LANES_NAME(rows)(const pool_call *c, int64_t begin, int64_t end)
{
    if (c->bf16)
        LANES_NAME(rows_of)(*c, begin, end, true);
    else
        LANES_NAME(rows_of)(*c, begin, end, false);
}

/* The sum that windows `rows` by `columns` contribute to the pixel that they all contain. `begin`
 * is the first pixel of its plane of dy. */
CPU_INLINE lanes LANES_NAME(gather)(const pool_call *c, int64_t begin, pool_holders rows,
                                    pool_holders columns, bool bf16)
{
    lanes sum = lanes_all(0);
    for (int64_t p = rows.begin; p < rows.end; p++) {
        int64_t row = begin + p * c->columns.output * c->lot;
        int64_t r = rows.at - p * c->rows.stride;
        for (int64_t q = columns.begin; q < columns.end; q++) {
            int64_t s = columns.at - q * c->columns.stride, at = row + q * c->lot;
            uint16_t won = lanes_equal_bytes(c->index, at, (uint8_t)(r * c->columns.kernel + s));
            sum = lanes_add(sum, lanes_keep(won, lanes_load(c->from, at, bf16)));
        }
    }
    return sum;
}

/* Rows [begin, end) of dx. */
CPU_INLINE void LANES_NAME(grad_rows_of)(pool_call c, int64_t begin, int64_t end, bool bf16)
{
    for (int64_t row = begin; row < end; row++) {
        int64_t first = row / c.rows.input * c.rows.output * c.columns.output * c.lot;
        int64_t to = row * c.columns.input * c.lot;
        pool_holders rows = holders_of(&c.rows, row % c.rows.input);
        pool_holders columns = holders_of(&c.columns, 0);
        for (int64_t w = 0; w < c.columns.input; w++, holders_step(&c.columns, &columns))
            for (int64_t i = 0; i < c.lot; i++, to++) {
                lanes sum = LANES_NAME(gather)(&c, first + i, rows, columns, bf16);
                if (c.stream)
                    lanes_stream(c.to, to, sum, bf16);
                else
                    lanes_store(c.to, to, sum, bf16);
            }
    }
}

static void LANES_NAME(grad_rows)(const pool_call *c, int64_t begin, int64_t end)
{
    if (c->bf16)
        LANES_NAME(grad_rows_of)(*c, begin, end, true);
    else
        LANES_NAME(grad_rows_of)(*c, begin, end, false);
}

#else
#include <math.h>

#include "cpu/clones.h"
#include "onednn/onednn.h"
#include "reference/reference.h"

typedef struct pool_call {
    const void *from; /* x or dy */
    void *to;         /* y or dx */
    uint8_t *index;   /* may be NULL in max_pool */
    shape_window rows, columns;
    int64_t lot; /* of the images */
    bool bf16, stream;
} pool_call;

/* Pixel indices: the first of a plane of x, and one of y. */
typedef struct pool_pixels {
    int64_t from, to;
} pool_pixels;

/* The taps of an output inside the input, along one axis; tap r reads start + r. */
typedef struct pool_taps {
    int64_t begin, end, start;
} pool_taps;

/* The outputs whose windows contain an input, along one axis; for output p it is tap at - p *
 * stride. */
typedef struct pool_holders {
    int64_t begin, end, at;
} pool_holders;

CPU_INLINE pool_taps taps_of(const shape_window *w, int64_t output)
{
    int64_t start = output * w->stride - w->padding, inside = w->input - start;
    return (pool_taps){ start < 0 ? -start : 0, inside < w->kernel ? inside : w->kernel, start };
}

CPU_INLINE pool_holders holders_of(const shape_window *w, int64_t input)
{
    int64_t at = input + w->padding, end = at / w->stride + 1;
    return (pool_holders){ shape_divide_up(at - w->kernel + 1, w->stride),
                           end < w->output ? end : w->output, at };
}

/* Moves to the next input without a division. */
CPU_INLINE void holders_step(const shape_window *w, pool_holders *h)
{
    h->at++;
    if (h->begin * w->stride + w->kernel <= h->at)
        h->begin++;
    if (h->end < w->output && h->end * w->stride <= h->at)
        h->end++;
}

#define LANES_FILE "onednn/max_pool.c"
#include "onednn/lanes_each.h"

static void rows_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    LANES_BEST(rows)(argument, begin, end);
}

static void grad_rows_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    LANES_BEST(grad_rows)(argument, begin, end);
}

static rn_status max_pool_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs; i++)
        onednn_answer_image(context, op, answer, i);
    return reference_max_pool.query(context, op, answer);
}

static void max_pool_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_MAX_POOL_X],
                         *y = kernel->desc.outputs[RN_MAX_POOL_Y];
    pool_call call = { .from = operands[RN_AT_MAX_POOL_X],
                       .to = operands[RN_AT_MAX_POOL_Y],
                       .index = operands[RN_AT_MAX_POOL_INDEX],
                       .rows = shape_pool_window(kernel->desc.attrs, x, y, 0),
                       .columns = shape_pool_window(kernel->desc.attrs, x, y, 1),
                       .lot = onednn_lot(x),
                       .bf16 = onednn_is_bf16(x),
                       .stream = onednn_streams(y) };
    (void)workspace;
    cpu_parallel(kernel->context, onednn_planes(y) * y->shape[2], rows_work, &call);
}

static rn_status grad_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs; i++)
        onednn_answer_image(context, op, answer, i);
    return RN_OK;
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *dy = kernel->desc.inputs[RN_MAX_POOL_GRAD_DY],
                         *dx = kernel->desc.outputs[RN_MAX_POOL_GRAD_DX];
    pool_call call = { .from = operands[RN_AT_MAX_POOL_GRAD_DY],
                       .to = operands[RN_AT_MAX_POOL_GRAD_DX],
                       .index = operands[RN_AT_MAX_POOL_GRAD_INDEX],
                       .rows = shape_pool_window(kernel->desc.attrs, dx, dy, 0),
                       .columns = shape_pool_window(kernel->desc.attrs, dx, dy, 1),
                       .lot = onednn_lot(dy),
                       .bf16 = onednn_is_bf16(dy),
                       .stream = onednn_streams(dx) };
    (void)workspace;
    cpu_parallel(kernel->context, onednn_planes(dx) * dx->shape[2], grad_rows_work, &call);
}

const cpu_operator onednn_max_pool = { .query = max_pool_query,
                                       .run = max_pool_run,
                                       .takes_layouts = 1 };
const cpu_operator onednn_max_pool_grad = { .query = grad_query,
                                            .run = grad_run,
                                            .takes_layouts = 1 };
#endif
