/* test_draw.c: the distributions of random numbers of augmentation, and what they depend on. */
#include <math.h>

#include "data/draw.h"
#include "support/check.h"

#define N 200000

/* Mean and variance of N numbers. */
struct moments {
    double mean, variance;
};

typedef double draw_one(rn_draw *draw, double parameter);

static struct moments measure(draw_one *one, double parameter)
{
    rn_draw draw = { .seed = 7, .epoch = 3, .sample = 11, .stream = 2 };
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        double value = one(&draw, parameter);
        sum += value;
        squares += value * value;
    }
    return (struct moments){ sum / N, squares / N - sum / N * (sum / N) };
}

/* Within five standard errors: of the mean exactly, of the variance for a kurtosis up to 3. */
static void check_moments(draw_one *one, double parameter, double mean, double variance)
{
    struct moments found = measure(one, parameter);
    CU_ASSERT(fabs(found.mean - mean) < 5 * sqrt(variance / N));
    CU_ASSERT(fabs(found.variance - variance) < 5 * variance * sqrt(2.0 / N));
}

static double uniform(rn_draw *draw, double parameter)
{
    (void)parameter;
    return rn_draw_uniform(draw);
}

static double between(rn_draw *draw, double parameter)
{
    return rn_draw_between(draw, parameter, parameter + 2.0);
}

static double happens(rn_draw *draw, double parameter)
{
    return rn_draw_happens(draw, parameter);
}

static double normal(rn_draw *draw, double parameter)
{
    (void)parameter;
    return rn_draw_normal(draw);
}

static double beta(rn_draw *draw, double parameter)
{
    return rn_draw_beta(draw, parameter);
}

static void test_moments(void)
{
    static const double alphas[] = { 0.01, 0.2, 0.8, 1.0, 3.5 };
    check_moments(uniform, 0, 0.5, 1.0 / 12);
    check_moments(between, -3, -2, 4.0 / 12);
    check_moments(happens, 0.3, 0.3, 0.21);
    check_moments(normal, 0, 0, 1);
    for (int i = 0; i < 5; i++)
        check_moments(beta, alphas[i], 0.5, 1 / (4 * (2 * alphas[i] + 1)));
}

/* 16 degrees of freedom: the statistic is above 39.3 in one of 1000 cases. */
static void test_below(void)
{
    rn_draw draw = { .seed = 5 };
    int counts[17] = { 0 };
    double statistic = 0;
    for (int i = 0; i < N; i++) {
        int64_t value = rn_draw_below(&draw, 17);
        CU_ASSERT_FATAL(value >= 0 && value < 17);
        counts[value]++;
    }
    for (int i = 0; i < 17; i++)
        statistic += pow(counts[i] - N / 17.0, 2) / (N / 17.0);
    CU_ASSERT(statistic < 39.3);
    CU_ASSERT_EQUAL(rn_draw_below(&draw, 1), 0);
}

/* The normal variates' share within one and two standard deviations. */
static void test_normal(void)
{
    rn_draw draw = { .seed = 9 };
    int one = 0, two = 0;
    for (int i = 0; i < N; i++) {
        double value = fabs(rn_draw_normal(&draw));
        one += value < 1;
        two += value < 2;
    }
    CU_ASSERT(fabs((double)one / N - 0.6827) < 0.006);
    CU_ASSERT(fabs((double)two / N - 0.9545) < 0.003);
}

/* Every part of what a number is counted by changes it, and nothing else does. */
static void test_counted(void)
{
    const rn_draw draws[] = {
        { .seed = 1 },
        { .seed = 1, .epoch = 1 },
        { .seed = 1, .sample = 1 },
        { .seed = 1, .sample = 1LL << 32 },
        { .seed = 1, .stream = 1 },
        { .seed = 1, .next = 1 },
        { .seed = 2 },
        { .seed = 1ULL << 32 | 1 },
    };
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++)
        for (size_t j = 0; j < sizeof draws / sizeof *draws; j++) {
            rn_draw a = draws[i], b = draws[j];
            CU_ASSERT_EQUAL(rn_draw_uniform(&a) == rn_draw_uniform(&b), i == j);
        }
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "means and variances", test_moments },
        { "integers are uniform", test_below },
        { "normal variates", test_normal },
        { "numbers are counted", test_counted },
        CU_TEST_INFO_NULL,
    };
    return check_run("draw", tests);
}
