/* resample_filter.c: one loop over vectors of adjacent bytes makes both passes. For the pass along
 * rows, 32 rows at a time are transposed, so that the bytes of one column are adjacent. */
#include "data/resample_filter.h"

#include <string.h>

/* Bytes that are computed together: with a constant the compiler makes vectors of the loops. The
 * fastest of 16, 32 and 64 (gcc 12 -O2, AMD EPYC with AVX2). */
#define CHUNK RN_FILTER_ROWS

typedef uint8_t bytes_16 __attribute__((vector_size(16)));

/* The choice among clones runs before the thread sanitizer has started. */
#if defined __x86_64__ && !defined __SANITIZE_THREAD__
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

/* A sum already contains the half for rounding. */
INLINE uint8_t to_byte(int32_t sum)
{
    int32_t value = sum >> RN_WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

INLINE void filter_chunk(const int32_t *weights, int32_t count, rn_byte_rows from, uint8_t *to)
{
    int32_t sums[CHUNK];
    for (size_t i = 0; i < CHUNK; i++)
        sums[i] = 1 << (RN_WEIGHT_BITS - 1);
    for (int32_t k = 0; k < count; k++)
        for (size_t i = 0; i < CHUNK; i++)
            sums[i] += from.bytes[(size_t)k * from.stride + i] * weights[k];
    for (size_t i = 0; i < CHUNK; i++)
        to[i] = to_byte(sums[i]);
}

/* Makes n bytes of an output from `count` rows. */
INLINE void filter(const int32_t *weights, int32_t count, rn_byte_rows from, size_t n, uint8_t *to)
{
    size_t i = 0;
    for (; i + CHUNK <= n; i += CHUNK, from.bytes += CHUNK)
        filter_chunk(weights, count, from, to + i);
    for (; i < n; i++, from.bytes++) {
        int32_t sum = 1 << (RN_WEIGHT_BITS - 1);
        for (int32_t k = 0; k < count; k++)
            sum += from.bytes[(size_t)k * from.stride] * weights[k];
        to[i] = to_byte(sum);
    }
}

CLONES static void filter_all(const rn_axis *axis, rn_byte_rows from, size_t n, uint8_t *to)
{
    for (int64_t i = 0; i < axis->params.count; i++) {
        size_t row = (size_t)(axis->firsts[i] - axis->firsts[0]);
        const rn_byte_rows rows = { from.bytes + row * from.stride, from.stride };
        filter(axis->weights + i * axis->width, axis->counts[i], rows, n, to + (size_t)i * n);
    }
}

void rn_filter_columns(const rn_axis *axis, rn_byte_rows from, size_t n, uint8_t *to)
{
    filter_all(axis, from, n, to);
}

/* A perfect shuffle of 256 bytes: byte i + 128 comes after byte i. */
INLINE void shuffle(const bytes_16 from[16], bytes_16 to[16])
{
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        to[2 * i] = __builtin_shufflevector(from[i], from[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20,
                                            5, 21, 6, 22, 7, 23);
        to[2 * i + 1] = __builtin_shufflevector(from[i], from[i + 8], 8, 24, 9, 25, 10, 26, 11, 27,
                                                12, 28, 13, 29, 14, 30, 15, 31);
    }
}

/* Four shuffles exchange the halves of the bytes' indices. */
INLINE void transpose_tile(bytes_16 tile[16])
{
    bytes_16 next[16];
    shuffle(tile, next);
    shuffle(next, tile);
    shuffle(tile, next);
    shuffle(next, tile);
}

/* Copies up to 16 rows of up to 16 bytes; the usual sizes are constants to the compiler. */
INLINE void copy_tile(const uint8_t *from, size_t from_stride, size_t rows, size_t columns,
                      uint8_t *to, size_t to_stride)
{
    if (rows == 16 && columns == 16)
        for (size_t y = 0; y < 16; y++)
            memcpy(to + y * to_stride, from + y * from_stride, 16);
    else
        for (size_t y = 0; y < rows; y++)
            memcpy(to + y * to_stride, from + y * from_stride, columns);
}

/* Writes `columns` rows of `rows` bytes. */
static void transpose(rn_byte_rows from, size_t rows, size_t columns, uint8_t *to, size_t to_stride)
{
    for (size_t y = 0; y < rows; y += 16)
        for (size_t x = 0; x < columns; x += 16) {
            size_t height = rows - y < 16 ? rows - y : 16;
            size_t width = columns - x < 16 ? columns - x : 16;
            bytes_16 tile[16];
            copy_tile(from.bytes + y * from.stride + x, from.stride, height, width, (uint8_t *)tile,
                      16);
            transpose_tile(tile);
            copy_tile((const uint8_t *)tile, 16, width, height, to + x * to_stride + y, to_stride);
        }
}

/* Bytes of a row that the pass along rows reads. */
static size_t row_bytes(const rn_axis *axis, size_t channels)
{
    return (size_t)rn_axis_length(axis) * channels;
}

size_t rn_filter_scratch(const rn_axis *axis, size_t channels)
{
    return (row_bytes(axis, channels) + (size_t)axis->params.count * channels) * RN_FILTER_ROWS;
}

void rn_filter_rows(const rn_axis *axis, rn_byte_rows from, size_t rows, size_t channels,
                    uint8_t *scratch, uint8_t *to)
{
    size_t n_from = row_bytes(axis, channels), n_to = (size_t)axis->params.count * channels;
    uint8_t *outputs = scratch + n_from * RN_FILTER_ROWS;
    const rn_byte_rows inputs = { scratch, channels * RN_FILTER_ROWS };
    for (size_t y = 0; y < rows; y += RN_FILTER_ROWS) {
        const rn_byte_rows block = { from.bytes + y * from.stride, from.stride };
        const rn_byte_rows filtered = { outputs, RN_FILTER_ROWS };
        size_t height = rows - y < RN_FILTER_ROWS ? rows - y : RN_FILTER_ROWS;
        transpose(block, height, n_from, scratch, RN_FILTER_ROWS);
        filter_all(axis, inputs, channels * RN_FILTER_ROWS, outputs);
        transpose(filtered, n_to, height, to + y * n_to, n_to);
    }
}
