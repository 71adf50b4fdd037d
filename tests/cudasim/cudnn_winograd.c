/* cudnn_winograd.c: correlations by Winograd's minimal filtering, in floats throughout.
 *
 * Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016). The
 * matrices come from the points 0, 1, -1 (and 2, -2) and infinity, as there. */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cudnn_correlate.h"

enum { SIZE_MOST = 6 };

/* The transforms of F(m, r): y = A' [(G g) * (B' d)] */
typedef struct winograd {
    int m, r, t; /* tile, piece, and their transforms: m + r - 1 */
    float a[SIZE_MOST][SIZE_MOST], g[SIZE_MOST][SIZE_MOST], b[SIZE_MOST][SIZE_MOST];
} winograd;

/* The coefficients of the product of (x - point) over the points but one; -1: over all. */
static void polynomial(const double *points, int n, int without, double coefficients[SIZE_MOST])
{
    memset(coefficients, 0, SIZE_MOST * sizeof *coefficients);
    coefficients[0] = 1;
    for (int k = 0; k < n; k++) {
        if (k == without)
            continue;
        for (int i = SIZE_MOST - 1; i >= 0; i--)
            coefficients[i] = (i ? coefficients[i - 1] : 0) - points[k] * coefficients[i];
    }
}

static winograd winograd_make(int m, int r)
{
    static const double POINTS[] = { 0, 1, -1, 2, -2 };
    winograd w = { m, r, m + r - 1, { { 0 } }, { { 0 } }, { { 0 } } };
    const int n = w.t - 1; /* finite points */
    double row[SIZE_MOST];
    for (int j = 0; j < w.t; j++) {
        polynomial(POINTS, n, j < n ? j : -1, row);
        for (int i = 0; i < w.t; i++)
            w.b[j][i] = (float)row[i];
        double power = 1, scale = 1;
        for (int k = 0; k < n && j < n; k++)
            scale *= k == j ? 1 : POINTS[j] - POINTS[k];
        for (int i = 0; i < SIZE_MOST && j < n; i++, power *= POINTS[j]) {
            if (i < m)
                w.a[i][j] = (float)power;
            if (i < r)
                w.g[j][i] = (float)(power / scale);
        }
    }
    w.a[m - 1][n] = w.g[n][r - 1] = 1;
    return w;
}

/* to = matrix * from * matrix', where from is columns x columns and to is rows x rows. */
static void transform(const float matrix[SIZE_MOST][SIZE_MOST], int rows, int columns,
                      const float *from, float *to)
{
    float half[SIZE_MOST * SIZE_MOST];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            float sum = 0;
            for (int k = 0; k < columns; k++)
                sum += matrix[i][k] * from[k * columns + j];
            half[i * columns + j] = sum;
        }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++) {
            float sum = 0;
            for (int k = 0; k < columns; k++)
                sum += half[i * columns + k] * matrix[j][k];
            to[i * rows + j] = sum;
        }
}

/* Copies a square of a plane; what lies beyond it is 0. */
static void square_read(const float *plane, const int size[2], int row, int column, int n,
                        float *square)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            const bool is_in = row + i < size[0] && column + j < size[1];
            square[i * n + j] = is_in ? plane[(row + i) * size[1] + column + j] : 0;
        }
}

static int pieces_of(int size, int piece)
{
    return (size + piece - 1) / piece;
}

/* The transformed pieces of all filters. */
static float *filters_make(const correlation *c, const winograd *w)
{
    const int n = w->t * w->t, rows = pieces_of(c->filter_size[0], w->r);
    const int columns = pieces_of(c->filter_size[1], w->r);
    const int plane = c->filter_size[0] * c->filter_size[1];
    float square[SIZE_MOST * SIZE_MOST];
    float *made = malloc((size_t)(c->n_out * c->n_in * rows * columns * n) * sizeof *made);
    float *to = made;
    for (int i = 0; i < c->n_out * c->n_in; i++)
        for (int at = 0; at < rows * columns; at++, to += n) {
            square_read(c->filter + (ptrdiff_t)i * plane, c->filter_size, at / columns * w->r,
                        at % columns * w->r, w->r, square);
            transform(w->g, w->t, w->r, square, to);
        }
    return made;
}

static void tile_write(const correlation *c, const winograd *w, const float *sums, float *plane,
                       int row, int column)
{
    float tile[SIZE_MOST * SIZE_MOST];
    transform(w->a, w->m, w->t, sums, tile);
    for (int i = 0; i < w->m && row + i < c->out_size[0]; i++)
        for (int j = 0; j < w->m && column + j < c->out_size[1]; j++)
            plane[(row + i) * c->out_size[1] + column + j] = tile[i * w->m + j];
}

/* One tile of all outputs of an image; `sums` are one transformed tile for each. */
static void tile_run(const correlation *c, const winograd *w, const float *filters, int image,
                     int row, int column, float *sums)
{
    const int n = w->t * w->t, columns = pieces_of(c->filter_size[1], w->r);
    const int pieces = pieces_of(c->filter_size[0], w->r) * columns;
    const ptrdiff_t in_plane = (ptrdiff_t)c->in_size[0] * c->in_size[1];
    const ptrdiff_t out_plane = (ptrdiff_t)c->out_size[0] * c->out_size[1];
    float square[SIZE_MOST * SIZE_MOST], in[SIZE_MOST * SIZE_MOST];
    memset(sums, 0, (size_t)(c->n_out * n) * sizeof *sums);
    for (int i = 0; i < c->n_in; i++)
        for (int at = 0; at < pieces; at++) {
            square_read(c->in + ((ptrdiff_t)image * c->n_in + i) * in_plane, c->in_size,
                        row + at / columns * w->r, column + at % columns * w->r, w->t, square);
            transform(w->b, w->t, w->t, square, in);
            for (int o = 0; o < c->n_out; o++) {
                const float *filter = filters + (((ptrdiff_t)o * c->n_in + i) * pieces + at) * n;
                for (int k = 0; k < n; k++)
                    sums[o * n + k] += in[k] * filter[k];
            }
        }
    for (int o = 0; o < c->n_out; o++)
        tile_write(c, w, sums + (ptrdiff_t)o * n,
                   c->out + ((ptrdiff_t)image * c->n_out + o) * out_plane, row, column);
}

void correlate_winograd(const correlation *c, int tile, int piece)
{
    const winograd w = winograd_make(tile, piece);
    float *filters = filters_make(c, &w);
    float *sums = malloc((size_t)(c->n_out * w.t * w.t) * sizeof *sums);
    for (int image = 0; image < c->batch; image++)
        for (int row = 0; row < c->out_size[0]; row += tile)
            for (int column = 0; column < c->out_size[1]; column += tile)
                tile_run(c, &w, filters, image, row, column, sums);
    free(sums);
    free(filters);
}
