/* columns.c: convolutions of any shape as products with the matrix of columns (im2col),
 * which is made in pieces that stay in the cache; where x is that matrix (1x1, stride 1), x
 * itself is used. */
#include "cpu_blas/conv2d/columns.h"

#include <string.h>

#include "cpu_blas/conv2d/finish.h"

/* Pixels of y in an item. 256 is where sgemm comes within 3% of its best rate on Zen 4; more would
 * only take cache. */
#define ITEM_PIXELS 256

/* Floats of one piece of the matrix: half of a 1 MB L2 cache. */
#define COLUMN_FLOATS (128 * 1024)

typedef struct columns_place {
    const conv2d_shape *s;
    items_item item;
    int64_t channel, n_channels; /* of x */
    int64_t n_pixels;            /* columns of the matrix */
} columns_place;

static int64_t item_pixels(const conv2d_shape *s, const items_item *i)
{
    return (i->n1 - i->n0) * (i->row1 - i->row0) * s->q;
}

static int64_t taps(const conv2d_shape *s)
{
    return s->rows.kernel * s->columns.kernel;
}

/* True if x, or a part of it, is the matrix. */
static bool is_identity(const conv2d_shape *s, const items_item *item)
{
    return taps(s) == 1 && s->rows.stride == 1 && s->columns.stride == 1 && s->p == s->h &&
           s->q == s->w && s->rows.padding == 0 && s->columns.padding == 0 &&
           item->n1 - item->n0 == 1;
}

/* One row of y's pixels under tap s: to[q] = from[q * stride + offset], 0 outside of the image. */
static void row_gather(const shape_window *w, int64_t tap, const float *from, float *to)
{
    shape_range inside = shape_outputs_of_tap(w, tap);
    const float *shifted = from + tap * w->dilation - w->padding;
    for (int64_t q = 0; q < inside.begin; q++)
        to[q] = 0.0f;
    if (w->stride == 1)
        memcpy(to + inside.begin, shifted + inside.begin,
               (size_t)(inside.end - inside.begin) * sizeof *to);
    else
        for (int64_t q = inside.begin; q < inside.end; q++)
            to[q] = shifted[q * w->stride];
    for (int64_t q = inside.end; q < w->output; q++)
        to[q] = 0.0f;
}

static void row_scatter(const shape_window *w, int64_t tap, const float *from, float *to)
{
    shape_range inside = shape_outputs_of_tap(w, tap);
    float *shifted = to + tap * w->dilation - w->padding;
    if (w->stride == 1)
        for (int64_t q = inside.begin; q < inside.end; q++)
            shifted[q] += from[q];
    else
        for (int64_t q = inside.begin; q < inside.end; q++)
            shifted[q * w->stride] += from[q];
}

/* Calls `row` on each pair of a row of the matrix and the row of the plane under it. */
static void columns_gather(const columns_place *at, const float *x, float *columns)
{
    const conv2d_shape *s = at->s;
    for (int64_t c = at->channel; c < at->channel + at->n_channels; c++)
        for (int64_t tap = 0; tap < taps(s); tap++)
            for (int64_t n = at->item.n0; n < at->item.n1; n++) {
                const float *plane = x + (n * s->c + c) * s->h * s->w;
                int64_t r = tap / s->columns.kernel;
                shape_range inside = shape_outputs_of_tap(&s->rows, r);
                for (int64_t p = at->item.row0; p < at->item.row1; p++, columns += s->q) {
                    int64_t y = p * s->rows.stride + r * s->rows.dilation - s->rows.padding;
                    if (p < inside.begin || p >= inside.end)
                        memset(columns, 0, (size_t)s->q * sizeof *columns);
                    else
                        row_gather(&s->columns, tap % s->columns.kernel, plane + y * s->w, columns);
                }
            }
}

