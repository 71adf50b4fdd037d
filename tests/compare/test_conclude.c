/* test_conclude.c: what is said of a whole side: who is accused, and who carries on what was wrong
 * before. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/comparison.h"
#include "support/check.h"

enum { N_ROWS = 6 };

/* A tensor, and its verdict alone in a chain and with the reference's inputs. */
typedef struct row {
    rn_traced_kind kind;
    const char *name, *layer, *op;
    rn_verdict chained, isolated;
} row;

typedef struct expected {
    rn_verdict verdict;
    int32_t first_row;
    rn_verdict chained[N_ROWS];
    const char *sentence;
} expected;

#define F RN_TRACED_FORWARD
#define G RN_TRACED_GRADIENT
#define A RN_TRACED_AFTER
#define M RN_TRACED_MASK
#define V(name) RN_VERDICT_##name

static void make(const row *rows, rn_compare_row *made, rn_comparison *c)
{
    *c = (rn_comparison){ .rows = made, .n_rows = N_ROWS, .n_sides = 2 };
    for (int32_t i = 0; i < N_ROWS; i++) {
        const row *r = &rows[i];
        made[i] = (rn_compare_row){
            .tensor = { .kind = r->kind, .name = r->name, .layer = r->layer, .op = r->op }
        };
        rn_measures m = { .count = 100, .nmse = 1e-4, .n_differing = r->chained > V(EQUAL) };
        made[i].sides[1][RN_COMPARE_CHAINED] =
            (rn_compared){ .verdict = r->chained, .measures = m, .limit = 1e-6, .by = i };
        made[i].sides[1][RN_COMPARE_ISOLATED] =
            (rn_compared){ .verdict = r->isolated, .measures = m, .limit = 1e-6, .by = i };
        c->modes[RN_COMPARE_CHAINED] |= r->chained != V(ABSENT);
        c->modes[RN_COMPARE_ISOLATED] |= r->isolated != V(ABSENT);
    }
}

static void check(const row *rows, const expected *wanted)
{
    rn_compare_row made[N_ROWS];
    rn_comparison c;
    make(rows, made, &c);
    CU_ASSERT_EQUAL_FATAL(rn_comparison_conclude(&c), RN_OK);
    CU_ASSERT_EQUAL(c.sides[1].verdict, wanted->verdict);
    CU_ASSERT_EQUAL(c.sides[1].first_row, wanted->first_row);
    CU_ASSERT_STRING_EQUAL(c.sides[1].sentence, wanted->sentence);
    if (strcmp(c.sides[1].sentence, wanted->sentence) != 0)
        check_note("%s", c.sides[1].sentence);
    for (int32_t i = 0; i < N_ROWS; i++) {
        rn_verdict found = made[i].sides[1][RN_COMPARE_CHAINED].verdict;
        CU_ASSERT_EQUAL(found, wanted->chained[i]);
        if (found != wanted->chained[i])
            check_note("%s: %s", made[i].tensor.name, rn_verdict_word(found));
    }
    free(c.sides[1].sentence);
}

static void test_fine(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(ROUNDING), V(ROUNDING) },
        { F, "bn1", "bn1", "batch_norm", V(ROUNDING), V(EQUAL) },
        { M, "bn1", "bn1", "batch_norm", V(EQUAL), V(EQUAL) },
        { G, "conv1", "bn1", "batch_norm_grad", V(ROUNDING), V(ROUNDING) },
        { G, "conv1.bias", "conv1", "conv2d_grad_weight", V(ZERO), V(ZERO) },
        { A, "conv1.weight", "conv1.weight", "sgd", V(ROUNDING), V(ROUNDING) },
    };
    check(rows,
          &(expected){ V(ROUNDING),
                       -1,
                       { V(ROUNDING), V(ROUNDING), V(EQUAL), V(ROUNDING), V(ZERO), V(ROUNDING) },
                       "equal to rounding" });
}

