/* test_slower.c: whether steps are slower than others: both tests as scipy has them, and blocks of
 * steps that depend on each other. */
#include <math.h>
#include <resnet/random.h>

#include "base/bootstrap.h"
#include "base/mann_whitney.h"
#include "compare/slower.h"
#include "compare/slower_golden.h"
#include "support/check.h"

static bool is_near(double found, double expected, double tolerance)
{
    return fabs(found - expected) <= tolerance;
}

static void test_ranks(void)
{
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        const struct golden *g = &goldens[i];
        rn_mann_whitney test = rn_mann_whitney_test(g->a, g->n, g->b, g->m);
        bool same = test.u == g->u && is_near(test.p, g->p, 1e-9 * g->p);
        CU_ASSERT_TRUE(same);
        if (!same)
            check_note("pair %zu: U %.17g, p %.17g; expected %.17g, %.17g", i, test.u, test.p, g->u,
                       g->p);
    }
}

/* Both intervals are drawn at random: their ends are within a fifth of their width. */
static void test_interval(void)
{
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        const struct golden *g = &goldens[i];
        rn_interval found = { NAN, NAN };
        double tolerance = 0.2 * (g->high - g->low);
        CU_ASSERT_EQUAL(rn_bootstrap_ratio(g->a, g->n, g->b, g->m, 0.99, &found), RN_OK);
        bool same =
            is_near(found.low, g->low, tolerance) && is_near(found.high, g->high, tolerance);
        CU_ASSERT_TRUE(same);
        if (!same)
            check_note("pair %zu: %g to %g; expected %g to %g", i, found.low, found.high, g->low,
                       g->high);
    }
}

#define N_STEPS 120
#define N_PAIRS 60

/* Steps of 10 ms, a part of whose deviation stays from one to the next. */
static void make_steps(uint32_t seed, double stays, double *times)
{
    double deviation = 0;
    for (uint64_t i = 0; i < N_STEPS; i++) {
        double fresh = (double)rn_random_uniform(seed, 0, 7, i) - 0.5;
        deviation = stays * deviation + fresh;
        times[i] = 10 + deviation;
    }
}

static void test_blocks(void)
{
    double times[N_STEPS], sum[2] = { 0, 0 };
    for (uint32_t seed = 0; seed < N_PAIRS; seed++) {
        make_steps(seed, 0, times);
        sum[0] += (double)rn_slower_block(times, N_STEPS) / N_PAIRS;
        make_steps(seed, 0.8, times);
        sum[1] += (double)rn_slower_block(times, N_STEPS) / N_PAIRS;
    }
    CU_ASSERT_TRUE(sum[0] < 3);
    CU_ASSERT_TRUE(sum[1] > 8 && sum[1] < 60);
    for (int i = 0; i < N_STEPS; i++)
        times[i] = 10 + i;
    CU_ASSERT_TRUE(rn_slower_block(times, N_STEPS) > N_STEPS / 4);
    times[0] = 1;
    CU_ASSERT_EQUAL(rn_slower_block(times, 1), 1);
}

/* Two runs of one program differ in few pairs, though their steps depend on each other: a test of
 * single steps sees differences in many. */
static void test_same(void)
{
    double a[N_STEPS], b[N_STEPS];
    int n_blocks = 0, n_single = 0;
    for (uint32_t seed = 0; seed < N_PAIRS; seed++) {
        rn_slower slower;
        make_steps(2 * seed, 0.8, a);
        make_steps(2 * seed + 1, 0.8, b);
        CU_ASSERT_EQUAL(rn_slower_judge(a, N_STEPS, b, N_STEPS, &slower), RN_OK);
        n_blocks += slower.differs;
        n_single += rn_mann_whitney_test(a, N_STEPS, b, N_STEPS).p < RN_SLOWER_LEVEL;
    }
    CU_ASSERT_TRUE(n_blocks <= 3);
    CU_ASSERT_TRUE(n_single >= 12);
    if (n_blocks > 3 || n_single < 12)
        check_note("of %d pairs %d differ by blocks, %d by steps", N_PAIRS, n_blocks, n_single);
}

static void test_slower(void)
{
    double a[N_STEPS], b[N_STEPS];
    rn_slower slower;
    make_steps(1, 0.3, a);
    make_steps(2, 0.3, b);
    for (int i = 0; i < N_STEPS; i++)
        b[i] *= 1.2;
    CU_ASSERT_EQUAL(rn_slower_judge(a, N_STEPS, b, N_STEPS, &slower), RN_OK);
    CU_ASSERT_TRUE(slower.differs);
    CU_ASSERT_TRUE(slower.ratio > 1.18 && slower.ratio < 1.22);
    CU_ASSERT_TRUE(slower.low > 1.15 && slower.low < slower.ratio);
    CU_ASSERT_TRUE(slower.high < 1.25 && slower.high > slower.ratio);
    CU_ASSERT_EQUAL(rn_slower_judge(b, N_STEPS, a, N_STEPS, &slower), RN_OK);
    CU_ASSERT_TRUE(slower.differs && slower.ratio < 0.85);
}

/* Four steps and four never suffice, however far apart; five and five may. */
static void test_few(void)
{
    const double a[] = { 1, 1.1, 1.2, 1.3, 1.4 }, b[] = { 9, 9.1, 9.2, 9.3, 9.4 };
    rn_slower slower;
    CU_ASSERT_EQUAL(rn_slower_judge(a, 4, b, 4, &slower), RN_OK);
    CU_ASSERT_FALSE(slower.differs);
    CU_ASSERT_EQUAL(rn_slower_judge(a, 1, b, 1, &slower), RN_OK);
    CU_ASSERT_FALSE(slower.differs);
    CU_ASSERT_EQUAL(rn_slower_judge(a, 1, b, 5, &slower), RN_OK);
    CU_ASSERT_FALSE(slower.differs);
    CU_ASSERT_EQUAL(rn_slower_judge(a, 5, b, 5, &slower), RN_OK);
    CU_ASSERT_TRUE(slower.differs && slower.block == 1);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "Mann and Whitney as scipy", test_ranks },
        { "the interval as scipy's bootstrap", test_interval },
        { "steps that depend on each other", test_blocks },
        { "equal programs", test_same },
        { "a slower program", test_slower },
        { "too few steps", test_few },
        CU_TEST_INFO_NULL,
    };
    return check_run("slower", tests);
}
