/* backend_ops.c: a backend's operators, each alone, against the reference. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "validate/backend.h"
#include "validate/op_walk.h"

static rn_status walk(rn_checking *c, rn_family family, rn_op_visit *visit, void *context)
{
    rn_bench_pair pair;
    rn_status status = rn_pair_open(c, false, &pair);
    if (!status)
        status = rn_op_walk(&pair, family, visit, context);
    rn_pair_close(&pair);
    return status;
}

/* ---- Values ---- */

/* The results of one operator. A run that writes outside of its operands ends in a message, too. */
static void report(rn_bench_pair *pair, const rn_case *c, const rn_trial *trial)
{
    char text[RN_OP_TEXT], name[RN_OPERAND_NAME];
    rn_op_text(c, text);
    if (trial->outside)
        rn_check_found(pair->checking,
                       "%s: it writes outside of its operands and workspace, or changes an input",
                       text);
    if (trial->operand < 0)
        return;
    const rn_finding *f = &trial->findings[trial->operand];
    rn_case_operand_name(c, trial->operand, name);
    rn_check_found(pair->checking,
                   "%s: %s is %s: of %lld elements %lld differ, the most at element %lld; RMS of "
                   "the difference %.3g of %.3g, allowed %.1g",
                   text, name, rn_verdict_sentence(f->verdict), (long long)f->measures.count,
                   (long long)f->measures.n_differing, (long long)f->measures.worst,
                   f->measures.rms_difference, f->measures.rms, f->limit * f->measures.rms);
}

/* Masks and places that rounding cannot change: the input itself decides. */
static void compare_exact(rn_bench_pair *pair, const rn_case *c, const rn_trial *trial)
{
    char text[RN_OP_TEXT], name[RN_OPERAND_NAME];
    bool is_exact = rn_case_is(c, "relu") || rn_case_is(c, "max_pool") || rn_case_is(c, "dropout");
    for (int32_t i = c->n_inputs; i < rn_case_n_operands(c) && is_exact; i++) {
        const rn_tensor_desc *desc = &c->tensors[i].desc;
        if (!trial->found.data[i] || desc->dtype == RN_F32 ||
            memcmp(trial->found.data[i], trial->expected.data[i], desc->size_bytes) == 0)
            continue;
        rn_case_operand_name(c, i, name);
        rn_check_found(pair->checking, "%s: %s is not the reference's, bit by bit",
                       rn_op_text(c, text), name);
    }
}

static rn_status compare_values(rn_bench_pair *pair, const rn_case *c, void *context)
{
    const rn_lab lab = { .tested = pair->tested,
                         .reference = pair->reference,
                         .precision = RN_PRECISION_FP32 };
    const rn_goal goal = { .operand = -1 };
    rn_op_answer answer;
    rn_trial trial = { 0 };
    bool accepts;
    (void)context;
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    if (status || !accepts)
        return status;
    status = rn_trial_expect(&lab, c, &trial);
    if (!status)
        status = rn_trial_run(&lab, c, &goal, 2, &trial);
    if (!status)
        report(pair, c, &trial);
    if (!status)
        compare_exact(pair, c, &trial);
    rn_trial_clear(&trial);
    return status;
}

rn_status rn_check_convolutions(rn_checking *c)
{
    return walk(c, RN_FAMILY_CONVOLUTION, compare_values, NULL);
}

rn_status rn_check_norms(rn_checking *c)
{
    return walk(c, RN_FAMILY_NORM, compare_values, NULL);
}

rn_status rn_check_pools(rn_checking *c)
{
    return walk(c, RN_FAMILY_POOL, compare_values, NULL);
}

rn_status rn_check_losses(rn_checking *c)
{
    return walk(c, RN_FAMILY_LOSS, compare_values, NULL);
}

rn_status rn_check_elements(rn_checking *c)
{
    return walk(c, RN_FAMILY_ELEMENT, compare_values, NULL);
}

rn_status rn_check_updates(rn_checking *c)
{
    return walk(c, RN_FAMILY_UPDATE, compare_values, NULL);
}

/* ---- Which operators ---- */

#define MOST_NAMES 256

/* By the backend's list of operators. */
typedef struct tried {
    const char *names[MOST_NAMES];
    int n_tried[MOST_NAMES], n_accepted[MOST_NAMES];
    char reasons[MOST_NAMES][128]; /* of the last refusal */
    int n;
} tried;

static int find(const tried *t, const char *name)
{
    int i = 0;
    while (i < t->n && strcmp(t->names[i], name) != 0)
        i++;
    return i < t->n ? i : -1;
}

