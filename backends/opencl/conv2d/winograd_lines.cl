/* winograd_lines.cl: Winograd's transforms of one line (Lavin and Gray, arXiv:1509.09308), for
 * tiles of TILE outputs, 2 to 4. backends/cpu/winograd/transforms.c derives the matrices.
 *
 * An item transforms LANES tiles at a time: 16 on processors, one on GPUs. */
#define SIDE (TILE + 2)
#define POINTS (SIDE * SIDE)

#if LANES == 1
typedef float lanes;
#else
typedef float16 lanes;
#endif

/* Each function reads from[0], from[step] ... and writes to[0], to[step] ... */
#define LINE(name) \
    static void name(const lanes *from, const int from_step, lanes *to, const int to_step)
#define IN(i) from[(i) * from_step]
#define OUT(i) to[(i) * to_step]

#if TILE == 4

/* The points are 0, A, -A, B, -B and infinity, with A^2 = 1/2 and B^2 = 2. */
#define A 0.70710678f
#define B 1.41421356f

/* B^T d */
LINE(line_input)
{
    lanes d0 = IN(0), d1 = IN(1), d2 = IN(2), d3 = IN(3), d4 = IN(4), d5 = IN(5);
    lanes even = d4 - 2.0f * d2, odd = A * (d3 - 2.0f * d1);
    lanes even_b = d4 - 0.5f * d2, odd_b = B * (d3 - 0.5f * d1);
    OUT(0) = d4 - 2.5f * d2 + d0;
    OUT(1) = even + odd;
    OUT(2) = even - odd;
    OUT(3) = even_b + odd_b;
    OUT(4) = even_b - odd_b;
    OUT(5) = d5 - 2.5f * d3 + d1;
}

/* A^T m */
LINE(line_output)
{
    lanes sum = IN(1) + IN(2), difference = IN(1) - IN(2);
    lanes sum_b = IN(3) + IN(4), difference_b = IN(3) - IN(4);
    OUT(0) = IN(0) + sum + sum_b;
    OUT(1) = A * difference + B * difference_b;
    OUT(2) = 0.5f * sum + 2.0f * sum_b;
    OUT(3) = 0.5f * A * difference + 2.0f * B * difference_b + IN(5);
}

/* A dy */
LINE(line_output_gradient)
{
    lanes y0 = IN(0), y1 = IN(1), y2 = IN(2), y3 = IN(3);
    lanes even = y0 + 0.5f * y2, odd = A * (y1 + 0.5f * y3);
    lanes even_b = y0 + 2.0f * y2, odd_b = B * (y1 + 2.0f * y3);
    OUT(0) = y0;
    OUT(1) = even + odd;
    OUT(2) = even - odd;
    OUT(3) = even_b + odd_b;
    OUT(4) = even_b - odd_b;
    OUT(5) = y3;
}

/* 1 / N of the points A and B; N of the point 0 is 1. */
#define NA (-2.0f / 3.0f)
#define NB (1.0f / 6.0f)

/* G g */
LINE(line_weight)
{
    lanes g0 = IN(0), g1 = IN(1), g2 = IN(2);
    lanes even = NA * (g0 + 0.5f * g2), odd = NA * A * g1;
    lanes even_b = NB * (g0 + 2.0f * g2), odd_b = NB * B * g1;
    OUT(0) = g0;
    OUT(1) = even + odd;
    OUT(2) = even - odd;
    OUT(3) = even_b + odd_b;
    OUT(4) = even_b - odd_b;
    OUT(5) = g2;
}

/* G^T u */
LINE(line_weight_gradient)
{
    lanes sum = NA * (IN(1) + IN(2)), difference = NA * (IN(1) - IN(2));
    lanes sum_b = NB * (IN(3) + IN(4)), difference_b = NB * (IN(3) - IN(4));
    OUT(0) = IN(0) + sum + sum_b;
    OUT(1) = A * difference + B * difference_b;
    OUT(2) = 0.5f * sum + 2.0f * sum_b + IN(5);
}

#elif TILE == 3

/* The points are 0, 1, -1, 2 and infinity. */
LINE(line_input)
{
    lanes d0 = IN(0), d1 = IN(1), d2 = IN(2), d3 = IN(3), d4 = IN(4);
    lanes even = d3 - d1, high = d3 - 2.0f * d2, low = d2 - 2.0f * d1;
    OUT(0) = even - 2.0f * (d2 - d0);
    OUT(1) = high + low;
    OUT(2) = high - low;
    OUT(3) = even;
    OUT(4) = d4 - d2 - 2.0f * even;
}

