/* test_measures.c: the distance of two tensors as numpy has it, and the precisions that are told
 * from it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/measures.h"
#include "compare/measures_golden.h"
#include "support/check.h"

#define COUNT ((int64_t)(sizeof array_0 / sizeof *array_0))
#define TOLERANCE 1e-12 /* relative, of sums */
#define BIN (1 / 32.)   /* of a quantile that is larger than 64 */
#define LARGE 100003    /* elements */

static const struct golden *golden_of(const char *name)
{
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++)
        if (strcmp(goldens[i].name, name) == 0)
            return &goldens[i];
    CU_FAIL("no golden of this name");
    return &goldens[0];
}

static void check_number(const struct golden *g, const char *what, double found, double wanted,
                         double below)
{
    bool is_near = (isnan(wanted) && isnan(found)) || found == wanted ||
                   (found <= wanted * (1 + TOLERANCE) && found >= wanted * (1 - TOLERANCE - below));
    if (wanted < 0)
        is_near = fabs(found - wanted) <= -wanted * TOLERANCE;
    CU_ASSERT_TRUE(is_near);
    if (!is_near)
        check_note("%s: %s is %.17g, not %.17g", g->name, what, found, wanted);
}

static void check_golden_case(const struct golden *g)
{
    rn_measures m;
    rn_measures_take(g->reference, g->other, COUNT, &m);
#define CHECK(field, below) check_number(g, #field, (double)m.field, (double)g->field, below)
    CHECK(rms, 0);
    CHECK(max_abs, 0);
    CHECK(max_relative, 0);
    CHECK(rms_difference, 0);
    CHECK(nmse, 0);
    CHECK(cosine, 0);
    CHECK(ulp_median, g->ulp_median > 64 ? BIN : 0);
    CHECK(ulp_p99, g->ulp_p99 > 64 ? BIN : 0);
    CHECK(ulp_max, 0);
    CHECK(median_abs, BIN);
    CHECK(n_differing, 0);
    CHECK(n_nonfinite_reference, 0);
    CHECK(n_nonfinite, 0);
    CHECK(worst, 0);
#undef CHECK
}

static void test_golden(void)
{
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++)
        check_golden_case(&goldens[i]);
}

/* What rounding_bits and stored_bits tell. */
static void test_bits(void)
{
    static const struct {
        const char *name;
        double least, most;
        int32_t stored;
    } cases[] = {
        { "neighbours", 20, 23, 23 },      { "fp32", 18, 23, 23 },
        { "tf32 factors", 9.5, 10.5, 23 }, { "tf32 cut off", 8, 9, 23 },
        { "fp16 factors", 9.5, 10.5, 23 }, { "bf16 factors", 6.5, 7.5, 23 },
        { "bf16 cut off", 5, 6, 23 },      { "fp16 stored", 10, 10, 10 },
        { "bf16 stored", 7, 7, 7 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct golden *g = golden_of(cases[i].name);
        rn_measures m;
        rn_measures_take(g->reference, g->other, COUNT, &m);
        CU_ASSERT_EQUAL(m.stored_bits, cases[i].stored);
        bool is_told = m.rounding_bits >= cases[i].least && m.rounding_bits <= cases[i].most;
        CU_ASSERT_TRUE(is_told);
        if (!is_told)
            check_note("%s: %.2f bits, stored in %d", g->name, m.rounding_bits, (int)m.stored_bits);
    }
}

static void test_no_bits(void)
{
    static const char *const names[] = { "equal", "zeros", "other signs", "not finite" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct golden *g = golden_of(names[i]);
        rn_measures m;
        rn_measures_take(g->reference, g->other, COUNT, &m);
        CU_ASSERT_TRUE(isnan(m.rounding_bits));
    }
}

/* One element in a thousand is far away. */
static void test_large(void)
{
    float *a = malloc(2 * LARGE * sizeof *a), *b = a ? a + LARGE : NULL;
    rn_measures m;
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    for (int64_t i = 0; i < LARGE; i++) {
        a[i] = (float)(i % 97) + 1;
        b[i] = a[i] + (i % 1000 == 5 ? 1.0f : 0x1p-10f);
    }
    rn_measures_take(a, b, LARGE, &m);
    CU_ASSERT_EQUAL(m.n_differing, LARGE);
    CU_ASSERT_EQUAL(m.median_abs, 0x1p-10);
    CU_ASSERT_DOUBLE_EQUAL(m.share_far, 100. / LARGE, 1. / LARGE);
    CU_ASSERT_EQUAL(m.worst, 5);
    free(a);
}

/* Ones are no evidence of bf16. */
static void test_ones(void)
{
    float ones[16], others[16];
    rn_measures m;
    for (int i = 0; i < 16; i++) {
        ones[i] = 1;
        others[i] = 0.9f + (float)i / 300;
    }
    rn_measures_take(others, ones, 16, &m);
    CU_ASSERT_EQUAL(m.stored_bits, 23);
}

static void test_none(void)
{
    rn_measures m;
    rn_measures_take(NULL, NULL, 0, &m);
    CU_ASSERT_EQUAL(m.count, 0);
    CU_ASSERT_EQUAL(m.nmse, 0);
    CU_ASSERT_EQUAL(m.ulp_max, 0);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "numpy", test_golden },
        { "bits of a lower precision", test_bits },
        { "no such bits", test_no_bits },
        { "large", test_large },
        { "ones", test_ones },
        { "no elements", test_none },
        CU_TEST_INFO_NULL,
    };
    return check_run("measures of differences", tests);
}
