/* transforms.c: the transforms, as products with small matrices from both sides.
 *
 * They follow from the points at which the polynomials are evaluated (Toom-Cook): 0, A, -A, B,
 * -B and infinity for tiles of 4, 0, A, -A, B and infinity for tiles of 3. With products N(x_j)
 * of (x_j - x_k) over the other finite points, row j of A^T's transpose is the powers of x_j,
 * row j of G is (1, x_j, x_j^2) / N(x_j), and row j of B^T the coefficients of the product of (x
 * - x_k). */
#include "cpu/winograd/transforms.h"

#include "cpu/clones.h"

/* The rms error of a convolution with 64 channels is 0.8e-6 of rms(y) with tiles of 4 and 1.1e-6
 * with tiles of 3, where B = 1/2 and -2 make no difference; directly it is 0.2e-6. */
#define P4 0.70710678f /* A; A^2 is 1/2 */
#define Q4 1.41421356f /* B; B^2 is 2 */
#define A3 1.0f
#define B3 2.0f

/* One column of a product: `from` and `to` are vectors, element i at i * step. */
typedef struct vector {
    const float *from;
    int64_t from_step;
    float *to;
    int64_t to_step;
} vector;

#define IN(i) v.from[(i)*v.from_step + l]
#define OUT(i) v.to[(i)*v.to_step + l]
#define EACH_LANE _Pragma("omp simd") for (int l = 0; l < LANES; l++)

CPU_INLINE void input_4(vector v)
{
    EACH_LANE
    {
        float d0 = IN(0), d1 = IN(1), d2 = IN(2), d3 = IN(3), d4 = IN(4), d5 = IN(5);
        float even = d4 - Q4 * Q4 * d2, odd = P4 * (d3 - Q4 * Q4 * d1);
        float even_q = d4 - P4 * P4 * d2, odd_q = Q4 * (d3 - P4 * P4 * d1);
        OUT(0) = d4 - (P4 * P4 + Q4 * Q4) * d2 + P4 * P4 * Q4 * Q4 * d0;
        OUT(1) = even + odd;
        OUT(2) = even - odd;
        OUT(3) = even_q + odd_q;
        OUT(4) = even_q - odd_q;
        OUT(5) = d5 - (P4 * P4 + Q4 * Q4) * d3 + P4 * P4 * Q4 * Q4 * d1;
    }
}

CPU_INLINE void output_4(vector v)
{
    EACH_LANE
    {
        float sum = IN(1) + IN(2), difference = IN(1) - IN(2);
        float sum_q = IN(3) + IN(4), difference_q = IN(3) - IN(4);
        OUT(0) = IN(0) + sum + sum_q;
        OUT(1) = P4 * difference + Q4 * difference_q;
        OUT(2) = P4 * P4 * sum + Q4 * Q4 * sum_q;
        OUT(3) = P4 * P4 * P4 * difference + Q4 * Q4 * Q4 * difference_q + IN(5);
    }
}

CPU_INLINE void output_gradient_4(vector v)
{
    EACH_LANE
    {
        float y0 = IN(0), y1 = IN(1), y2 = IN(2), y3 = IN(3);
        float even = y0 + P4 * P4 * y2, odd = P4 * (y1 + P4 * P4 * y3);
        float even_q = y0 + Q4 * Q4 * y2, odd_q = Q4 * (y1 + Q4 * Q4 * y3);
        OUT(0) = y0;
        OUT(1) = even + odd;
        OUT(2) = even - odd;
        OUT(3) = even_q + odd_q;
        OUT(4) = even_q - odd_q;
        OUT(5) = y3;
    }
}

/* 1 / N of the points 0, A and B. */
#define N0_4 (1.0f / (P4 * P4 * Q4 * Q4))
#define NP_4 (1.0f / (2.0f * P4 * P4 * (P4 * P4 - Q4 * Q4)))
#define NQ_4 (1.0f / (2.0f * Q4 * Q4 * (Q4 * Q4 - P4 * P4)))

CPU_INLINE void weight_4(vector v)
{
    EACH_LANE
    {
        float g0 = IN(0), g1 = IN(1), g2 = IN(2);
        float even = NP_4 * (g0 + P4 * P4 * g2), odd = NP_4 * P4 * g1;
        float even_q = NQ_4 * (g0 + Q4 * Q4 * g2), odd_q = NQ_4 * Q4 * g1;
        OUT(0) = N0_4 * g0;
        OUT(1) = even + odd;
        OUT(2) = even - odd;
        OUT(3) = even_q + odd_q;
        OUT(4) = even_q - odd_q;
        OUT(5) = g2;
    }
}

CPU_INLINE void weight_gradient_4(vector v)
{
    EACH_LANE
    {
        float sum = NP_4 * (IN(1) + IN(2)), difference = NP_4 * (IN(1) - IN(2));
        float sum_q = NQ_4 * (IN(3) + IN(4)), difference_q = NQ_4 * (IN(3) - IN(4));
        OUT(0) = N0_4 * IN(0) + sum + sum_q;
        OUT(1) = P4 * difference + Q4 * difference_q;
        OUT(2) = P4 * P4 * sum + Q4 * Q4 * sum_q + IN(5);
    }
}