/* The operator that is wrong is accused, and none after it. */
static void test_wrong(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(ROUNDING), V(ROUNDING) },
        { F, "bn1", "bn1", "batch_norm", V(WRONG), V(WRONG) },
        { F, "conv2", "conv2", "conv2d", V(TF32), V(ROUNDING) },
        { G, "conv1", "bn1", "batch_norm_grad", V(WRONG), V(ROUNDING) },
        { G, "conv1.weight", "conv1", "conv2d_grad_weight", V(WRONG), V(ROUNDING) },
        { A, "conv1.weight", "conv1.weight", "sgd", V(WRONG), V(WRONG) },
    };
    check(rows,
          &(expected){ V(WRONG),
                       1,
                       { V(ROUNDING), V(WRONG), V(CARRIED), V(CARRIED), V(CARRIED), V(WRONG) },
                       "wrong from bn1 (batch_norm) on: its result" });
}

static void test_chain_alone(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(ROUNDING), V(ABSENT) },
        { F, "bn1", "bn1", "batch_norm", V(ROUNDING), V(ABSENT) },
        { F, "conv2", "conv2", "conv2d", V(ROUNDING), V(ABSENT) },
        { G, "conv1", "bn1", "batch_norm_grad", V(ROUNDING), V(ABSENT) },
        { G, "conv1.weight", "conv1", "conv2d_grad_weight", V(WRONG), V(ABSENT) },
        { A, "conv1.weight", "conv1.weight", "sgd", V(WRONG), V(ABSENT) },
    };
    check(rows,
          &(expected){ V(WRONG),
                       4,
                       { V(ROUNDING), V(ROUNDING), V(ROUNDING), V(ROUNDING), V(WRONG), V(CARRIED) },
                       "wrong from conv1 (conv2d_grad_weight) on: gradient of its weight" });
}

/* Gradients after a mask that differs, each right with the reference's inputs. */
static void test_switched(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(ROUNDING), V(ROUNDING) },
        { F, "relu", "relu", "relu", V(ROUNDING), V(EQUAL) },
        { M, "relu", "relu", "relu", V(SWITCH), V(EQUAL) },
        { G, "conv1", "relu", "relu_grad", V(WRONG), V(EQUAL) },
        { G, "conv1.weight", "conv1", "conv2d_grad_weight", V(WRONG), V(ROUNDING) },
        { A, "conv1.weight", "conv1.weight", "sgd", V(WRONG), V(ROUNDING) },
    };
    check(rows,
          &(expected){ V(SWITCH),
                       -1,
                       { V(ROUNDING), V(ROUNDING), V(SWITCH), V(SWITCH), V(SWITCH), V(SWITCH) },
                       "differs where relu or a pool switches, harmless" });
}

/* What is right by itself and wrong in a chain without a reason. */
/* A mask whose bits only the backend can read has no row; a gradient that switched tells. */
static void test_switched_unseen(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(ROUNDING), V(ROUNDING) },
        { F, "relu", "relu", "relu", V(ROUNDING), V(EQUAL) },
        { M, "relu", "relu", "relu", V(ABSENT), V(ABSENT) },
        { G, "conv1", "relu", "relu_grad", V(SWITCH), V(EQUAL) },
        { G, "conv1.weight", "conv1", "conv2d_grad_weight", V(WRONG), V(ROUNDING) },
        { A, "conv1.weight", "conv1.weight", "sgd", V(WRONG), V(ROUNDING) },
    };
    check(rows,
          &(expected){ V(SWITCH),
                       -1,
                       { V(ROUNDING), V(ROUNDING), V(ABSENT), V(SWITCH), V(SWITCH), V(SWITCH) },
                       "differs where relu or a pool switches, harmless" });
}

