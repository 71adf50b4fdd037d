/* test_welch.c: mean, standard deviation and Welch's test as numpy and scipy have them. */
#include <math.h>

#include "base/welch.h"
#include "base/welch_golden.h"
#include "support/check.h"

#define TOLERANCE 1e-9 /* relative */

static bool is_near(double found, double expected)
{
    return fabs(found - expected) <= TOLERANCE * fabs(expected);
}

static void test_golden(void)
{
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        const struct golden *g = &goldens[i];
        rn_sample sample[2];
        for (int k = 0; k < 2; k++) {
            sample[k] = rn_sample_of(g->values[k], g->n[k]);
            CU_ASSERT_EQUAL(sample[k].n, g->n[k]);
            CU_ASSERT_TRUE(is_near(sample[k].mean, g->mean[k]));
            CU_ASSERT_TRUE(is_near(sample[k].sd, g->sd[k]));
        }
        rn_welch test = rn_welch_test(&sample[0], &sample[1]);
        bool same = is_near(test.t, g->t) && is_near(test.df, g->df) && is_near(test.p, g->p);
        CU_ASSERT_TRUE(same);
        if (!same)
            check_note("pair %zu: t %.17g, df %.17g, p %.17g; expected %.17g, %.17g, %.17g", i,
                       test.t, test.df, test.p, g->t, g->df, g->p);
    }
}

static void test_too_little(void)
{
    const double same[] = { 0.5, 0.5 }, two[] = { 1, 2 };
    rn_sample none = rn_sample_of(two, 0), one = rn_sample_of(two, 1);
    rn_sample constant = rn_sample_of(same, 2), some = rn_sample_of(two, 2);
    CU_ASSERT_TRUE(isnan(none.mean) && isnan(none.sd));
    CU_ASSERT_TRUE(one.mean == 1 && isnan(one.sd));
    CU_ASSERT_TRUE(isnan(rn_welch_test(&some, &none).p));
    CU_ASSERT_TRUE(isnan(rn_welch_test(&one, &some).p));
    CU_ASSERT_TRUE(isnan(rn_welch_test(&constant, &constant).p));
    CU_ASSERT_EQUAL(rn_welch_test(&some, &some).p, 1);
    CU_ASSERT_TRUE(rn_welch_test(&constant, &some).p < 1);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "scipy's results", test_golden },
        { "too little to tell", test_too_little },
        CU_TEST_INFO_NULL,
    };
    return check_run("welch", tests);
}