CPU_INLINE void input_3(vector v)
{
    EACH_LANE
    {
        float d0 = IN(0), d1 = IN(1), d2 = IN(2), d3 = IN(3), d4 = IN(4);
        float q0 = d2 - A3 * A3 * d0, q1 = d3 - A3 * A3 * d1, q2 = d4 - A3 * A3 * d2;
        float high = d3 - B3 * d2, low = A3 * (d2 - B3 * d1);
        OUT(0) = q1 - B3 * q0;
        OUT(1) = high + low;
        OUT(2) = high - low;
        OUT(3) = q1;
        OUT(4) = q2 - B3 * q1;
    }
}

CPU_INLINE void output_3(vector v)
{
    EACH_LANE
    {
        float sum = IN(1) + IN(2), difference = IN(1) - IN(2), b = IN(3);
        OUT(0) = IN(0) + sum + b;
        OUT(1) = A3 * difference + B3 * b;
        OUT(2) = A3 * A3 * sum + B3 * B3 * b + IN(4);
    }
}

CPU_INLINE void output_gradient_3(vector v)
{
    EACH_LANE
    {
        float y0 = IN(0), y1 = IN(1), y2 = IN(2);
        float even = y0 + A3 * A3 * y2, odd = A3 * y1;
        OUT(0) = y0;
        OUT(1) = even + odd;
        OUT(2) = even - odd;
        OUT(3) = y0 + B3 * (y1 + B3 * y2);
        OUT(4) = y2;
    }
}

/* 1 / N of the points 0, A, -A and B. */
#define N0_3 (1.0f / (A3 * A3 * B3))
#define NA_3 (1.0f / (2.0f * A3 * A3 * (A3 - B3)))
#define NM_3 (-1.0f / (2.0f * A3 * A3 * (A3 + B3)))
#define NB_3 (1.0f / (B3 * (B3 * B3 - A3 * A3)))

CPU_INLINE void weight_3(vector v)
{
    EACH_LANE
    {
        float g0 = IN(0), g1 = IN(1), g2 = IN(2);
        float even = g0 + A3 * A3 * g2, odd = A3 * g1;
        OUT(0) = N0_3 * g0;
        OUT(1) = NA_3 * (even + odd);
        OUT(2) = NM_3 * (even - odd);
        OUT(3) = NB_3 * (g0 + B3 * (g1 + B3 * g2));
        OUT(4) = g2;
    }
}

CPU_INLINE void weight_gradient_3(vector v)
{
    EACH_LANE
    {
        float plus = NA_3 * IN(1), minus = NM_3 * IN(2), b = NB_3 * IN(3);
        float sum = plus + minus, difference = plus - minus;
        OUT(0) = N0_3 * IN(0) + sum + b;
        OUT(1) = A3 * difference + B3 * b;
        OUT(2) = A3 * A3 * sum + B3 * B3 * b + IN(4);
    }
}

/* With stride 2 the even pixels meet the outer two weights, as in a convolution with 2 weights:
 * 0, 1, -1 and infinity for 3 outputs; the odd ones meet the middle weight. */
CPU_INLINE void input_stride(vector v)
{
    EACH_LANE
    {
        float d0 = IN(0), d2 = IN(2), d4 = IN(4), d6 = IN(6);
        float odd0 = IN(1), odd1 = IN(3), odd2 = IN(5);
        OUT(0) = d4 - d0;
        OUT(1) = d4 + d2;
        OUT(2) = d4 - d2;
        OUT(3) = d6 - d2;
        OUT(4) = odd0;
        OUT(5) = odd1;
        OUT(6) = odd2;
    }
}

CPU_INLINE void output_stride(vector v)
{
    EACH_LANE
    {
        float sum = IN(1) + IN(2), difference = IN(1) - IN(2);
        OUT(0) = IN(0) + sum + IN(4);
        OUT(1) = difference + IN(5);
        OUT(2) = sum + IN(3) + IN(6);
    }
}

CPU_INLINE void output_gradient_stride(vector v)
{
    EACH_LANE
    {
        float y0 = IN(0), y1 = IN(1), y2 = IN(2), outer = y0 + y2;
        OUT(0) = y0;
        OUT(1) = outer + y1;
        OUT(2) = outer - y1;
        OUT(3) = y2;
        OUT(4) = y0;
        OUT(5) = y1;
        OUT(6) = y2;
    }
}

CPU_INLINE void weight_stride(vector v)
{
    EACH_LANE
    {
        float g0 = IN(0), g1 = IN(1), g2 = IN(2);
        OUT(0) = -g0;
        OUT(1) = 0.5f * (g0 + g2);
        OUT(2) = 0.5f * (g0 - g2);
        OUT(3) = g2;
        OUT(4) = g1;
        OUT(5) = g1;
        OUT(6) = g1;
    }
}

