/* max_pool.c: the largest pixel of each window; the gradient goes only to that pixel.
 *
 * Among equal pixels the first in row-major order wins; NaN wins over everything. `index` is the
 * winner's offset in the window, r * S + s; offsets count padding, which never wins. */
#include <inttypes.h>
#include <math.h>

#include "reference/reference.h"

#define MAX_TAPS 256 /* an index is one byte */

static rn_status max_pool_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    (void)context;
    (void)answer;
    const rn_pool_attrs *a = op->attrs;
    if (op->outputs[RN_MAX_POOL_INDEX] &&
        (a->kernel[0] > MAX_TAPS || a->kernel[0] * a->kernel[1] > MAX_TAPS))
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "max_pool: a window of %" PRId64 " x %" PRId64
                              " has more than the %d pixels that an index can distinguish",
                              a->kernel[0], a->kernel[1], MAX_TAPS);
    return RN_OK;
}

typedef struct winner {
    float value;
    int64_t index;
} winner;

static winner window_maximum(const float *x, const shape_window *rows, const shape_window *columns,
                             int64_t p, int64_t q)
{
    shape_range r = shape_taps_of_output(rows, p), s = shape_taps_of_output(columns, q);
    winner best = { -INFINITY, r.begin * columns->kernel + s.begin };
    for (int64_t i = r.begin; i < r.end; i++) {
        for (int64_t j = s.begin; j < s.end; j++) {
            int64_t h = p * rows->stride + i - rows->padding;
            int64_t w = q * columns->stride + j - columns->padding;
            float value = x[h * columns->input + w];
            if (value > best.value || isnan(value))
                best = (winner){ value, i * columns->kernel + j };
        }
    }
    return best;
}

static void max_pool_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_tensor_desc *x_desc = call->desc->inputs[RN_MAX_POOL_X],
                         *y_desc = call->desc->outputs[RN_MAX_POOL_Y];
    const shape_window rows = shape_pool_window(call->desc->attrs, x_desc, y_desc, 0);
    const shape_window columns = shape_pool_window(call->desc->attrs, x_desc, y_desc, 1);
    const float *x = call->operands[RN_AT_MAX_POOL_X];
    float *y = call->operands[RN_AT_MAX_POOL_Y];
    uint8_t *index = call->operands[RN_AT_MAX_POOL_INDEX];
    int64_t outputs = rows.output * columns.output;

    for (int64_t plane = begin; plane < end; plane++) {
        const float *x_plane = x + plane * rows.input * columns.input;
        for (int64_t i = 0; i < outputs; i++) {
            int64_t p = i / columns.output, q = i % columns.output;
            winner best = window_maximum(x_plane, &rows, &columns, p, q);
            y[plane * outputs + i] = best.value;
            if (index)
                index[plane * outputs + i] = (uint8_t)best.index;
        }
    }
}

static void max_pool_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.inputs[RN_MAX_POOL_X]), max_pool_work);
}

const cpu_operator reference_max_pool = { .query = max_pool_query, .run = max_pool_run };

static rn_status grad_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    return reference_ask_sums(context, shape_plane_size(op->outputs[RN_MAX_POOL_GRAD_DX]), answer);
}

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const reference_call *call = argument;
    const rn_tensor_desc *dx_desc = call->desc->outputs[RN_MAX_POOL_GRAD_DX],
                         *dy_desc = call->desc->inputs[RN_MAX_POOL_GRAD_DY];
    const shape_window rows = shape_pool_window(call->desc->attrs, dx_desc, dy_desc, 0);
    const shape_window columns = shape_pool_window(call->desc->attrs, dx_desc, dy_desc, 1);
    int64_t size = rows.input * columns.input, outputs = rows.output * columns.output;
    const float *dy = call->operands[RN_AT_MAX_POOL_GRAD_DY];
    const uint8_t *index = call->operands[RN_AT_MAX_POOL_GRAD_INDEX];
    float *dx = call->operands[RN_AT_MAX_POOL_GRAD_DX];
    double *sums = reference_sums(call, size, thread);

    for (int64_t plane = begin; plane < end; plane++) {
        reference_clear(sums, size, 0);
        for (int64_t i = 0; i < outputs; i++) {
            int64_t p = i / columns.output, q = i % columns.output;
            int64_t r = index[plane * outputs + i] / columns.kernel;
            int64_t s = index[plane * outputs + i] % columns.kernel;
            int64_t h = p * rows.stride + r - rows.padding;
            int64_t w = q * columns.stride + s - columns.padding;
            sums[h * columns.input + w] += (double)dy[plane * outputs + i];
        }
        reference_round(sums, size, dx + plane * size);
    }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.inputs[RN_MAX_POOL_GRAD_DY]), grad_work);
}

const cpu_operator reference_max_pool_grad = { .query = grad_query, .run = grad_run };
