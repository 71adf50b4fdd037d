/* cudnn_fourier.c: correlations by fast Fourier transforms in floats. */
#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cudnn_correlate.h"

typedef float complex number;

/* The transforms' size, and exp(-2 pi i k / size). */
typedef struct fourier {
    int size;
    number *roots;
} fourier;

/* In place, of `size` numbers that lie `step` apart, in radix 2; with `inverse`, not divided. */
static void line_transform(const fourier *f, number *at, int step, bool inverse)
{
    const int n = f->size;
    for (int i = 1, j = 0; i < n; i++) {
        int bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j |= bit;
        if (i < j) {
            number moved = at[i * step];
            at[i * step] = at[j * step];
            at[j * step] = moved;
        }
    }
    for (int half = 1; half < n; half *= 2)
        for (int begin = 0; begin < n; begin += 2 * half)
            for (int k = 0; k < half; k++) {
                number root = f->roots[k * (n / 2 / half)];
                number *even = at + (begin + k) * step, *odd = even + half * step;
                number turned = *odd * (inverse ? conjf(root) : root);
                *odd = *even - turned;
                *even += turned;
            }
}

static void plane_transform(const fourier *f, number *plane, bool inverse)
{
    for (int i = 0; i < f->size; i++)
        line_transform(f, plane + (ptrdiff_t)i * f->size, 1, inverse);
    for (int i = 0; i < f->size; i++)
        line_transform(f, plane + i, f->size, inverse);
}

/* The transforms of n planes, which are padded with zeros. */
static number *planes_make(const fourier *f, const float *planes, int n, const int size[2])
{
    const ptrdiff_t area = (ptrdiff_t)f->size * f->size;
    number *made = calloc((size_t)(n * area), sizeof *made);
    for (int i = 0; i < n; i++) {
        for (int row = 0; row < size[0]; row++)
            for (int column = 0; column < size[1]; column++)
                made[(ptrdiff_t)i * area + (ptrdiff_t)row * f->size + column] =
                    planes[((ptrdiff_t)i * size[0] + row) * size[1] + column];
        plane_transform(f, made + (ptrdiff_t)i * area, false);
    }
    return made;
}

static void output_make(const fourier *f, const correlation *c, const number *in,
                        const number *filter, number *sums, float *out)
{
    const ptrdiff_t area = (ptrdiff_t)f->size * f->size;
    memset(sums, 0, (size_t)area * sizeof *sums);
    for (int i = 0; i < c->n_in; i++)
        for (ptrdiff_t k = 0; k < area; k++)
            sums[k] += in[(ptrdiff_t)i * area + k] * conjf(filter[(ptrdiff_t)i * area + k]);
    plane_transform(f, sums, true);
    for (int row = 0; row < c->out_size[0]; row++)
        for (int column = 0; column < c->out_size[1]; column++)
            out[row * c->out_size[1] + column] =
                crealf(sums[(ptrdiff_t)row * f->size + column]) / (float)area;
}

static fourier fourier_make(const correlation *c)
{
    const int most = c->in_size[0] > c->in_size[1] ? c->in_size[0] : c->in_size[1];
    fourier f = { 2, NULL };
    while (f.size < most)
        f.size *= 2;
    f.roots = malloc((size_t)(f.size / 2) * sizeof *f.roots);
    for (int k = 0; k < f.size / 2; k++) {
        const double angle = -2 * M_PI * k / f.size;
        f.roots[k] = (float)cos(angle) + (float)sin(angle) * (number)I;
    }
    return f;
}

void correlate_fourier(const correlation *c)
{
    const fourier f = fourier_make(c);
    const ptrdiff_t area = (ptrdiff_t)f.size * f.size;
    const ptrdiff_t out_plane = (ptrdiff_t)c->out_size[0] * c->out_size[1];
    number *in = planes_make(&f, c->in, c->batch * c->n_in, c->in_size);
    number *filter = planes_make(&f, c->filter, c->n_out * c->n_in, c->filter_size);
    number *sums = malloc((size_t)area * sizeof *sums);
    for (int image = 0; image < c->batch; image++)
        for (int o = 0; o < c->n_out; o++)
            output_make(&f, c, in + (ptrdiff_t)image * c->n_in * area,
                        filter + (ptrdiff_t)o * c->n_in * area, sums,
                        c->out + ((ptrdiff_t)image * c->n_out + o) * out_plane);
    free(sums);
    free(filter);
    free(in);
    free(f.roots);
}
