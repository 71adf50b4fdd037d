/* avg_pool.c: the mean of each window; the gradient distributes dy evenly over the window.
 *
 * Padding counts as zeros: the sum is divided by the window's size, or with exclude_padding by the
 * number of its pixels inside the image. */
#include "reference/reference.h"

/* Both axes of the pooling. */
typedef struct windows {
    shape_window rows, columns;
    bool exclude_padding;
} windows;

static windows windows_of(const rn_pool_attrs *a, const rn_tensor_desc *x, const rn_tensor_desc *y)
{
    return (windows){ .rows = shape_pool_window(a, x, y, 0),
                      .columns = shape_pool_window(a, x, y, 1),
                      .exclude_padding = a->exclude_padding != 0 };
}

/* The pixels of window (p,q) inside the image, and the divisor of their sum. */
typedef struct window {
    shape_range h, w;
    double divisor;
} window;

static window window_at(const windows *all, int64_t p, int64_t q)
{
    shape_range r = shape_taps_of_output(&all->rows, p), s = shape_taps_of_output(&all->columns, q);
    int64_t top = p * all->rows.stride - all->rows.padding;
    int64_t left = q * all->columns.stride - all->columns.padding;
    int64_t pixels = all->exclude_padding ? (r.end - r.begin) * (s.end - s.begin)
                                          : all->rows.kernel * all->columns.kernel;
    return (window){ .h = { top + r.begin, top + r.end },
                     .w = { left + s.begin, left + s.end },
                     .divisor = (double)pixels };
}

static float window_mean(const windows *all, const float *x, int64_t p, int64_t q)
{
    window win = window_at(all, p, q);
    double sum = 0;
    for (int64_t h = win.h.begin; h < win.h.end; h++)
        for (int64_t w = win.w.begin; w < win.w.end; w++)
            sum += (double)x[h * all->columns.input + w];
    return (float)(sum / win.divisor);
}

static void avg_pool_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_op_desc *desc = call->desc;
    const windows all =
        windows_of(desc->attrs, desc->inputs[RN_AVG_POOL_X], desc->outputs[RN_AVG_POOL_Y]);
    const float *x = call->operands[RN_AT_AVG_POOL_X];
    float *y = call->operands[RN_AT_AVG_POOL_Y];

    int64_t to = begin * all.rows.output * all.columns.output;
    for (int64_t plane = begin; plane < end; plane++)
        for (int64_t p = 0; p < all.rows.output; p++)
            for (int64_t q = 0; q < all.columns.output; q++, to++)
                y[to] = window_mean(&all, x + plane * all.rows.input * all.columns.input, p, q);
}

static void avg_pool_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.inputs[RN_AVG_POOL_X]), avg_pool_work);
}

const cpu_operator reference_avg_pool = { .run = avg_pool_run };

static rn_status grad_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    return reference_ask_sums(context, shape_plane_size(op->outputs[RN_AVG_POOL_GRAD_DX]), answer);
}

static void window_share(const windows *all, double dy, int64_t p, int64_t q, double *sums)
{
    window win = window_at(all, p, q);
    for (int64_t h = win.h.begin; h < win.h.end; h++)
        for (int64_t w = win.w.begin; w < win.w.end; w++)
            sums[h * all->columns.input + w] += dy / win.divisor;
}

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const reference_call *call = argument;
    const rn_op_desc *desc = call->desc;
    const windows all = windows_of(desc->attrs, desc->outputs[RN_AVG_POOL_GRAD_DX],
                                   desc->inputs[RN_AVG_POOL_GRAD_DY]);
    int64_t size = all.rows.input * all.columns.input;
    const float *dy = call->operands[RN_AT_AVG_POOL_GRAD_DY];
    float *dx = call->operands[RN_AT_AVG_POOL_GRAD_DX];
    double *sums = reference_sums(call, size, thread);

    int64_t from = begin * all.rows.output * all.columns.output;
    for (int64_t plane = begin; plane < end; plane++) {
        reference_clear(sums, size, 0);
        for (int64_t p = 0; p < all.rows.output; p++)
            for (int64_t q = 0; q < all.columns.output; q++, from++)
                window_share(&all, (double)dy[from], p, q, sums);
        reference_round(sums, size, dx + plane * size);
    }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_plane_count(kernel->desc.inputs[RN_AVG_POOL_GRAD_DY]), grad_work);
}

const cpu_operator reference_avg_pool_grad = { .query = grad_query, .run = grad_run };
