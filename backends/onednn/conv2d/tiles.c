/* tiles.c: the inner loops of convolutions in tiles, once for each instruction set. A step
 * multiplies a vector of 16 lanes by one number for each sum; as many sums as the registers hold
 * stay there. */
#ifdef LANES_SET

/* TILES: TILE(n) for each number of sums that there may be. */
#ifdef LANES_AVX512
#define TILE_LARGEST 14
#define TILES                                                                                      \
    TILE(1)                                                                                        \
    TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)     \
        TILE(13) TILE(14)
#elif defined LANES_AVX2
#define TILE_LARGEST 6
#define TILES TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#else
#define TILE_LARGEST 2
#define TILES TILE(1) TILE(2)
#endif

/* sum += number * v */
CPU_INLINE lanes LANES_NAME(step)(lanes sum, float number, lanes v)
{
    return lanes_multiply_add(lanes_all(number), v, sum);
}

CPU_INLINE void LANES_NAME(tile_of)(const conv2d_tile *t, int64_t from_pixel, int size)
{
    lanes sum[TILE_LARGEST];
    const float *from = t->from, *weight = t->weight;
    TILE_UNROLL for (int i = 0; i < size; i++)
    {
        sum[i] = lanes_load(t->start ? t->start : t->to + i * t->to_pixel, 0, false);
        if (t->z)
            sum[i] = lanes_add(sum[i], lanes_load(t->z + i * t->to_pixel, 0, false));
        __builtin_prefetch(t->to + (size + i) * t->to_pixel, 1);
    }
    for (int64_t b = 0; b < t->blocks; b++, from += t->from_block) {
        if (from_pixel >= ONEDNN_LANES) /* the next tile's are in other cache lines */
            TILE_UNROLL for (int i = size; i < 2 * size; i++)
                __builtin_prefetch(from + i * from_pixel);
        for (int64_t c = 0; c < t->steps; c++, weight += ONEDNN_LANES) {
            const lanes w = lanes_load(weight, 0, false);
            TILE_UNROLL for (int i = 0; i < size; i++) sum[i] =
                LANES_NAME(step)(sum[i], from[i * from_pixel + c], w);
        }
    }
    TILE_UNROLL for (int i = 0; i < size; i++)
        lanes_store(t->to + i * t->to_pixel, 0, t->relu ? lanes_relu(sum[i]) : sum[i], false);
}

CPU_INLINE void LANES_NAME(tile_of_size)(const conv2d_tile *t, int64_t from_pixel)
{
#define TILE(n)                                                                                    \
    case n: LANES_NAME(tile_of)(t, from_pixel, n); break;
    switch (t->size) {
        TILES
    }
#undef TILE
}

static void LANES_NAME(tile_compute)(const conv2d_tile *t)
{
    if (t->from_pixel == ONEDNN_LANES)
        LANES_NAME(tile_of_size)(t, ONEDNN_LANES);
    else
        LANES_NAME(tile_of_size)(t, t->from_pixel);
}

static int32_t LANES_NAME(tile_size)(void)
{
    return TILE_LARGEST;
}

/* The sums [first, first + size). */
CPU_INLINE void LANES_NAME(product_of)(const tile_product *p, int64_t first, int size)
{
    lanes sum[TILE_LARGEST];
    float *sums = p->sums + first * ONEDNN_LANES;
    TILE_UNROLL for (int i = 0; i < size; i++) sum[i] = lanes_load(sums, i, false);
    for (int64_t row = 0; row < p->rows; row++) {
        const float *x = p->x + row * p->x_row + first, *dy = p->dy + row * p->dy_row;
        for (int64_t q = 0; q < p->columns; q++, x += p->x_pixel, dy += ONEDNN_LANES) {
            const lanes v = lanes_load(dy, 0, false);
            if (first == 0)
                __builtin_prefetch(x + p->x_ahead, 0, 2);
            TILE_UNROLL for (int i = 0; i < size; i++) sum[i] = LANES_NAME(step)(sum[i], x[i], v);
        }
    }
    TILE_UNROLL for (int i = 0; i < size; i++) lanes_store(sums, i, sum[i], false);
}

static void LANES_NAME(product_add)(const tile_product *p)
{
    const int64_t n = shape_divide_up(p->count, TILE_LARGEST);
#define TILE(n)                                                                                    \
    case n: LANES_NAME(product_of)(p, first, n); break;
    for (int64_t i = 0; i < n; i++) {
        const int64_t first = i * p->count / n, size = (i + 1) * p->count / n - first;
        switch (size) {
            TILES
        }
    }
#undef TILE
}

#undef TILES
#undef TILE_LARGEST

#else

#include "onednn/conv2d/tiles.h"

#include "onednn/onednn.h"

#ifdef __clang__
#define TILE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TILE_UNROLL _Pragma("GCC unroll 16")
#endif

#define LANES_FILE "onednn/conv2d/tiles.c"
#include "onednn/lanes_each.h"

int32_t onednn_tile_size(void)
{
    return LANES_BEST(tile_size)();
}

void onednn_tile_compute(const conv2d_tile *tile)
{
    LANES_BEST(tile_compute)(tile);
}

void onednn_tile_product_add(const tile_product *product)
{
    LANES_BEST(product_add)(product);
}

#endif