CPU_INLINE void weight_gradient_stride(vector v)
{
    EACH_LANE
    {
        float plus = 0.5f * IN(1), minus = 0.5f * IN(2);
        OUT(0) = plus + minus - IN(0);
        OUT(1) = IN(4) + IN(5) + IN(6);
        OUT(2) = plus - minus + IN(3);
    }
}

/* Of dx, the even pixels see the middle weight, the odd ones the outer two. */
CPU_INLINE void input_turned(vector v)
{
    EACH_LANE
    {
        float d0 = IN(0), d1 = IN(1), d2 = IN(2), d3 = IN(3);
        OUT(0) = d2 - d0;
        OUT(1) = d2 + d1;
        OUT(2) = d2 - d1;
        OUT(3) = d3 - d1;
        OUT(4) = d0;
        OUT(5) = d1;
        OUT(6) = d2;
    }
}

CPU_INLINE void output_turned(vector v)
{
    EACH_LANE
    {
        float sum = IN(1) + IN(2), difference = IN(1) - IN(2);
        OUT(0) = IN(4);
        OUT(1) = IN(0) + sum;
        OUT(2) = IN(5);
        OUT(3) = difference;
        OUT(4) = IN(6);
        OUT(5) = sum + IN(3);
    }
}

#define SIDE 7 /* the most pixels or points of a tile */

/* Defines the two-sided transform NAME of points from N x N pixels: columns first, then rows. */
#define FROM_PIXELS(name, n, n_points)                                                             \
    CPU_CLONES static void name##_tiles(const winograd_tiles *t)                                   \
    {                                                                                              \
        float half[SIDE][SIDE][LANES] __attribute__((aligned(64)));                                \
        for (int64_t i = 0; i < t->count; i++) {                                                   \
            const float *pixels = t->pixels + i * t->step * LANES;                                 \
            float *points = t->points + i * LANES;                                                 \
            for (int j = 0; j < n; j++)                                                            \
                name((vector){ pixels + j * LANES, t->row, half[0][j], SIDE * LANES });            \
            for (int j = 0; j < n_points; j++)                                                     \
                name((vector){ half[j][0], LANES, points + j * n_points * t->plane, t->plane });   \
        }                                                                                          \
    }

/* The reverse: N x N pixels from points. */
#define FROM_POINTS(name, n, n_points)                                                             \
    CPU_CLONES static void name##_tiles(const winograd_tiles *t)                                   \
    {                                                                                              \
        float half[SIDE][SIDE][LANES] __attribute__((aligned(64)));                                \
        for (int64_t i = 0; i < t->count; i++) {                                                   \
            const float *points = t->points + i * LANES;                                           \
            float *pixels = t->pixels + i * t->step * LANES;                                       \
            for (int j = 0; j < n_points; j++)                                                     \
                name((vector){ points + j * t->plane, n_points * t->plane, half[0][j],             \
                               SIDE * LANES });                                                    \
            for (int j = 0; j < n; j++)                                                            \
                name((vector){ half[j][0], LANES, pixels + j * t->row, LANES });                   \
        }                                                                                          \
    }

FROM_PIXELS(input_4, 6, 6)
FROM_PIXELS(output_gradient_4, 4, 6)
FROM_PIXELS(weight_4, 3, 6)
FROM_POINTS(output_4, 4, 6)
FROM_POINTS(weight_gradient_4, 3, 6)
FROM_PIXELS(input_3, 5, 5)
FROM_PIXELS(output_gradient_3, 3, 5)
FROM_PIXELS(weight_3, 3, 5)
FROM_POINTS(output_3, 3, 5)
FROM_POINTS(weight_gradient_3, 3, 5)

FROM_PIXELS(input_stride, 7, 7)
FROM_PIXELS(output_gradient_stride, 3, 7)
FROM_PIXELS(weight_stride, 3, 7)
FROM_POINTS(output_stride, 3, 7)
FROM_POINTS(weight_gradient_stride, 3, 7)
FROM_PIXELS(input_turned, 4, 7)
FROM_POINTS(output_turned, 6, 7)

const winograd_transforms winograd_tile_4 = { "winograd 4x4",
                                              4,
                                              6,
                                              4,
                                              6,
                                              input_4_tiles,
                                              output_4_tiles,
                                              output_gradient_4_tiles,
                                              weight_4_tiles,
                                              weight_gradient_4_tiles };
const winograd_transforms winograd_tile_3 = { "winograd 3x3",
                                              3,
                                              5,
                                              3,
                                              5,
                                              input_3_tiles,
                                              output_3_tiles,
                                              output_gradient_3_tiles,
                                              weight_3_tiles,
                                              weight_gradient_3_tiles };
const winograd_transforms winograd_stride_2 = { "winograd stride 2",
                                                3,
                                                7,
                                                6,
                                                7,
                                                input_stride_tiles,
                                                output_stride_tiles,
                                                output_gradient_stride_tiles,
                                                weight_stride_tiles,
                                                weight_gradient_stride_tiles };
const winograd_transforms winograd_stride_2_turned = {
    "winograd stride 2", 6, 4, 3, 7, input_turned_tiles, output_turned_tiles, 0,
    weight_stride_tiles, 0
};