LINE(line_output)
{
    lanes sum = IN(1) + IN(2), two = IN(3);
    OUT(0) = IN(0) + sum + two;
    OUT(1) = IN(1) - IN(2) + 2.0f * two;
    OUT(2) = sum + 4.0f * two + IN(4);
}

LINE(line_output_gradient)
{
    lanes y0 = IN(0), y1 = IN(1), y2 = IN(2), outer = y0 + y2;
    OUT(0) = y0;
    OUT(1) = outer + y1;
    OUT(2) = outer - y1;
    OUT(3) = y0 + 2.0f * (y1 + 2.0f * y2);
    OUT(4) = y2;
}

LINE(line_weight)
{
    lanes g0 = IN(0), g1 = IN(1), g2 = IN(2), outer = g0 + g2;
    OUT(0) = 0.5f * g0;
    OUT(1) = -0.5f * (outer + g1);
    OUT(2) = (-1.0f / 6.0f) * (outer - g1);
    OUT(3) = (1.0f / 6.0f) * (g0 + 2.0f * (g1 + 2.0f * g2));
    OUT(4) = g2;
}

LINE(line_weight_gradient)
{
    lanes one = -0.5f * IN(1), minus = (-1.0f / 6.0f) * IN(2), two = (1.0f / 6.0f) * IN(3);
    OUT(0) = 0.5f * IN(0) + one + minus + two;
    OUT(1) = one - minus + 2.0f * two;
    OUT(2) = one + minus + 4.0f * two + IN(4);
}

#else

/* The points are 0, 1, -1 and infinity. */
LINE(line_input)
{
    lanes d0 = IN(0), d1 = IN(1), d2 = IN(2), d3 = IN(3);
    OUT(0) = d0 - d2;
    OUT(1) = d1 + d2;
    OUT(2) = d2 - d1;
    OUT(3) = d3 - d1;
}

LINE(line_output)
{
    lanes sum = IN(1) + IN(2), difference = IN(1) - IN(2);
    OUT(0) = IN(0) + sum;
    OUT(1) = difference + IN(3);
}

LINE(line_output_gradient)
{
    lanes y0 = IN(0), y1 = IN(1);
    OUT(0) = y0;
    OUT(1) = y0 + y1;
    OUT(2) = y0 - y1;
    OUT(3) = y1;
}

LINE(line_weight)
{
    lanes g0 = IN(0), g1 = IN(1), g2 = IN(2), outer = 0.5f * (g0 + g2);
    OUT(0) = g0;
    OUT(1) = outer + 0.5f * g1;
    OUT(2) = outer - 0.5f * g1;
    OUT(3) = g2;
}

LINE(line_weight_gradient)
{
    lanes sum = 0.5f * (IN(1) + IN(2));
    OUT(0) = IN(0) + sum;
    OUT(1) = 0.5f * (IN(1) - IN(2));
    OUT(2) = sum + IN(3);
}

#endif

/* Defines NAME(from, to), which applies the transform on both sides: n x n values to m x m. */
#define SQUARE(name, n, m, line)                               \
    static void name(const lanes *from, lanes *to)             \
    {                                                          \
        lanes columns[(m) * (n)];                              \
        _Pragma("unroll") for (int j = 0; j < (n); j++)        \
            line(from + j, n, columns + j, n);                 \
        _Pragma("unroll") for (int i = 0; i < (m); i++)        \
            line(columns + i * (n), 1, to + i * (m), 1);       \
    }

SQUARE(square_input, SIDE, SIDE, line_input)
SQUARE(square_output, SIDE, TILE, line_output)
SQUARE(square_output_gradient, TILE, SIDE, line_output_gradient)
SQUARE(square_weight, 3, SIDE, line_weight)
SQUARE(square_weight_gradient, SIDE, 3, line_weight_gradient)

/* Element `at` of each point's matrix of `plane` floats, and the LANES - 1 after it. */
static void points_write(const lanes *points, __global lanes *to, ulong plane, ulong at)
{
#pragma unroll
    for (int i = 0; i < POINTS; i++)
        to[(i * plane + at) / LANES] = points[i];
}

#if LANES > 1
/* The first `count` pixels of each of 4 tiles, as `count` rows of LANES tiles. */
static void turn(float4 a, float4 b, float4 c, float4 d, const int count, float *to)
{
    vstore4((float4)(a.x, b.x, c.x, d.x), 0, to);
    if (count > 1)
        vstore4((float4)(a.y, b.y, c.y, d.y), 0, to + LANES);
    if (count > 2)
        vstore4((float4)(a.z, b.z, c.z, d.z), 0, to + 2 * LANES);
    if (count > 3)
        vstore4((float4)(a.w, b.w, c.w, d.w), 0, to + 3 * LANES);
}
#endif
