/* welch.c: Welch's t-test, with the distribution of t as a regularised incomplete beta function
 * (Abramowitz and Stegun, 26.7.1 and 26.5.8). */
#define _GNU_SOURCE /* lgamma_r */
#include "base/welch.h"

#include <float.h>
#include <math.h>

rn_sample rn_sample_of(const double *values, int64_t n)
{
    rn_sample sample = { n, NAN, NAN };
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        sum += values[i];
    if (n > 0)
        sample.mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++)
        squares += (values[i] - sample.mean) * (values[i] - sample.mean);
    if (n > 1)
        sample.sd = sqrt(squares / (double)(n - 1));
    return sample;
}

/* log of the gamma function, without the global variable that lgamma sets. */
static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

static double away_from_0(double x)
{
    return fabs(x) < DBL_MIN ? DBL_MIN : x;
}

/* The continued fraction of the incomplete beta function, by Lentz's method. It converges within
 * some hundred terms where x < (a+1)/(a+b+2). */
static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 / away_from_0(1 - (a + b) * x / (a + 1)), fraction = d, factor = 0;
    for (int m = 1; m < 100000 && fabs(factor - 1) > DBL_EPSILON; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_0(1 + even * d);
        c = away_from_0(1 + even / c);
        fraction *= c * d;
        d = 1 / away_from_0(1 + odd * d);
        c = away_from_0(1 + odd / c);
        factor = c * d;
        fraction *= factor;
    }
    return fraction;
}

/* I_x(a, b), where y = 1-x is given apart, as it may be tiny. */
static double beta(double a, double b, double x, double y)
{
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log(y));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, y) / b;
}

rn_welch rn_welch_test(const rn_sample *a, const rn_sample *b)
{
    rn_welch test = { NAN, NAN, NAN };
    double va = a->sd * a->sd / (double)a->n, vb = b->sd * b->sd / (double)b->n, v = va + vb;
    if (!(v > 0))
        return test;
    test.t = (b->mean - a->mean) / sqrt(v);
    test.df = v * v / (va * va / (double)(a->n - 1) + vb * vb / (double)(b->n - 1));
    double t2 = test.t * test.t;
    test.p = beta(test.df / 2, 0.5, test.df / (test.df + t2), t2 / (test.df + t2));
    return test;
}
