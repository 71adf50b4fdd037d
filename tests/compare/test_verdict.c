/* test_verdict.c: the error model, and what is said of differences: those of measures_golden.h, and
 * some that are made here. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/measures_golden.h"
#include "compare/verdict.h"
#include "graph/op.h"
#include "support/check.h"

#define COUNT ((int64_t)(sizeof array_0 / sizeof *array_0))
#define MANY 20000

static const rn_traced CONVOLUTION = { .kind = RN_TRACED_FORWARD,
                                       .name = "layer1.0.conv1",
                                       .op = "conv2d",
                                       .layer = "layer1.0.conv1",
                                       .count = COUNT,
                                       .sum_length = 576 };

static rn_judged judged_of(const rn_traced *tensor, const float *a, const float *b, int64_t count,
                           int32_t precision)
{
    rn_judged j = { .tensor = tensor, .noise = NAN, .precision = precision, .isolated = true };
    rn_measures_take(a, b, count, &j.measures);
    j.limit = rn_limits_of(tensor, precision, NULL, 0);
    return j;
}

static rn_judged golden_judged(const rn_traced *tensor, const char *name, int32_t precision)
{
    size_t i = 0;
    while (strcmp(goldens[i].name, name) != 0)
        i++;
    return judged_of(tensor, goldens[i].reference, goldens[i].other, COUNT, precision);
}

static void check_verdict(const rn_judged *judged, const char *name, rn_verdict wanted)
{
    rn_verdict found = rn_verdict_of(judged);
    CU_ASSERT_EQUAL(found, wanted);
    if (found != wanted)
        check_note("%s (%s, limit %g, difference %g): %s, not %s", name, judged->tensor->op,
                   judged->limit, sqrt(judged->measures.nmse), rn_verdict_word(found),
                   rn_verdict_word(wanted));
}

static void expect(const rn_traced *tensor, const char *name, int32_t precision, rn_verdict wanted)
{
    rn_judged judged = golden_judged(tensor, name, precision);
    check_verdict(&judged, name, wanted);
}

static void test_convolution(void)
{
    static const struct {
        const char *name;
        rn_verdict fp32, tf32, fp16, bf16;
    } cases[] = {
#define ROW(name, fp32, tf32, fp16, bf16)                                                          \
    { name, RN_VERDICT_##fp32, RN_VERDICT_##tf32, RN_VERDICT_##fp16, RN_VERDICT_##bf16 }
        ROW("equal", EQUAL, EQUAL, EQUAL, EQUAL),
        ROW("zeros", EQUAL, EQUAL, EQUAL, EQUAL),
        ROW("signs of 0", EQUAL, EQUAL, EQUAL, EQUAL),
        ROW("neighbours", ROUNDING, ROUNDING, ROUNDING, ROUNDING),
        ROW("fp32", ROUNDING, ROUNDING, ROUNDING, ROUNDING),
        ROW("tf32 factors", TF32, ROUNDING, ROUNDING, ROUNDING),
        ROW("tf32 cut off", TF32, ROUNDING, ROUNDING, ROUNDING),
        ROW("fp16 factors", TF32, ROUNDING, ROUNDING, ROUNDING),
        ROW("fp16 stored", FP16, ROUNDING, ROUNDING, ROUNDING),
        ROW("bf16 factors", BF16, BF16, BF16, ROUNDING),
        ROW("bf16 cut off", BF16, BF16, BF16, ROUNDING),
        ROW("bf16 stored", BF16, BF16, BF16, ROUNDING),
        ROW("two elements", WRONG, WRONG, WRONG, WRONG),
        ROW("other signs", WRONG, WRONG, WRONG, WRONG),
        ROW("not finite", WRONG, WRONG, WRONG, WRONG),
        ROW("not finite in both", WRONG, WRONG, WRONG, WRONG),
        ROW("zeros and numbers", WRONG, WRONG, WRONG, WRONG),
#undef ROW
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect(&CONVOLUTION, cases[i].name, RN_PRECISION_FP32, cases[i].fp32);
        expect(&CONVOLUTION, cases[i].name, RN_PRECISION_TF32, cases[i].tf32);
        expect(&CONVOLUTION, cases[i].name, RN_PRECISION_FP16, cases[i].fp16);
        expect(&CONVOLUTION, cases[i].name, RN_PRECISION_BF16, cases[i].bf16);
    }
}

/* An operator without products does not become tf32; what it stores may be in half precision. */
static void test_other_operators(void)
{
    rn_traced norm = CONVOLUTION, unknown = CONVOLUTION;
    norm.op = "batch_norm";
    unknown.op = "";
    unknown.sum_length = 0;
    expect(&norm, "tf32 factors", RN_PRECISION_FP32, RN_VERDICT_WRONG);
    expect(&norm, "scaled", RN_PRECISION_FP32, RN_VERDICT_WRONG);
    expect(&norm, "fp16 stored", RN_PRECISION_FP32, RN_VERDICT_FP16);
    expect(&norm, "bf16 stored", RN_PRECISION_FP16, RN_VERDICT_BF16);
    expect(&norm, "bf16 stored", RN_PRECISION_BF16, RN_VERDICT_ROUNDING);
    expect(&unknown, "fp32", RN_PRECISION_FP32, RN_VERDICT_ROUNDING);
    expect(&unknown, "tf32 factors", RN_PRECISION_FP32, RN_VERDICT_TF32);
}