/* The reverse: adds the columns to the pixels that they came from. */
static void columns_scatter(const columns_place *at, const float *columns, float *x)
{
    const conv2d_shape *s = at->s;
    for (int64_t c = at->channel; c < at->channel + at->n_channels; c++)
        for (int64_t tap = 0; tap < taps(s); tap++)
            for (int64_t n = at->item.n0; n < at->item.n1; n++) {
                float *plane = x + (n * s->c + c) * s->h * s->w;
                int64_t r = tap / s->columns.kernel;
                shape_range inside = shape_outputs_of_tap(&s->rows, r);
                for (int64_t p = at->item.row0; p < at->item.row1; p++, columns += s->q) {
                    int64_t y = p * s->rows.stride + r * s->rows.dilation - s->rows.padding;
                    if (p >= inside.begin && p < inside.end)
                        row_scatter(&s->columns, tap % s->columns.kernel, columns,
                                    plane + y * s->w);
                }
            }
}

/* Channels [k, k + n_k) of an item of y, a matrix with a pixel a column. */
typedef struct pixels_matrix {
    float *values;
    int64_t stride;
} pixels_matrix;

/* y itself if the item is of one image; `copy` otherwise. */
static pixels_matrix pixels_at(const conv2d_call *call, const items_item *item, int64_t k,
                               float *copy)
{
    const conv2d_shape *s = &call->plan->s;
    if (item->n1 - item->n0 > 1)
        return (pixels_matrix){ copy, item_pixels(s, item) };
    return (pixels_matrix){ call->y + (item->n0 * s->k + k) * s->p * s->q + item->row0 * s->q,
                            s->p * s->q };
}

/* Copies between y and the matrix, image after image; one image needs none. */
static void pixels_copy(const conv2d_call *call, const items_item *item, int64_t k, float *copy)
{
    const conv2d_shape *s = &call->plan->s;
    int64_t plane = s->p * s->q, n_k = s->k / s->groups;
    if (item->n1 - item->n0 == 1)
        return;
    for (int64_t i = 0; i < n_k; i++)
        for (int64_t n = item->n0; n < item->n1; n++, copy += plane) {
            float *y = call->y + (n * s->k + k + i) * plane;
            if (call->plan->pass == CONV2D_FORWARD)
                memcpy(y, copy, (size_t)plane * sizeof *y);
            else
                memcpy(copy, y, (size_t)plane * sizeof *y);
        }
}

/* The matrix's rows for channels of x. */
static pixels_matrix columns_of(const conv2d_call *call, const columns_place *at, float *room)
{
    const conv2d_shape *s = at->s;
    if (is_identity(s, &at->item))
        return (pixels_matrix){ call->x + (at->item.n0 * s->c + at->channel) * s->h * s->w +
                                    at->item.row0 * s->w,
                                s->h * s->w };
    columns_gather(at, call->x, room);
    return (pixels_matrix){ room, at->n_pixels };
}

static int64_t column_floats(const conv2d_plan *plan)
{
    const conv2d_shape *s = &plan->s;
    return cpu_blas_round(plan->block_channels * taps(s) * plan->items.most_images *
                          plan->items.most_rows * s->q);
}

/* Channels of the block that begins at c of a group. */
static int64_t block_width(const conv2d_plan *plan, int64_t c)
{
    return cpu_blas_min(plan->block_channels, plan->s.c / plan->s.groups - c);
}

static void forward_group(const conv2d_call *call, const items_item *item, int64_t group,
                          float *room)
{
    const conv2d_plan *plan = call->plan;
    const conv2d_shape *s = &plan->s;
    int64_t n_c = s->c / s->groups, n_k = s->k / s->groups;
    float *copy = room + column_floats(plan);
    pixels_matrix y = pixels_at(call, item, group * n_k, copy);
    for (int64_t c = 0; c < n_c; c += plan->block_channels) {
        int64_t width = block_width(plan, c);
        columns_place at = { s, *item, group * n_c + c, width, item_pixels(s, item) };
        pixels_matrix columns = columns_of(call, &at, room);
        cpu_blas_multiply(
            &(cpu_blas_product){ .m = n_k,
                                 .n = at.n_pixels,
                                 .k = width * taps(s),
                                 .a = call->weight + (group * n_k * n_c + c) * taps(s),
                                 .a_stride = n_c * taps(s),
                                 .b = columns.values,
                                 .b_stride = columns.stride,
                                 .c = y.values,
                                 .c_stride = y.stride,
                                 .beta = c > 0 });
    }
    pixels_copy(call, item, group * n_k, copy);
}

