/* pointwise_kernels.c: the inner loops of 1x1 convolutions, once for each instruction set. A step
 * multiplies a vector of 16 lanes by one number for each sum; as many sums as the registers hold
 * stay there. */
#ifdef LANES_SET

#ifdef LANES_AVX512
#define TILE_LARGEST 14
#elif defined LANES_AVX2
#define TILE_LARGEST 6
#else
#define TILE_LARGEST 2
#endif

/* sum += number * v */
CPU_INLINE lanes LANES_NAME(step)(lanes sum, float number, lanes v)
{
    return lanes_multiply_add(lanes_all(number), v, sum);
}

CPU_INLINE void LANES_NAME(tile_of)(const pointwise_tile *t, int64_t from_pixel, int size)
{
    lanes sum[TILE_LARGEST];
    const float *from = t->from, *weight = t->weight;
    TILE_UNROLL for (int i = 0; i < size; i++)
    {
        sum[i] = lanes_load(t->start ? t->start : t->to + i * t->to_pixel, 0, false);
        if (t->z)
            sum[i] = lanes_add(sum[i], lanes_load(t->z + i * t->to_pixel, 0, false));
    }
    for (int64_t b = 0; b < t->blocks; b++, from += t->from_block)
        for (int64_t c = 0; c < ONEDNN_LANES; c++, weight += ONEDNN_LANES) {
            const lanes w = lanes_load(weight, 0, false);
            TILE_UNROLL for (int i = 0; i < size; i++) sum[i] =
                LANES_NAME(step)(sum[i], from[i * from_pixel + c], w);
        }
    TILE_UNROLL for (int i = 0; i < size; i++)
        lanes_store(t->to + i * t->to_pixel, 0, t->relu ? lanes_relu(sum[i]) : sum[i], false);
}

CPU_INLINE void LANES_NAME(tile_of_size)(const pointwise_tile *t, int64_t from_pixel)
{
#define TILE(n)                                                                                    \
    case n: LANES_NAME(tile_of)(t, from_pixel, n); break
    switch (t->size) {
        TILE(1);
        TILE(2);
#if TILE_LARGEST >= 6
        TILE(3);
        TILE(4);
        TILE(5);
        TILE(6);
#endif
#if TILE_LARGEST >= 14
        TILE(7);
        TILE(8);
        TILE(9);
        TILE(10);
        TILE(11);
        TILE(12);
        TILE(13);
        TILE(14);
#endif
    }
#undef TILE
}

static void LANES_NAME(tile_compute)(const pointwise_tile *t)
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

/* The sums of input channels [first, first + size). */
CPU_INLINE void LANES_NAME(product_of)(const pointwise_product *p, int first, int size)
{
    lanes sum[TILE_LARGEST];
    float *sums = p->sums + first * ONEDNN_LANES;
    TILE_UNROLL for (int i = 0; i < size; i++) sum[i] = lanes_load(sums, i, false);
    for (int64_t row = 0; row < p->rows; row++) {
        const float *x = p->x + row * p->x_row + first, *dy = p->dy + row * p->dy_row;
        for (int64_t q = 0; q < p->columns; q++, x += p->x_pixel, dy += ONEDNN_LANES) {
            const lanes v = lanes_load(dy, 0, false);
            TILE_UNROLL for (int i = 0; i < size; i++) sum[i] = LANES_NAME(step)(sum[i], x[i], v);
        }
    }
    TILE_UNROLL for (int i = 0; i < size; i++) lanes_store(sums, i, sum[i], false);
}

static void LANES_NAME(product_add)(const pointwise_product *p)
{
#if TILE_LARGEST >= 14
    LANES_NAME(product_of)(p, 0, 8);
    LANES_NAME(product_of)(p, 8, 8);
#elif TILE_LARGEST >= 6
    LANES_NAME(product_of)(p, 0, 6);
    LANES_NAME(product_of)(p, 6, 5);
    LANES_NAME(product_of)(p, 11, 5);
#else
    for (int first = 0; first < ONEDNN_LANES; first += TILE_LARGEST)
        LANES_NAME(product_of)(p, first, TILE_LARGEST);
#endif
}

#undef TILE_LARGEST

#else

#include "onednn/conv2d/pointwise_kernels.h"

#include "onednn/onednn.h"

#ifdef __clang__
#define TILE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TILE_UNROLL _Pragma("GCC unroll 16")
#endif

#define LANES_FILE "onednn/conv2d/pointwise_kernels.c"
#include "onednn/lanes_each.h"

int32_t onednn_pointwise_tile_size(void)
{
    return LANES_BEST(tile_size)();
}

void onednn_pointwise_tile_compute(const pointwise_tile *tile)
{
    LANES_BEST(tile_compute)(tile);
}

void onednn_pointwise_product_add(const pointwise_product *product)
{
    LANES_BEST(product_add)(product);
}

#endif