static void test_state(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(ROUNDING), V(ROUNDING) },
        { F, "bn1", "bn1", "batch_norm", V(WRONG), V(ROUNDING) },
        { F, "conv2", "conv2", "conv2d", V(WRONG), V(ROUNDING) },
        { G, "conv1", "bn1", "batch_norm_grad", V(WRONG), V(ROUNDING) },
        { G, "conv1.weight", "conv1", "conv2d_grad_weight", V(ROUNDING), V(ROUNDING) },
        { A, "bn1.running_var", "bn1", "batch_norm", V(WRONG), V(ROUNDING) },
    };
    check(rows,
          &(expected){ V(WRONG),
                       1,
                       { V(ROUNDING), V(WRONG), V(CARRIED), V(CARRIED), V(ROUNDING), V(CARRIED) },
                       "wrong from bn1 (batch_norm) on: its result; right with the reference's "
                       "inputs" });
}

/* The mean of an operator that stores bf16 is made of its numbers. */
static void test_lower(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(BF16), V(BF16) },
        { F, "bn1", "bn1", "batch_norm", V(BF16), V(BF16) },
        { F, "bn1.mean", "bn1", "batch_norm", V(WRONG), V(WRONG) },
        { M, "bn1", "bn1", "batch_norm", V(WRONG), V(WRONG) },
        { G, "conv1", "bn1", "batch_norm_grad", V(WRONG), V(BF16) },
        { A, "bn1.running_mean", "bn1", "batch_norm", V(WRONG), V(WRONG) },
    };
    check(rows,
          &(expected){ V(BF16),
                       0,
                       { V(BF16), V(BF16), V(BF16), V(BF16), V(BF16), V(BF16) },
                       "lower precision than asked for (looks like bf16) from conv1 (conv2d) on: "
                       "its result" });
}

/* The norm has computed what is relu's result in the reference. */
static void test_merged(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(EQUAL), V(EQUAL) },
        { F, "bn1", "bn1", "batch_norm", V(ABSENT), V(ABSENT) },
        { F, "relu", "relu", "relu", V(WRONG), V(WRONG) },
        { M, "relu", "relu", "relu", V(EQUAL), V(EQUAL) },
        { F, "fc", "fc", "linear", V(EQUAL), V(EQUAL) },
        { G, "fc", "loss", "softmax_cross_entropy_grad", V(EQUAL), V(EQUAL) },
    };
    rn_compare_row made[N_ROWS];
    rn_comparison c;
    make(rows, made, &c);
    made[2].sides[1][RN_COMPARE_ISOLATED].by = 1;
    CU_ASSERT_EQUAL(rn_comparison_conclude(&c), RN_OK);
    CU_ASSERT_STRING_EQUAL(c.sides[1].sentence, "wrong from bn1 (batch_norm) on: relu");
    free(c.sides[1].sentence);
}

/* The first loss outside, where no tensor is wrong. */
static void test_losses(void)
{
    double losses[] = { 2.3, 2.2, NAN, 1.9 }, least[] = { 2.2, 2.1, 1.9, 1.8 },
           most[] = { 2.4, 2.3, 2.2, 2.1 };
    rn_comparison c = { .n_sides = 2,
                        .n_losses = 4,
                        .envelope = { least, most },
                        .sides = { { .losses = least }, { .losses = losses } } };
    CU_ASSERT_EQUAL(rn_comparison_conclude(&c), RN_OK);
    CU_ASSERT_EQUAL(c.sides[1].verdict, RN_VERDICT_DIVERGES);
    CU_ASSERT_EQUAL(c.sides[1].first_step, 2);
    CU_ASSERT_STRING_EQUAL(c.sides[1].sentence, "trains differently from step 3 on");
    losses[2] = 2;
    CU_ASSERT_EQUAL(rn_comparison_conclude(&c), RN_OK);
    CU_ASSERT_EQUAL(c.sides[1].verdict, RN_VERDICT_ALIKE);
    CU_ASSERT_EQUAL(c.sides[1].first_step, -1);
    CU_ASSERT_STRING_EQUAL(c.sides[1].sentence,
                           "trains as the reference does, within what other seeds do");
    free(c.sides[1].sentence);
}

