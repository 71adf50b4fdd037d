/* grouped_weight.c: the gradient of the weights of grouped 3x3 convolutions. A vector has
 * input channels as lanes, and dy is spread over its group. */
#include "onednn/conv2d/grouped_weight.h"

#include <string.h>

#include "onednn/conv2d/grouped_kernels.h"

/* Bytes of x and dy that are gone through 3 * group / 4 times. With 56x56 pixels and 4 channels a
 * group 40 KiB are 1.1 times as fast as 24 KiB, and elsewhere no slower (Zen 4: 32 KiB of first
 * cache). */
#define STRIP_BYTES (40 << 10)

/* Parts of the batch are made until threads are idle for no more than this share of the time. */
#define IDLE_SHARE 0.1

/* Sums of an item: packed weights of a block, and the bias as doubles. */
static int64_t sums_floats(const onednn_grouped_plan *plan)
{
    return (ONEDNN_GROUPED_TAPS * plan->group + 2) * ONEDNN_LANES;
}

static int64_t stride_of(const onednn_grouped_plan *plan)
{
    return plan->kind == GROUPED_DOWN ? 2 : 1;
}

/* Rows of x that so many rows of y meet. */
static int64_t band_rows(const onednn_grouped_plan *plan, int64_t rows)
{
    return (rows - 1) * stride_of(plan) + 3;
}

static int64_t parts_needed(const onednn_grouped_plan *plan)
{
    int64_t parts = 1;
    for (; parts < plan->n && parts < plan->n_threads; parts++) {
        int64_t items = plan->blocks * parts;
        int64_t rounds = shape_divide_up(items, plan->n_threads);
        if ((double)items >= (1 - IDLE_SHARE) * (double)(rounds * plan->n_threads))
            break;
    }
    return parts;
}

void onednn_grouped_weight_plan(onednn_grouped_plan *plan)
{
    const int64_t stride = stride_of(plan), meets = (plan->to_w - 1) * stride + 3;
    plan->band_pixels = plan->from_w + 1 > meets ? plan->from_w + 1 : meets;
    int64_t pixels = STRIP_BYTES / (int64_t)sizeof(float) / ONEDNN_LANES;
    int64_t rows = (pixels - 2 * plan->band_pixels) / (plan->band_pixels * stride + plan->to_w);
    plan->item_rows = rows < 1 ? 1 : rows > plan->to_h ? plan->to_h : rows;
    plan->parts = parts_needed(plan);
    int64_t band = band_rows(plan, plan->item_rows) * plan->band_pixels;
    plan->slice_floats = (uint64_t)((band + plan->item_rows * plan->to_w) * ONEDNN_LANES);
    plan->workspace_bytes = (plan->slice_floats * (uint64_t)plan->n_threads +
                             (uint64_t)(plan->blocks * plan->parts * sums_floats(plan))) *
                            sizeof(float);
}

/* Sums of part `part` of the batch; with the bias's behind. */
static float *sums_at(const onednn_grouped_call *call, int64_t block, int64_t part)
{
    const onednn_grouped_plan *plan = call->plan;
    return (float *)call->workspace + plan->slice_floats * (uint64_t)plan->n_threads +
           (block * plan->parts + part) * sums_floats(plan);
}

static double *bias_at(const onednn_grouped_plan *plan, float *sums)
{
    return (double *)(void *)(sums + ONEDNN_GROUPED_TAPS * plan->group * ONEDNN_LANES);
}

/* Rows [first, first + rows) of y of a block of an image. */
typedef struct strip {
    const char *x, *dy; /* of the block */
    int64_t first, rows;
    float *band, *sums;
} strip;

/* The rows of x that the strip meets, with zeros where there is none. */
static void band_fill(const onednn_grouped_plan *plan, const strip *s)
{
    const int64_t bytes = plan->from_w * onednn_grouped_pixel_bytes(plan);
    const int64_t first = s->first * stride_of(plan) - 1;
    for (int64_t i = 0; i < band_rows(plan, s->rows); i++) {
        float *to = s->band + (i * plan->band_pixels + 1) * ONEDNN_LANES;
        if (first + i >= 0 && first + i < plan->from_h)
            onednn_grouped_widen(s->x + (first + i) * bytes, plan->is_bf16, plan->from_w, to);
        else
            memset(to, 0, (size_t)(plan->from_w * ONEDNN_LANES) * sizeof *to);
    }
}

