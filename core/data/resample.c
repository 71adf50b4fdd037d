/* resample.c: Pillow's two passes (src/libImaging/Resample.c), rounding to a byte after each. */
#include "data/resample.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/resample_axis.h"
#include "data/resample_filter.h"

/* The source in the pixels that a picture holds, and the filters along both of its axes. */
struct frame {
    int64_t top, left;
    rn_axis_params horizontal, vertical;
};

static rn_axis_params make_axis(const rn_resample *r, int64_t from, int64_t to)
{
    return (rn_axis_params){
        .filter = r->filter, .antialias = r->antialias, .from = from, .high = (float)from, .to = to
    };
}

/* True if the pass would copy; Pillow skips it, too. */
static bool is_copy(const rn_axis_params *axis)
{
    return axis->from == axis->to && axis->low == 0.0F && axis->high == (float)axis->from;
}

/* A pass that copies looks at nothing but the pixel itself. */
static void want_part(rn_axis_params *axis, int64_t first, int64_t count)
{
    axis->first = first;
    axis->count = count;
    if (is_copy(axis))
        axis->filter = RN_FILTER_NEAREST;
}

static void want(rn_axis_params *horizontal, rn_axis_params *vertical, rn_window wanted)
{
    want_part(horizontal, wanted.left, wanted.width);
    want_part(vertical, wanted.top, wanted.height);
}

rn_window rn_resample_needs(const rn_resample *r, rn_window wanted)
{
    rn_axis_params h = make_axis(r, r->source.width, r->to.width);
    rn_axis_params v = make_axis(r, r->source.height, r->to.height);
    int64_t left, right, top, bottom;
    want(&h, &v, wanted);
    rn_axis_reach(&h, &left, &right);
    rn_axis_reach(&v, &top, &bottom);
    return (rn_window){ .top = r->source.top + top,
                        .left = r->source.left + left,
                        .height = bottom - top,
                        .width = right - left };
}

/* The axis from `at` to `at + length` in pixels of the full size, where the picture has the pixels
 * from `begin` of a side that was shrunk. */
static void shrink_axis(rn_axis_params *axis, int32_t shrunk, int64_t at, int64_t length,
                        int64_t begin)
{
    axis->low = (float)((double)at / shrunk - (double)begin);
    axis->high = (float)((double)(at + length) / shrunk - (double)begin);
}

/* The whole of a picture that was shrunk is the source; `low` and `high` say what part counts. */
static struct frame frame_shrunk(const rn_resample *r, const rn_picture *from)
{
    struct frame frame = { .horizontal = make_axis(r, from->window.width, r->to.width),
                           .vertical = make_axis(r, from->window.height, r->to.height) };
    shrink_axis(&frame.horizontal, from->shrunk, r->source.left, r->source.width,
                from->window.left);
    shrink_axis(&frame.vertical, from->shrunk, r->source.top, r->source.height, from->window.top);
    return frame;
}

static struct frame find_frame(const rn_resample *r, rn_window wanted, const rn_picture *from)
{
    struct frame frame = { .top = r->source.top - from->window.top,
                           .left = r->source.left - from->window.left,
                           .horizontal = make_axis(r, r->source.width, r->to.width),
                           .vertical = make_axis(r, r->source.height, r->to.height) };
    if (from->shrunk > 1)
        frame = frame_shrunk(r, from);
    want(&frame.horizontal, &frame.vertical, wanted);
    return frame;
}

/* One thread's memory: filters, which serve again where sizes repeat, and bytes between passes. */
struct memory {
    rn_axis horizontal, vertical;
    uint8_t *rows, *scratch;
    size_t rows_capacity, scratch_capacity;
};

static pthread_key_t memory_key;
static pthread_once_t memory_once = PTHREAD_ONCE_INIT;

static void free_memory(void *pointer)
{
    struct memory *memory = pointer;
    rn_axis_clear(&memory->horizontal);
    rn_axis_clear(&memory->vertical);
    free(memory->rows);
    free(memory->scratch);
    free(memory);
}

/* Threads that end free theirs by the key; the one that ends the process does not. */
static void free_this_threads(void)
{
    struct memory *memory = pthread_getspecific(memory_key);
    pthread_setspecific(memory_key, NULL);
    if (memory)
        free_memory(memory);
}

static void make_key(void)
{
    if (!pthread_key_create(&memory_key, free_memory))
        atexit(free_this_threads);
}

/* NULL: not enough memory. */
static struct memory *this_threads_memory(void)
{
    pthread_once(&memory_once, make_key);
    struct memory *memory = pthread_getspecific(memory_key);
    if (memory)
        return memory;
    memory = calloc(1, sizeof *memory);
    if (memory && pthread_setspecific(memory_key, memory)) {
        free(memory);
        memory = NULL;
    }
    return memory;
}