static void test_repeats(void)
{
    rn_judged judged = golden_judged(&CONVOLUTION, "fp32", RN_PRECISION_FP32);
    judged.repeats = true;
    check_verdict(&judged, "repeats", RN_VERDICT_UNSTABLE);
}

/* Terms of size 1 cancel, and leave rounding: beyond any limit of the result itself. */
static void test_cancelled(void)
{
    rn_judged judged = golden_judged(&CONVOLUTION, "tf32 factors", RN_PRECISION_FP32);
    double rms = judged.measures.rms;
    judged.noise = 1e3 * rms * RN_NOISE_SHARE;
    check_verdict(&judged, "a thousandth is left", RN_VERDICT_ROUNDING);
    judged.noise = 30 * rms * RN_NOISE_SHARE;
    check_verdict(&judged, "a thirtieth is left", RN_VERDICT_TF32);
    judged = golden_judged(&CONVOLUTION, "other signs", RN_PRECISION_FP32);
    judged.noise = 2 * rms;
    check_verdict(&judged, "nothing is left", RN_VERDICT_ZERO);
    judged = golden_judged(&CONVOLUTION, "zeros and numbers", RN_PRECISION_FP32);
    judged.noise = 2 * rms;
    check_verdict(&judged, "exactly nothing is left", RN_VERDICT_ZERO);
    judged.noise = INFINITY;
    check_verdict(&judged, "noise that is not finite", RN_VERDICT_WRONG);
}

/* Chained, noise excuses: all elements a little, or a few that switched. */
static void test_chained(void)
{
    rn_judged judged = golden_judged(&CONVOLUTION, "tf32 factors", RN_PRECISION_FP32);
    judged.isolated = false;
    check_verdict(&judged, "no noise", RN_VERDICT_TF32);
    judged.noise = 1e-3 * judged.measures.rms;
    check_verdict(&judged, "noise", RN_VERDICT_ROUNDING);
    judged = golden_judged(&CONVOLUTION, "two elements", RN_PRECISION_FP32);
    judged.isolated = false;
    judged.noise = judged.measures.rms_difference / 30;
    check_verdict(&judged, "less noise", RN_VERDICT_WRONG);
    judged.noise = judged.measures.rms_difference / 10;
    check_verdict(&judged, "more noise", RN_VERDICT_SWITCH);
    judged.noise = INFINITY;
    check_verdict(&judged, "noise that is not finite", RN_VERDICT_WRONG);
}

/* Of four numbers, two draws of the same noise differ more than of a hundred. */
static void test_few(void)
{
    enum { FEW = 4, MORE = 100 };
    float a[MORE], b[MORE];
    for (int i = 0; i < MORE; i++) {
        a[i] = (float)(i % 3) - 1;
        b[i] = a[i] + (i % 2 ? 0.01f : -0.01f);
    }
    rn_judged judged = judged_of(&CONVOLUTION, a, b, FEW, RN_PRECISION_FP32);
    judged.isolated = false;
    judged.noise = 0.005;
    check_verdict(&judged, "few", RN_VERDICT_ROUNDING);
    judged = judged_of(&CONVOLUTION, a, b, MORE, RN_PRECISION_FP32);
    judged.isolated = false;
    judged.noise = 0.005;
    CU_ASSERT_TRUE(rn_verdict_fails(rn_verdict_of(&judged)));
}

