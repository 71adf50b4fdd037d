/* grouped_kernels.c: the inner loops of grouped convolutions, once for each instruction set.
 *
 * A vector holds lanes of several groups. To multiply, channel j of each group is spread over the
 * group's lanes: by a permutation, or by a broadcast where a vector has no more than one group. In
 * a row of inputs a spread pixel serves all columns of the kernel that meet it. */
#ifdef LANES_SET

#define WIDTH ((int64_t)(sizeof(lanes_float) / sizeof(float)))

/* As many sums as the registers hold: outputs of a row; channels of a group. */
#ifdef LANES_AVX512
#define BLOCK_MANY BLOCK_LARGEST
#define PRODUCT_CHANNELS 4
#else
#define BLOCK_MANY 8
#define PRODUCT_CHANNELS 2
#endif

/* For groups narrower than a vector: where each lane finds channel 0 of its group. */
CPU_INLINE lanes_word LANES_NAME(group_starts)(int64_t group)
{
    return *(const lanes_word *)lane_numbers & ~(uint32_t)(group - 1);
}

/* Puts channel j of its group into each lane of the part that begins at `lane`. `positions` says
 * where each lane finds it; NULL: the part has one group, whose channel is the
 * pixel's `channel`. */
CPU_INLINE lanes_float LANES_NAME(spread)(const float *pixel, int64_t lane, int64_t channel,
                                          const lanes_word *positions)
{
    (void)lane;
#if defined LANES_AVX512
    if (positions)
        return (lanes_float)_mm512_permutexvar_ps((__m512i)*positions,
                                                  _mm512_loadu_ps(pixel + lane));
#elif defined LANES_AVX2
    /* The groups are of 4 here: no lane looks beyond its half. */
    if (positions)
        return (lanes_float)_mm256_permutevar_ps(_mm256_loadu_ps(pixel + lane),
                                                 (__m256i)*positions);
#else
    (void)positions;
#endif
    return pixel[channel] - (lanes_float){ 0 }; /* a sum makes 0 of -0, and is not left out */
}

/* form.size outputs from output q on. */
CPU_INLINE void LANES_NAME(block)(const grouped_row *row, int64_t q, int64_t lane, block_form form)
{
    const int64_t first = form.kind == GROUPED_UP ? q / 2 : form.kind == GROUPED_DOWN ? q * 2 : q;
    const int64_t channel = lane & ~(row->group - 1), count = row->count - q;
    const lanes_word starts = LANES_NAME(group_starts)(row->group);
    for (int i = 0; i < GROUPED_AHEAD && lane == 0; i++)
        fetch(&row->ahead[i], q, form.size);
    lanes_float sum[BLOCK_LARGEST];
    BLOCK_UNROLL for (int o = 0; o < form.size; o++) sum[o] =
        *(const lanes_float *)(row->start + lane);
    for (int64_t r = 0; r < row->n_rows; r++) {
        const float *x = row->pixels[r] + first * ONEDNN_LANES, *w = row->weights[r] + lane;
        for (uint32_t j = 0; j < row->group; j++, w += 3 * ONEDNN_LANES) {
            const lanes_word positions = starts + j;
            const lanes_float weights[3] = { *(const lanes_float *)w,
                                             *(const lanes_float *)(w + ONEDNN_LANES),
                                             *(const lanes_float *)(w + 2 * ONEDNN_LANES) };
            /* Else the pixels are loaded before the loop, and push the sums out of registers. */
            __asm__ volatile("" : "+r"(x));
            BLOCK_UNROLL for (int i = 0; i < block_inputs(form); i++)
            {
                lanes_float value = LANES_NAME(spread)(x + i * ONEDNN_LANES, lane, channel + j,
                                                       form.is_narrow ? &positions : NULL);
                BLOCK_UNROLL for (int s = 0; s < 3; s++)
                {
                    const int o = block_output(form, i, s);
                    if (o >= 0)
                        sum[o] += value * weights[s];
                }
            }
        }
    }
    float *to = row->sums + q * ONEDNN_LANES + lane;
    BLOCK_UNROLL for (int o = 0; o < form.size; o++) if (o < count) *
        (lanes_float *)(to + o * ONEDNN_LANES) = sum[o];
}