/* The strip after this one is read during this one's passes. */
static void strip_look_ahead(const onednn_grouped_plan *plan, const strip *s,
                             grouped_product *product)
{
    const int64_t pixel = onednn_grouped_pixel_bytes(plan), stride = stride_of(plan);
    const int64_t next = s->first + s->rows, passes = 3 * plan->group / 4;
    product->ahead[0] = (grouped_ahead){ s->x + next * stride * plan->from_w * pixel,
                                         stride * plan->from_w * pixel / passes };
    product->ahead[1] =
        (grouped_ahead){ s->dy + next * plan->to_w * pixel, plan->to_w * pixel / passes };
}

static void strip_run(const onednn_grouped_call *call, const strip *s)
{
    const onednn_grouped_plan *plan = call->plan;
    const int64_t pixels = s->rows * plan->to_w;
    const int64_t bytes = onednn_grouped_pixel_bytes(plan);
    const void *dy = s->dy + s->first * plan->to_w * bytes;
    grouped_product product = { .x = s->band,
                                .dy = dy,
                                .x_row = plan->band_pixels * ONEDNN_LANES,
                                .x_stride = stride_of(plan),
                                .n_rows = s->rows,
                                .n_columns = plan->to_w,
                                .group = plan->group,
                                .sums = s->sums };
    if (plan->is_bf16) {
        float *wide = s->band + band_rows(plan, plan->item_rows) * product.x_row;
        onednn_grouped_widen(dy, true, pixels, wide);
        product.dy = wide;
    }
    band_fill(plan, s);
    strip_look_ahead(plan, s, &product);
    onednn_grouped_product_add(&product);
    if (call->dbias)
        onednn_grouped_sum(product.dy, pixels, bias_at(plan, s->sums));
}

/* Items are parts of the batch of a block of channels. */
static void sums_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const onednn_grouped_call *call = argument;
    const onednn_grouped_plan *plan = call->plan;
    const int64_t pixel = onednn_grouped_pixel_bytes(plan);
    strip s = { .band = (float *)call->workspace + (uint64_t)thread * plan->slice_floats };
    memset(s.band, 0, plan->slice_floats * sizeof *s.band);
    for (int64_t item = begin; item < end; item++) {
        int64_t block = item / plan->parts, part = item % plan->parts;
        s.sums = sums_at(call, block, part);
        memset(s.sums, 0, (size_t)sums_floats(plan) * sizeof *s.sums);
        int64_t last = plan->n * (part + 1) / plan->parts;
        for (int64_t n = plan->n * part / plan->parts; n < last; n++) {
            int64_t image_block = n * plan->blocks + block;
            s.x = (const char *)call->x + image_block * plan->from_h * plan->from_w * pixel;
            s.dy = (const char *)call->y + image_block * plan->to_h * plan->to_w * pixel;
            for (s.first = 0; s.first < plan->to_h; s.first += s.rows) {
                int64_t left = plan->to_h - s.first;
                s.rows = left < plan->item_rows ? left : plan->item_rows;
                strip_run(call, &s);
            }
        }
    }
}

/* Adds up the parts of blocks, and unpacks the sums. */
static void unpack_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const onednn_grouped_call *call = argument;
    const onednn_grouped_plan *plan = call->plan;
    (void)thread;
    for (int64_t block = begin; block < end; block++) {
        float *sums = sums_at(call, block, 0);
        double *bias = bias_at(plan, sums);
        for (int64_t part = 1; part < plan->parts; part++) {
            float *more = sums_at(call, block, part);
            for (int64_t i = 0; i < ONEDNN_GROUPED_TAPS * plan->group * ONEDNN_LANES; i++)
                sums[i] += more[i];
            for (int64_t i = 0; i < ONEDNN_LANES; i++)
                bias[i] += bias_at(plan, more)[i];
        }
        for (int64_t lane = 0; lane < ONEDNN_LANES; lane++) {
            int64_t start = lane - lane % plan->group;
            for (int64_t j = 0; j < plan->group; j++) {
                float *to = call->dweight +
                            ((block * ONEDNN_LANES + start + j) * plan->group + lane - start) *
                                ONEDNN_GROUPED_TAPS;
                for (int64_t tap = 0; tap < ONEDNN_GROUPED_TAPS; tap++)
                    to[tap] = sums[onednn_grouped_place(plan->group, lane, j, tap)];
            }
            if (call->dbias)
                call->dbias[block * ONEDNN_LANES + lane] = (float)bias[lane];
        }
    }
}

void onednn_grouped_weight_run(const onednn_grouped_call *call)
{
    onednn_grouped_call copy = *call;
    const onednn_grouped_plan *plan = call->plan;
    cpu_parallel(call->context, plan->blocks * plan->parts, sums_work, &copy);
    cpu_parallel(call->context, plan->blocks, unpack_work, &copy);
}
