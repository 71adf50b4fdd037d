/* mann_whitney.c: Mann and Whitney 1947, https://doi.org/10.1214/aoms/1177730491. */
#include "base/mann_whitney.h"

#include <math.h>
#include <stdbool.h>

#define MAX_EXACT 20
#define SQRT_2 1.4142135623730951

static int64_t count_equal(double value, const double *values, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        count += values[i] == value;
    return count;
}

/* The sum of t^3 - t over all groups of t equal values: each value of a group adds t^2 - 1. */
static double tie_sum(const double *a, int64_t n, const double *b, int64_t m)
{
    double sum = 0;
    for (int64_t i = 0; i < n + m; i++) {
        double value = i < n ? a[i] : b[i - n];
        double t = (double)(count_equal(value, a, n) + count_equal(value, b, m));
        sum += t * t - 1;
    }
    return sum;
}

static double count_larger(const double *a, int64_t n, const double *b, int64_t m)
{
    double u = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < m; k++)
            u += b[k] > a[i] ? 1 : b[k] == a[i] ? 0.5 : 0;
    return u;
}

/* P(U >= u). The numbers of orders with each U are the coefficients of the Gaussian binomial, the
 * product of (1 - q^(m+i)) / (1 - q^i) for i = 1 to n. */
static double exact_tail(int64_t n, int64_t m, double u)
{
    double counts[MAX_EXACT * MAX_EXACT + 1] = { 1 }, all = 0, tail = 0;
    int64_t last = n * m;
    for (int64_t i = 1; i <= n; i++) {
        for (int64_t k = last; k >= m + i; k--)
            counts[k] -= counts[k - m - i];
        for (int64_t k = i; k <= last; k++)
            counts[k] += counts[k - i];
    }
    for (int64_t k = 0; k <= last; k++) {
        all += counts[k];
        tail += (double)k >= u ? counts[k] : 0;
    }
    return tail / all;
}

static double normal_tail(int64_t n, int64_t m, double u, double ties)
{
    double pairs = (double)n * (double)m, all = (double)(n + m);
    double variance = pairs / 12 * (all + 1 - ties / (all * (all - 1)));
    if (!(variance > 0))
        return 1;
    return 0.5 * erfc((u - pairs / 2 - 0.5) / sqrt(variance) / SQRT_2);
}

rn_mann_whitney rn_mann_whitney_test(const double *a, int64_t n, const double *b, int64_t m)
{
    rn_mann_whitney test = { .u = count_larger(a, n, b, m) };
    double ties = tie_sum(a, n, b, m);
    double far = fmax(test.u, (double)n * (double)m - test.u);
    bool is_exact = n <= MAX_EXACT && m <= MAX_EXACT && ties == 0;
    double tail = is_exact ? exact_tail(n, m, far) : normal_tail(n, m, far, ties);
    test.p = fmin(1, 2 * tail);
    return test;
}