CPU_INLINE void LANES_NAME(row_of_kind)(const grouped_row *row, enum grouped_kind kind,
                                        bool is_narrow)
{
    for (int64_t lane = 0; lane < ONEDNN_LANES; lane += WIDTH) {
        int64_t q = 0;
        for (; q + BLOCK_MANY <= row->count; q += BLOCK_MANY)
            LANES_NAME(block)(row, q, lane, (block_form){ kind, BLOCK_MANY, is_narrow });
        for (; q + 4 < row->count; q += 8)
            LANES_NAME(block)(row, q, lane, (block_form){ kind, 8, is_narrow });
        for (; q < row->count; q += 4)
            LANES_NAME(block)(row, q, lane, (block_form){ kind, 4, is_narrow });
    }
}

CPU_INLINE void LANES_NAME(row_of_groups)(const grouped_row *row, bool is_narrow)
{
    if (row->kind == GROUPED_SAME)
        LANES_NAME(row_of_kind)(row, GROUPED_SAME, is_narrow);
    else if (row->kind == GROUPED_DOWN)
        LANES_NAME(row_of_kind)(row, GROUPED_DOWN, is_narrow);
    else
        LANES_NAME(row_of_kind)(row, GROUPED_UP, is_narrow);
}

static void LANES_NAME(row_compute)(const grouped_row *row)
{
    if (row->group < WIDTH)
        LANES_NAME(row_of_groups)(row, true);
    else
        LANES_NAME(row_of_groups)(row, false);
}

/* Sums of one row of the kernel and some of the groups' channels. */
CPU_INLINE void LANES_NAME(product_pass)(const grouped_product *p, product_pass at, bool is_narrow)
{
    const int64_t channel = (at.lane & ~(p->group - 1)) + at.j;
    const lanes_word starts = LANES_NAME(group_starts)(p->group);
    lanes_word positions[PRODUCT_CHANNELS];
    lanes_float sum[PRODUCT_CHANNELS][3];
    LANES_UNROLL for (uint32_t i = 0; i < PRODUCT_CHANNELS; i++)
    {
        positions[i] = starts + (at.j + i);
        LANES_UNROLL for (int s = 0; s < 3; s++) sum[i][s] = (lanes_float){ 0 };
    }
    const float *dy = p->dy;
    for (int64_t row = 0; row < p->n_rows; row++) {
        const float *x = p->x + (row * p->x_stride + at.r) * p->x_row + at.lane;
        for (int i = 0; i < GROUPED_AHEAD; i++)
            fetch(&p->ahead[i], at.number * p->n_rows + row, 1);
        for (int64_t q = 0; q < p->n_columns; q++) {
            const lanes_float x0 = *(const lanes_float *)x;
            const lanes_float x1 = *(const lanes_float *)(x + ONEDNN_LANES);
            const lanes_float x2 = *(const lanes_float *)(x + 2 * ONEDNN_LANES);
            LANES_UNROLL for (int i = 0; i < PRODUCT_CHANNELS; i++)
            {
                lanes_float value =
                    LANES_NAME(spread)(dy, at.lane, channel + i, is_narrow ? &positions[i] : NULL);
                sum[i][0] += value * x0;
                sum[i][1] += value * x1;
                sum[i][2] += value * x2;
            }
            dy += ONEDNN_LANES;
            x += p->x_stride * ONEDNN_LANES;
        }
    }
    float *to = p->sums + (at.r * p->group + at.j) * 3 * ONEDNN_LANES + at.lane;
    LANES_UNROLL for (int i = 0; i < PRODUCT_CHANNELS; i++)
            LANES_UNROLL for (int s = 0; s < 3; s++, to += ONEDNN_LANES) *
        (lanes_float *)to += sum[i][s];
}

static void LANES_NAME(product_add)(const grouped_product *p)
{
    product_pass at = { .r = 0 };
    for (; at.r < 3; at.r++)
        for (at.lane = 0; at.lane < ONEDNN_LANES; at.lane += WIDTH)
            for (at.j = 0; at.j < p->group; at.j += PRODUCT_CHANNELS, at.number++)
                if (p->group < WIDTH)
                    LANES_NAME(product_pass)(p, at, true);
                else
                    LANES_NAME(product_pass)(p, at, false);
}

