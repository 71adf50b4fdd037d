/* test_compare.c: the verdict on a difference between two tensors: within the limit, zero in
 * theory, noise, or an error. */
#include <math.h>

#include "commands/compare_print.h"
#include "support/check.h"

#define LIMIT 1e-4

static rn_verdict judge(float reference, double noise, float other)
{
    float a[2] = { reference, -reference }, b[2] = { other, -other };
    rn_trace_tensor of = {
        .kind = RN_TRACE_FORWARD, .name = (char[]){ "x" }, .count = 2, .values = a, .noise = noise
    };
    rn_trace_tensor to = of;
    to.values = b;
    rn_trace traces[2] = { { .tensors = &of, .n_tensors = 1 }, { .tensors = &to, .n_tensors = 1 } };
    rn_verdict verdict = rn_compare_tensors(&of, &to, LIMIT).verdict;
    CU_ASSERT_EQUAL(rn_compare_first_beyond(&traces[0], &traces[1], LIMIT),
                    verdict == RN_VERDICT_OVER ? 0 : -1);
    return verdict;
}

static void test_within(void)
{
    CU_ASSERT_EQUAL(judge(1, 3e-5, 1), RN_VERDICT_WITHIN);
    CU_ASSERT_EQUAL(judge(1, 3e-5, 1.00009f), RN_VERDICT_WITHIN);
    CU_ASSERT_EQUAL(judge(1e-30f, 3e-35, 1.00009e-30f), RN_VERDICT_WITHIN);
    CU_ASSERT_EQUAL(judge(0, 0, 0), RN_VERDICT_ZERO);
}

static void test_over(void)
{
    CU_ASSERT_EQUAL(judge(1, 3e-5, 1.0002f), RN_VERDICT_OVER);
    CU_ASSERT_EQUAL(judge(1e-30f, 3e-35, 1.0002e-30f), RN_VERDICT_OVER);
    CU_ASSERT_EQUAL(judge(0, 0, 1e-30f), RN_VERDICT_OVER);
    CU_ASSERT_EQUAL(judge(1, 0, NAN), RN_VERDICT_OVER);
    CU_ASSERT_EQUAL(judge(1, 0, INFINITY), RN_VERDICT_OVER);
    CU_ASSERT_EQUAL(judge(NAN, NAN, 1), RN_VERDICT_OVER);
    CU_ASSERT_EQUAL(judge(1, INFINITY, 2), RN_VERDICT_OVER);
}

/* Terms of size 1 that cancel leave only rounding; 1e-3 is more than that. */
static void test_zero(void)
{
    CU_ASSERT_EQUAL(judge(1e-8f, 3e-5, -4e-7f), RN_VERDICT_ZERO);
    CU_ASSERT_EQUAL(judge(0, 3e-5, 4e-7f), RN_VERDICT_ZERO);
    CU_ASSERT_EQUAL(judge(1e-8f, 3e-5, 1e-3f), RN_VERDICT_OVER);
    CU_ASSERT_EQUAL(judge(1e-8f, 3e-5, NAN), RN_VERDICT_OVER);
}

/* A relu on the other side of 0 changes gradients by more than the limit. */
static void test_noise(void)
{
    CU_ASSERT_EQUAL(judge(1, 0.02, 1.01f), RN_VERDICT_NOISE);
    CU_ASSERT_EQUAL(judge(1, 0.02, 1.03f), RN_VERDICT_OVER);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "within the limit", test_within },
        { "over the limit", test_over },
        { "zero in theory", test_zero },
        { "noise", test_noise },
        CU_TEST_INFO_NULL,
    };
    return check_run("verdicts of compare", tests);
}