static void forward(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const conv2d_call *call = argument;
    float *room = conv2d_slice(call, thread);
    for (int64_t i = begin; i < end; i++) {
        items_item item = items_at(&call->plan->items, i);
        for (int64_t group = 0; group < call->plan->s.groups; group++)
            forward_group(call, &item, group, room);
        cpu_blas_item_finish(call, &item);
    }
}

static void grad_weight_group(const conv2d_call *call, const items_item *item, int64_t group,
                              float *room)
{
    const conv2d_plan *plan = call->plan;
    const conv2d_shape *s = &plan->s;
    int64_t n_c = s->c / s->groups, n_k = s->k / s->groups;
    float *copy = room + column_floats(plan);
    pixels_matrix dy = pixels_at(call, item, group * n_k, copy);
    pixels_copy(call, item, group * n_k, copy);
    for (int64_t c = 0; c < n_c; c += plan->block_channels) {
        int64_t width = block_width(plan, c);
        columns_place at = { s, *item, group * n_c + c, width, item_pixels(s, item) };
        pixels_matrix columns = columns_of(call, &at, room);
        cpu_blas_multiply(
            &(cpu_blas_product){ .m = n_k,
                                 .n = width * taps(s),
                                 .k = at.n_pixels,
                                 .a = dy.values,
                                 .a_stride = dy.stride,
                                 .b = columns.values,
                                 .b_stride = columns.stride,
                                 .b_transposed = true,
                                 .c = call->weight + (group * n_k * n_c + c) * taps(s),
                                 .c_stride = n_c * taps(s),
                                 .beta = 1.0f });
    }
}

/* Each thread sums into a separate gradient, at the beginning of its slice. */
static void grad_weight(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    conv2d_call call = *(const conv2d_call *)argument;
    const conv2d_shape *s = &call.plan->s;
    int64_t count = s->k * (s->c / s->groups) * taps(s);
    call.weight = conv2d_slice(&call, thread);
    for (int64_t i = begin; i < end; i++) {
        items_item item = items_at(&call.plan->items, i);
        for (int64_t group = 0; group < s->groups; group++)
            grad_weight_group(&call, &item, group, call.weight + cpu_blas_round(count));
    }
}

static void slices_clear(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const conv2d_call *call = argument;
    (void)thread;
    for (int32_t t = 0; t < call->plan->n_threads; t++)
        memset(conv2d_slice(call, t) + begin, 0, (size_t)(end - begin) * sizeof(float));
}

CPU_CLONES
static void slices_add(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const conv2d_call *call = argument;
    (void)thread;
    memcpy(call->weight + begin, conv2d_slice(call, 0) + begin,
           (size_t)(end - begin) * sizeof(float));
    for (int32_t t = 1; t < call->plan->n_threads; t++) {
        const float *part = conv2d_slice(call, t);
        for (int64_t i = begin; i < end; i++)
            call->weight[i] += part[i];
    }
}

static void run_grad_weight(const conv2d_call *call)
{
    const conv2d_shape *s = &call->plan->s;
    int64_t count = s->k * (s->c / s->groups) * taps(s);
    conv2d_call copy = *call;
    cpu_parallel(call->context, count, slices_clear, &copy);
    cpu_parallel(call->context, call->plan->items.count, grad_weight, &copy);
    cpu_parallel(call->context, count, slices_add, &copy);
}

static void grad_input_block(const conv2d_call *call, const columns_place *at, int64_t group,
                             float *room)
{
    const conv2d_plan *plan = call->plan;
    const conv2d_shape *s = &plan->s;
    int64_t n_c = s->c / s->groups, n_k = s->k / s->groups;
    int64_t c = at->channel - group * n_c;
    pixels_matrix dy = pixels_at(call, &at->item, group * n_k, room + column_floats(plan));
    bool direct = is_identity(s, &at->item);
    pixels_matrix columns =
        direct ? columns_of(call, at, room) : (pixels_matrix){ room, at->n_pixels };
    cpu_blas_multiply(&(cpu_blas_product){ .m = at->n_channels * taps(s),
                                           .n = at->n_pixels,
                                           .k = n_k,
                                           .a = call->weight + (group * n_k * n_c + c) * taps(s),
                                           .a_stride = n_c * taps(s),
                                           .a_transposed = true,
                                           .b = dy.values,
                                           .b_stride = dy.stride,
                                           .c = columns.values,
                                           .c_stride = columns.stride,
                                           .beta = direct && call->z });
    if (!direct)
        columns_scatter(at, room, call->x);
}

