/* measures.c: how far one tensor is from another: one pass over both, with double sums, and
 * histograms in place of sorting. */
#include "compare/measures.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define SHORT_SHARE 0.99 /* of the differing elements, to call a tensor stored in fewer bits */
#define FEWEST_SHORT 8   /* differing elements that can tell */

/* Factors rounded to p bits of mantissa, both of them, move a sum of their products by an RMS of
 * 0.54 * 2^-(p+1) of itself: an error that is uniform within half a unit has the RMS 1/sqrt(3), a
 * mantissa between 1 and 2 the RMS 1.5, and there are two factors. */
#define PRODUCT_ROUNDING 0.54

enum { PER_OCTAVE = 32, N_BINS = 256 * PER_OCTAVE };

/* Non-negative numbers by their upper bits: exponent and 5 bits of mantissa. */
typedef struct histogram {
    int64_t n, bins[N_BINS];
} histogram;

typedef struct sums {
    double reference, other, product, difference; /* of squares and products, where finite */
    double ulp_max;
    int64_t n_short10, n_short7, n_short3, n_judged; /* differing elements with so few bits */
    bool has_infinite;                               /* a difference */
    histogram ulps, differences;                     /* the latter of differing elements */
} sums;

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void histogram_add(histogram *h, double x)
{
    h->n++;
    h->bins[bits_of((float)x) >> 18]++;
}

/* The least number in bin i. */
static double histogram_edge(int32_t i)
{
    uint32_t bits = (uint32_t)i << 18;
    float edge;
    memcpy(&edge, &bits, sizeof edge);
    return (double)edge;
}

/* The bin of the least number that is not below a share of all. */
static int32_t histogram_quantile(const histogram *h, double share)
{
    int64_t wanted = (int64_t)ceil(share * (double)h->n), seen = h->bins[0];
    int32_t i = 0;
    while (seen < wanted)
        seen += h->bins[++i];
    return i;
}

/* How many numbers are in bins after i. */
static int64_t histogram_above(const histogram *h, int32_t i)
{
    int64_t n = 0;
    for (int32_t k = i + 1; k < N_BINS; k++)
        n += h->bins[k];
    return n;
}

/* The place of a number in the order of all floats, so that neighbours are 1 apart. */
static int64_t place_of(float x)
{
    uint32_t bits = bits_of(x);
    return bits >> 31 ? -(int64_t)(bits & 0x7fffffff) : (int64_t)bits;
}

static void add_differing(sums *s, float b, double difference)
{
    uint32_t bits = bits_of(b);
    histogram_add(&s->differences, difference);
    if (b == 0 || !isfinite(b))
        return;
    s->n_judged++;
    s->n_short10 += (bits & 0x1fff) == 0;
    s->n_short7 += (bits & 0xffff) == 0;
    s->n_short3 += (bits & 0xfffff) == 0;
}

static void add_finite(sums *s, double a, double b, double difference)
{
    s->reference += a * a;
    s->other += b * b;
    s->product += a * b;
    s->difference += difference * difference;
}

/* Adds element i to the sums and to the measures that need no division. */
static void add(sums *s, rn_measures *m, int64_t i, float a, float b)
{
    bool both_finite = isfinite(a) && isfinite(b);
    bool are_equal = a == b || (isnan(a) && isnan(b));
    double difference = both_finite ? fabs((double)a - (double)b) : are_equal ? 0 : INFINITY;
    double ulps = are_equal ? 0 : fabs((double)(place_of(a) - place_of(b)));
    m->n_nonfinite_reference += !isfinite(a);
    m->n_nonfinite += !isfinite(b);
    histogram_add(&s->ulps, ulps);
    s->ulp_max = fmax(s->ulp_max, ulps);
    if (both_finite)
        add_finite(s, (double)a, (double)b, difference);
    if (are_equal)
        return;
    m->n_differing++;
    s->has_infinite = s->has_infinite || !both_finite;
    add_differing(s, b, difference);
    if (difference > m->max_abs) {
        m->max_abs = difference;
        m->worst = i;
    }
}

/* Ones, as of variances that were never updated, fit in any number of bits and tell nothing. */
static int32_t stored_bits(const sums *s)
{
    double enough = SHORT_SHARE * (double)s->n_judged;
    if (s->n_judged < FEWEST_SHORT || s->n_short3 * 2 > s->n_judged)
        return 23;
    return (double)s->n_short7 >= enough ? 7 : (double)s->n_short10 >= enough ? 10 : 23;
}

static double rounding_bits(const rn_measures *m)
{
    if (m->n_differing == 0 || !isfinite(m->nmse))
        return NAN;
    if (m->stored_bits < 23)
        return m->stored_bits;
    double bits = log2(PRODUCT_ROUNDING / sqrt(m->nmse)) - 1;
    return bits < 1 ? NAN : fmin(bits, 23);
}

static double over(double difference, double reference)
{
    return difference == 0 ? 0 : reference == 0 ? INFINITY : difference / reference;
}

void rn_measures_take(const float *reference, const float *other, int64_t count,
                      rn_measures *measures)
{
    sums s = { 0 };
    rn_measures m = { .count = count };
    for (int64_t i = 0; i < count; i++)
        add(&s, &m, i, reference[i], other[i]);
    double n = (double)(count ? count : 1);
    int32_t median = histogram_quantile(&s.differences, 0.5);
    m.rms = sqrt(s.reference / n);
    m.max_relative = over(m.max_abs, m.rms);
    m.rms_difference = s.has_infinite ? INFINITY : sqrt(s.difference / n);
    m.nmse = s.has_infinite ? INFINITY : over(s.difference, s.reference);
    m.cosine = s.product / sqrt(s.reference) / sqrt(s.other);
    m.ulp_median = histogram_edge(histogram_quantile(&s.ulps, 0.5));
    m.ulp_p99 = histogram_edge(histogram_quantile(&s.ulps, 0.99));
    m.ulp_max = s.ulp_max;
    m.median_abs = histogram_edge(median);
    m.share_far = (double)histogram_above(&s.differences, median + 3 * PER_OCTAVE) / n;
    m.stored_bits = stored_bits(&s);
    m.rounding_bits = rounding_bits(&m);
    *measures = m;
}