/* One wrong element of many is far beyond its own limit, if not beyond that of the RMS. */
static void test_peak(void)
{
    float *a = calloc(2 * MANY, sizeof *a), *b = a ? a + MANY : NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    for (int64_t i = 0; i < MANY; i++)
        a[i] = b[i] = (float)(i % 7) - 3;
    b[17] += 1e-3f;
    rn_judged judged = judged_of(&CONVOLUTION, a, b, MANY, RN_PRECISION_FP32);
    CU_ASSERT_TRUE(sqrt(judged.measures.nmse) <= judged.limit);
    check_verdict(&judged, "one element", RN_VERDICT_WRONG);
    free(a);
}

/* What was allowed: the limit, more where much cancels out, in a chain as far as noise moves. */
static void test_tolerance(void)
{
    rn_judged judged = golden_judged(&CONVOLUTION, "fp32", RN_PRECISION_FP32);
    double rms = judged.measures.rms;
    CU_ASSERT_DOUBLE_EQUAL(rn_verdict_tolerance(&judged), judged.limit, 1e-12);
    judged.noise = 1e3 * rms * RN_NOISE_SHARE;
    CU_ASSERT_DOUBLE_EQUAL(rn_verdict_tolerance(&judged), 1e3 * judged.limit, 1e-9);
    judged.isolated = false;
    judged.noise = 0.25 * rms;
    CU_ASSERT_DOUBLE_EQUAL(rn_verdict_tolerance(&judged), 0.25, 0.25 * 3.1 / sqrt(COUNT));
    judged = golden_judged(&CONVOLUTION, "zeros and numbers", RN_PRECISION_FP32);
    CU_ASSERT_TRUE(isinf(rn_verdict_tolerance(&judged)));
}

static void check_mask(int64_t n_switched, bool isolated, double noise, rn_verdict wanted)
{
    static float a[MANY], b[MANY];
    rn_traced mask = CONVOLUTION;
    mask.kind = RN_TRACED_MASK;
    mask.op = "batch_norm";
    for (int64_t i = 0; i < MANY; i++) {
        a[i] = (float)(i % 2);
        b[i] = i < n_switched ? 1 - a[i] : a[i];
    }
    rn_judged judged = judged_of(&mask, a, b, MANY, RN_PRECISION_FP32);
    judged.isolated = isolated;
    judged.noise = noise;
    check_verdict(&judged, "mask", wanted);
    bool is_allowed = sqrt(judged.measures.nmse) <= rn_verdict_tolerance(&judged);
    CU_ASSERT_EQUAL(is_allowed, wanted != RN_VERDICT_WRONG);
}

static void test_masks(void)
{
    check_mask(0, true, NAN, RN_VERDICT_EQUAL);
    check_mask(1, true, NAN, RN_VERDICT_SWITCH);
    check_mask(10, true, NAN, RN_VERDICT_WRONG);
    check_mask(10, false, NAN, RN_VERDICT_SWITCH);
    check_mask(100, false, NAN, RN_VERDICT_WRONG);
    check_mask(100, false, sqrt(0.002), RN_VERDICT_SWITCH);
    check_mask(10000, false, NAN, RN_VERDICT_WRONG);
}

/* A user's limits: the last that matches. */
static void test_rules(void)
{
    const rn_limit_rule rules[] = { { "layer1.*", 0.5 }, { "*.conv1", 0.25 }, { "fc", 0.125 } };
    CU_ASSERT_EQUAL(rn_limits_of(&CONVOLUTION, RN_PRECISION_FP32, rules, 3), 0.25);
    CU_ASSERT_EQUAL(rn_limits_of(&CONVOLUTION, RN_PRECISION_FP32, rules, 1), 0.5);
    CU_ASSERT_TRUE(rn_limits_of(&CONVOLUTION, RN_PRECISION_FP32, rules, 0) < 1e-4);
}