static bool grow(uint8_t **bytes, size_t *capacity, size_t size)
{
    if (*capacity >= size)
        return true;
    free(*bytes);
    *bytes = malloc(size);
    *capacity = *bytes ? size : 0;
    return *bytes;
}

/* Pillow 13 begins with the columns if the height shrinks by more than twice what the width does:
 * found by comparing sizes. Before, it began with the rows. */
static bool columns_first(const rn_axis *h, const rn_axis *v)
{
    int64_t rows_less = v->params.from - v->params.to;
    int64_t columns_less = h->params.from - h->params.to;
    return rows_less > 0 && rows_less > 2 * columns_less;
}

/* Sets the filters, and makes room for what is between the passes. */
static bool prepare(struct memory *memory, const struct frame *frame, size_t channels)
{
    if (!memory || !rn_axis_set(&memory->vertical, &frame->vertical) ||
        !rn_axis_set(&memory->horizontal, &frame->horizontal))
        return false;
    const rn_axis *h = &memory->horizontal, *v = &memory->vertical;
    int64_t pixels = columns_first(h, v) ? v->params.count * rn_axis_length(h)
                                         : rn_axis_length(v) * h->params.count;
    return grow(&memory->rows, &memory->rows_capacity, (size_t)pixels * channels) &&
           grow(&memory->scratch, &memory->scratch_capacity, rn_filter_scratch(h, channels));
}

static void copy_rows(rn_byte_rows from, int64_t rows, size_t n, uint8_t *to)
{
    for (int64_t y = 0; y < rows; y++)
        memcpy(to + (size_t)y * n, from.bytes + (size_t)y * from.stride, n);
}

static void run_columns_first(const struct memory *memory, rn_byte_rows from, size_t channels,
                              uint8_t *to)
{
    const rn_axis *h = &memory->horizontal, *v = &memory->vertical;
    bool same_width = is_copy(&h->params);
    size_t row = (size_t)rn_axis_length(h) * channels;
    rn_filter_columns(v, from, row, same_width ? to : memory->rows);
    if (same_width)
        return;
    from = (rn_byte_rows){ memory->rows, row };
    rn_filter_rows(h, from, (size_t)v->params.count, channels, memory->scratch, to);
}

static void run_rows_first(const struct memory *memory, rn_byte_rows from, size_t channels,
                           uint8_t *to)
{
    const rn_axis *h = &memory->horizontal, *v = &memory->vertical;
    bool same_width = is_copy(&h->params), same_height = is_copy(&v->params);
    size_t row = (size_t)h->params.count * channels;
    if (!same_width) {
        uint8_t *rows = same_height ? to : memory->rows;
        rn_filter_rows(h, from, (size_t)rn_axis_length(v), channels, memory->scratch, rows);
        from = (rn_byte_rows){ rows, row };
    }
    if (!same_height)
        rn_filter_columns(v, from, row, to);
    else if (same_width)
        copy_rows(from, v->params.count, row, to);
}

static bool is_side(int64_t length)
{
    return length >= 1 && length <= RN_RESAMPLE_MAX_SIDE;
}

static rn_status check_sides(const rn_resample *r)
{
    const rn_window *s = &r->source;
    if (is_side(s->height) && is_side(s->width) && is_side(r->to.height) && is_side(r->to.width))
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "cannot resize a picture of %" PRId64 "x%" PRId64 " pixels to %" PRId64
                   "x%" PRId64 "; expected sides of 1 to %d",
                   s->height, s->width, r->to.height, r->to.width, RN_RESAMPLE_MAX_SIDE);
}

rn_status rn_resample_run(const rn_resample *r, rn_window wanted, const rn_picture *from,
                          rn_picture *to)
{
    rn_status status = check_sides(r);
    if (status)
        return status;
    struct memory *memory = this_threads_memory();
    struct frame frame = find_frame(r, wanted, from);
    size_t channels = (size_t)from->channels;
    if (!prepare(memory, &frame, channels))
        return rn_fail(RN_E_NOMEM, "not enough memory to resize pictures");
    status = rn_picture_make_window(to, RN_PICTURE_U8, from->channels, r->to, wanted);
    if (status)
        return status;
    size_t stride = (size_t)from->window.width * channels;
    size_t first = (size_t)(frame.top + memory->vertical.firsts[0]) * stride +
                   (size_t)(frame.left + memory->horizontal.firsts[0]) * channels;
    const rn_byte_rows rows = { from->bytes + first, stride };
    if (columns_first(&memory->horizontal, &memory->vertical))
        run_columns_first(memory, rows, channels, to->bytes);
    else
        run_rows_first(memory, rows, channels, to->bytes);
    return RN_OK;
}