static void LANES_NAME(finish_row)(const grouped_finish *f)
{
    for (int64_t i = 0; i < f->count; i++) {
        lanes v = lanes_load(f->sums, i, false);
        if (f->z)
            v = lanes_add(v, lanes_load(f->z, i, f->is_bf16));
        if (f->mask)
            lanes_mask_store(f->mask, i, lanes_kept(v), f->mask_is_bytes);
        if (f->relu)
            v = lanes_relu(v);
        lanes_store(f->y, i, v, f->is_bf16);
    }
}

static void LANES_NAME(widen)(const void *from, int64_t pixels, float *to)
{
    for (int64_t i = 0; i < pixels; i++)
        lanes_store(to, i, lanes_load(from, i, true), false);
}

static void LANES_NAME(sum_up)(const float *from, int64_t pixels, float *sums)
{
    lanes v = lanes_all(0);
    for (int64_t i = 0; i < pixels; i++)
        v = lanes_add(v, lanes_load(from, i, false));
    lanes_store(sums, 0, v, false);
}

#undef WIDTH
#undef BLOCK_MANY
#undef PRODUCT_CHANNELS

#else

#include "onednn/conv2d/grouped_kernels.h"

#include <stddef.h>

#include "cpu/clones.h"
#include "onednn/onednn.h"

#define BLOCK_LARGEST 14
#define CACHE_LINE 64

static const uint32_t lane_numbers[ONEDNN_LANES] = { 0, 1, 2,  3,  4,  5,  6,  7,
                                                     8, 9, 10, 11, 12, 13, 14, 15 };

/* A block's loops are longer than others, and must vanish too. */
#ifdef __clang__
#define BLOCK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define BLOCK_UNROLL _Pragma("GCC unroll 32")
#endif

/* What is known of a block of outputs when it is compiled. */
typedef struct block_form {
    enum grouped_kind kind;
    int size;       /* outputs; even */
    bool is_narrow; /* groups are narrower than a vector */
} block_form;

CPU_INLINE int block_inputs(block_form form)
{
    if (form.kind == GROUPED_UP)
        return form.size / 2 + 1;
    return form.kind == GROUPED_DOWN ? 2 * form.size + 1 : form.size + 2;
}

/* The output that input i and column s of the kernel meet; -1: none of the block's. */
CPU_INLINE int block_output(block_form form, int i, int s)
{
    int o = i - s;
    if (form.kind == GROUPED_UP)
        o = 2 * i + s - 1;
    else if (form.kind == GROUPED_DOWN)
        o = o % 2 ? -1 : o / 2;
    return o < form.size ? o : -1;
}

/* What one pass over rows of x and dy adds up. */
typedef struct product_pass {
    int64_t number; /* of the passes */
    int64_t r;      /* row of the kernel */
    int64_t lane;   /* first of the vector */
    uint32_t j;     /* first channel of the group */
} product_pass;

/* Has the second cache load what belongs to steps [first, first + count). Loads into the first are
 * too many where the stride is 2: they cost a fifth there (Zen 4). */
CPU_INLINE void fetch(const grouped_ahead *ahead, int64_t first, int64_t count)
{
    const int64_t end = (first + count) * ahead->bytes;
    for (int64_t byte = first * ahead->bytes; byte < end; byte += CACHE_LINE)
        __builtin_prefetch(ahead->at + byte, 0, 2);
}

#define LANES_FILE "onednn/conv2d/grouped_kernels.c"
#include "onednn/lanes_each.h"

void onednn_grouped_row_compute(const grouped_row *row)
{
    LANES_BEST(row_compute)(row);
}

void onednn_grouped_product_add(const grouped_product *product)
{
    LANES_BEST(product_add)(product);
}

void onednn_grouped_finish_row(const grouped_finish *finish)
{
    LANES_BEST(finish_row)(finish);
}

void onednn_grouped_widen(const void *from, bool is_bf16, int64_t pixels, float *to)
{
    if (is_bf16)
        LANES_BEST(widen)(from, pixels, to);
    else
        memcpy(to, from, (size_t)(pixels * ONEDNN_LANES) * sizeof *to);
}

void onednn_grouped_sum(const float *from, int64_t pixels, double *sums)
{
    float part[ONEDNN_LANES];
    LANES_BEST(sum_up)(from, pixels, part);
    for (int lane = 0; lane < ONEDNN_LANES; lane++)
        sums[lane] += (double)part[lane];
}

#endif