static void test_declined(void)
{
    char sentence[] = "has no max_pool";
    rn_comparison c = { .n_sides = 2,
                        .sides = { [1] = { .declined = RN_E_UNSUPPORTED, .sentence = sentence } } };
    CU_ASSERT_EQUAL(rn_comparison_conclude(&c), RN_OK);
    CU_ASSERT_PTR_EQUAL(c.sides[1].sentence, sentence);
}

/* Without a relu and a max pool, what is sparse in a chain is not said to have switched. */
static void test_no_switches(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(SWITCH), V(ROUNDING) },
        { F, "bn1", "bn1", "batch_norm", V(SWITCH), V(EQUAL) },
        { F, "fc", "fc", "linear", V(ROUNDING), V(EQUAL) },
        { G, "conv1", "bn1", "batch_norm_grad", V(ROUNDING), V(ROUNDING) },
        { G, "conv1.bias", "conv1", "conv2d_grad_weight", V(ROUNDING), V(ROUNDING) },
        { A, "conv1.weight", "conv1.weight", "sgd", V(WRONG), V(ROUNDING) },
    };
    rn_compare_row made[N_ROWS];
    rn_comparison c;
    for (int never = 0; never < 2; never++) {
        make(rows, made, &c);
        c.never_switches = never;
        CU_ASSERT_EQUAL_FATAL(rn_comparison_conclude(&c), RN_OK);
        CU_ASSERT_EQUAL(made[0].sides[1][RN_COMPARE_CHAINED].verdict,
                        never ? V(ROUNDING) : V(SWITCH));
        CU_ASSERT_EQUAL(c.sides[1].verdict, never ? V(WRONG) : V(SWITCH)); /* nor is it an excuse */
        free(c.sides[1].sentence);
    }
}

/* Numbers of the reference that are not finite are said to be the reference's. */
static void test_reference_not_finite(void)
{
    const row rows[N_ROWS] = {
        { F, "conv1", "conv1", "conv2d", V(ROUNDING), V(ROUNDING) },
        { F, "bn1", "bn1", "batch_norm", V(EQUAL), V(WRONG) },
        { F, "fc", "fc", "linear", V(EQUAL), V(EQUAL) },
        { G, "conv1", "bn1", "batch_norm_grad", V(EQUAL), V(EQUAL) },
        { G, "conv1.bias", "conv1", "conv2d_grad_weight", V(EQUAL), V(EQUAL) },
        { A, "conv1.weight", "conv1.weight", "sgd", V(EQUAL), V(EQUAL) },
    };
    rn_compare_row made[N_ROWS];
    rn_comparison c;
    make(rows, made, &c);
    c.sides[0].label = "onednn";
    for (int32_t i = 1; i < N_ROWS; i++)
        made[i].sides[1][RN_COMPARE_ISOLATED].measures.n_nonfinite_reference = 7 * i;
    CU_ASSERT_EQUAL_FATAL(rn_comparison_conclude(&c), RN_OK);
    CU_ASSERT_STRING_EQUAL(c.sides[1].sentence,
                           "wrong from bn1 (batch_norm) on: its result; onednn itself is not "
                           "finite from bn1 on: 7 of its 100 numbers there");
    free(c.sides[1].sentence);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "nothing is wrong", test_fine },
        { "one operator is wrong", test_wrong },
        { "in a chain alone", test_chain_alone },
        { "switched", test_switched },
        { "switched, with masks unseen", test_switched_unseen },
        { "nothing that can switch", test_no_switches },
        { "a reference that is not finite", test_reference_not_finite },
        { "state", test_state },
        { "lower precision", test_lower },
        { "merged operators", test_merged },
        { "losses", test_losses },
        { "declined", test_declined },
        CU_TEST_INFO_NULL,
    };
    return check_run("conclusions", tests);
}