/* However long a sum is, a product whose factors were rounded to tf32 is beyond the limit. */
static void test_long_sums(void)
{
    for (int64_t n = 1; n < 1000000000; n *= 10) {
        rn_traced tensor = CONVOLUTION;
        tensor.sum_length = n;
        rn_judged judged = golden_judged(&tensor, "tf32 factors", RN_PRECISION_FP32);
        check_verdict(&judged, "tf32", RN_VERDICT_TF32);
    }
}

static void check_terms(const char *op, const void *attrs, const rn_tensor_desc *first,
                        const rn_tensor_desc *second, int64_t wanted)
{
    rn_value values[2] = { { .desc = *first }, { .desc = *second } };
    rn_node node = { .op = rn_op_find(op),
                     .attrs = (void *)(uintptr_t)attrs,
                     .n_inputs = 2,
                     .inputs = { &values[0], &values[1] } };
    int64_t found = rn_limits_sum_length(&node);
    CU_ASSERT_EQUAL(found, wanted);
    if (found != wanted)
        check_note("%s: %lld terms, not %lld", op, (long long)found, (long long)wanted);
}

static void test_terms(void)
{
    const rn_conv2d_attrs conv = { .size = sizeof conv, .channels = 32, .groups = 4 };
    const rn_pool_attrs pool = { .size = sizeof pool, .kernel = { 3, 2 } };
    const rn_batch_norm_attrs training = { .size = sizeof training, .training = 1 };
    const rn_batch_norm_attrs inference = { .size = sizeof inference };
    const rn_tensor_desc x = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 64, 7, 5 }),
                         w = rn_desc_make(RN_F32, 4, (const int64_t[]){ 32, 16, 3, 3 }),
                         dy = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 32, 4, 3 }),
                         rows = rn_desc_make(RN_F32, 2, (const int64_t[]){ 8, 40 }),
                         units = rn_desc_make(RN_F32, 2, (const int64_t[]){ 10, 40 }),
                         drows = rn_desc_make(RN_F32, 2, (const int64_t[]){ 8, 10 });
    check_terms("conv2d", &conv, &x, &w, 16 * 9);
    check_terms("conv2d_grad_input", &conv, &dy, &w, 8 * 9);
    check_terms("conv2d_grad_weight", &conv, &x, &dy, 2 * 4 * 3);
    check_terms("batch_norm", &training, &x, &x, 2 * 7 * 5);
    check_terms("batch_norm", &inference, &x, &x, 1);
    check_terms("batch_norm_grad", &training, &x, &x, 2 * 7 * 5);
    check_terms("linear", NULL, &rows, &units, 40);
    check_terms("linear_grad_input", NULL, &drows, &units, 10);
    check_terms("linear_grad_weight", NULL, &rows, &drows, 8);
    check_terms("avg_pool", &pool, &x, &x, 6);
    check_terms("global_avg_pool", NULL, &x, &x, 35);
    check_terms("relu", NULL, &x, &x, 1);
    check_terms("square_sum", NULL, &x, &w, 32 * 16 * 9);
}

static void test_words(void)
{
    for (rn_verdict v = 0; v < RN_N_VERDICTS; v++) {
        CU_ASSERT_TRUE(strlen(rn_verdict_word(v)) > 0 && strlen(rn_verdict_sentence(v)) > 0);
        CU_ASSERT_EQUAL(rn_verdict_fails(v), v >= RN_VERDICT_TF32);
    }
    CU_ASSERT_STRING_EQUAL(rn_verdict_word(RN_VERDICT_BF16), "bf16");
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "convolution", test_convolution },
        { "other operators", test_other_operators },
        { "not the same again", test_repeats },
        { "cancelled", test_cancelled },
        { "chained", test_chained },
        { "few numbers", test_few },
        { "one element", test_peak },
        { "what is allowed", test_tolerance },
        { "masks", test_masks },
        { "limits of the user", test_rules },
        { "long sums", test_long_sums },
        { "terms of sums", test_terms },
        { "words", test_words },
        CU_TEST_INFO_NULL,
    };
    return check_run("verdicts on differences", tests);
}