static rn_status count_answers(rn_bench_pair *pair, const rn_case *c, void *context)
{
    tried *t = context;
    rn_op_answer answer;
    bool accepts;
    int i = find(t, c->op->name);
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    if (status)
        return status;
    if (accepts && i < 0)
        rn_check_found(pair->checking, "it accepts %s, which is not in its list of operators",
                       c->op->name);
    if (!accepts && !rn_fail_text()[0])
        rn_check_found(pair->checking, "it declines %s without a reason (host->fail)", c->op->name);
    if (i < 0)
        return RN_OK;
    t->n_tried[i]++;
    t->n_accepted[i] += accepts;
    if (!accepts)
        snprintf(t->reasons[i], sizeof t->reasons[i], "%s", rn_fail_text());
    return RN_OK;
}

rn_status rn_check_operators(rn_checking *c)
{
    tried *t = calloc(1, sizeof *t);
    const char *const *names = c->plugin->backend.operators;
    if (!t)
        return rn_fail(RN_E_NOMEM, "no memory for the operators");
    while (names[t->n] && t->n < MOST_NAMES) {
        t->names[t->n] = names[t->n];
        t->n++;
    }
    rn_status status = walk(c, 0, count_answers, t);
    for (int i = 0; i < t->n && !status; i++)
        if (t->n_tried[i] > 0 && t->n_accepted[i] == 0)
            rn_check_found(c, "it lists %s, but declines it in each of %d forms; the last: %s",
                           t->names[i], t->n_tried[i], t->reasons[i]);
    free(t);
    return status;
}

/* ---- Values that are not finite ---- */

static bool is_finite(const rn_case *c, int32_t operand, const rn_case_results *results, int64_t i)
{
    return c->tensors[operand].desc.dtype != RN_F32 ||
           isfinite(((const float *)results->data[operand])[i]);
}

static rn_status run_on(rn_device *device, const rn_case *c, rn_case_results *results)
{
    rn_alone *alone = NULL;
    bool outside;
    rn_status status = rn_alone_prepare(device, c, &alone);
    if (!status)
        status = rn_alone_run(alone, results, &outside);
    rn_alone_destroy(alone);
    return status;
}

/* Where the reference has no finite number, there is none. Elsewhere either may be: an algorithm
 * with sums of many elements spreads it further. */
static void compare_finite(rn_bench_pair *pair, const rn_case *c, const rn_case_results *expected,
                           const rn_case_results *found)
{
    char text[RN_OP_TEXT], name[RN_OPERAND_NAME];
    for (int32_t k = 0; k < rn_case_n_operands(c); k++) {
        int64_t count = found->data[k] ? rn_desc_count(&c->tensors[k].desc) : 0, i = 0;
        while (i < count && (is_finite(c, k, expected, i) || !is_finite(c, k, found, i)))
            i++;
        if (i == count)
            continue;
        rn_case_operand_name(c, k, name);
        rn_check_found(pair->checking,
                       "%s: with NaN and infinities in its first input, element %lld of %s is %g, "
                       "expected %g; they must show in the results, so that training sees them",
                       rn_op_text(c, text), (long long)i, name,
                       (double)((const float *)found->data[k])[i],
                       (double)((const float *)expected->data[k])[i]);
    }
}

/* A convolution with relu in it is of inference alone, and what libraries do there with NaN no
 * training sees. */
static bool hides_by_nature(const rn_case *c)
{
    const rn_conv2d_attrs *attrs = rn_case_is(c, "conv2d") ? c->attrs : NULL;
    return attrs && (attrs->epilogue & RN_EPILOGUE_RELU);
}

static rn_status spoil(rn_bench_pair *pair, const rn_case *c, void *context)
{
    rn_case spoiled = { 0 };
    rn_case_results expected = { 0 }, found = { 0 };
    rn_op_answer answer;
    bool accepts;
    (void)context;
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    if (status || !accepts || c->tensors[0].desc.dtype != RN_F32 || rn_op_updates(c->op, 0) ||
        hides_by_nature(c))
        return status;
    status = rn_case_copy(c, &spoiled);
    if (status)
        goto done;
    int64_t count = rn_desc_count(&c->tensors[0].desc);
    float *x = spoiled.tensors[0].data;
    x[count / 2] = NAN;
    x[count - 1] = INFINITY;
    status = rn_case_results_make(&spoiled, &expected);
    if (!status)
        status = rn_case_results_make(&spoiled, &found);
    if (!status)
        status = run_on(pair->reference, &spoiled, &expected);
    if (!status)
        status = run_on(pair->tested, &spoiled, &found);
    if (!status)
        compare_finite(pair, c, &expected, &found);
done:
    rn_case_results_clear(&expected);
    rn_case_results_clear(&found);
    rn_case_clear(&spoiled);
    return status;
}

rn_status rn_check_finite(rn_checking *c)
{
    return walk(c, 0, spoil, NULL);
}