/* What the products are added to: z, which may be in dx already, or 0. */
static void grad_input_begin(const conv2d_call *call, const columns_place *at)
{
    const conv2d_shape *s = at->s;
    for (int64_t n = at->item.n0; n < at->item.n1; n++) {
        int64_t first = (n * s->c + at->channel) * s->h * s->w;
        size_t bytes = (size_t)(at->n_channels * s->h * s->w) * sizeof(float);
        if (call->z && call->z != call->x)
            memcpy(call->x + first, call->z + first, bytes);
        else if (!call->z && !is_identity(s, &at->item))
            memset(call->x + first, 0, bytes);
    }
}

/* The part of dx of some channels and all rows of an item's images: its rows overlap in dx, so one
 * thread does all of them. */
static void grad_input_images(const conv2d_call *call, int64_t images, columns_place at,
                              float *room)
{
    const conv2d_plan *plan = call->plan;
    const conv2d_shape *s = &plan->s;
    int64_t n_c = s->c / s->groups, n_k = s->k / s->groups;
    int64_t group = at.channel / n_c;
    const int64_t first = images * plan->items.per_image;
    for (int64_t i = first; i < first + plan->items.per_image; i++) {
        at.item = items_at(&plan->items, i);
        at.n_pixels = item_pixels(s, &at.item);
        if (at.item.row0 == 0)
            grad_input_begin(call, &at);
        pixels_copy(call, &at.item, group * n_k, room + column_floats(plan));
        grad_input_block(call, &at, group, room);
    }
}

static int64_t blocks_of_group(const conv2d_plan *plan)
{
    int64_t n_c = plan->s.c / plan->s.groups;
    return (n_c + plan->block_channels - 1) / plan->block_channels;
}

static void grad_input(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const conv2d_call *call = argument;
    const conv2d_plan *plan = call->plan;
    const conv2d_shape *s = &plan->s;
    int64_t n_c = s->c / s->groups, n_blocks = blocks_of_group(plan);
    float *room = conv2d_slice(call, thread);
    for (int64_t i = begin; i < end; i++) {
        int64_t images = i / (n_blocks * s->groups), part = i % (n_blocks * s->groups);
        int64_t c = part % n_blocks * plan->block_channels;
        columns_place at = { .s = s,
                             .channel = part / n_blocks * n_c + c,
                             .n_channels = block_width(plan, c) };
        grad_input_images(call, images, at, room);
    }
}

static void run_grad_input(const conv2d_call *call)
{
    const conv2d_plan *plan = call->plan;
    conv2d_call copy = *call;
    cpu_parallel(call->context,
                 plan->items.count / plan->items.per_image * blocks_of_group(plan) * plan->s.groups,
                 grad_input, &copy);
}

static void run_forward(const conv2d_call *call)
{
    conv2d_call copy = *call;
    cpu_parallel(call->context, call->plan->items.count, forward, &copy);
}

void cpu_blas_columns_plan(conv2d_plan *plan)
{
    const conv2d_shape *s = &plan->s;
    int64_t n_c = s->c / s->groups;
    items_work work = { s->n, s->p, s->q, plan->n_threads };
    plan->items = items_cut(&work, ITEM_PIXELS);
    int64_t pixels = plan->items.most_images * plan->items.most_rows * s->q;
    int64_t block = COLUMN_FLOATS / cpu_blas_max(1, pixels * taps(s));
    plan->block_channels = cpu_blas_max(1, cpu_blas_min(n_c, block));
    plan->slice_floats =
        (uint64_t)(column_floats(plan) + cpu_blas_round(s->k / s->groups * pixels));
    items_item first = items_at(&plan->items, 0);
    plan->algorithm = is_identity(s, &first) ? "1x1 product" : "im2col";
    plan->run = run_forward;
    if (plan->pass == CONV2D_GRAD_INPUT)
        plan->run = run_grad_input;
    if (plan->pass == CONV2D_GRAD_WEIGHT) {
        plan->slice_floats += (uint64_t)cpu_blas_round(s->k * n_c * taps(s));
        plan->run = run_grad_weight;
    }
}
