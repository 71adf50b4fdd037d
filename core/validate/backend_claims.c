/* backend_claims.c: whether what a backend answers about an operator is so. */
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "validate/backend.h"
#include "validate/op_walk.h"

static rn_status walk(rn_checking *c, bool deterministic, rn_op_visit *visit)
{
    rn_bench_pair pair;
    rn_status status = rn_pair_open(c, deterministic, &pair);
    if (!status)
        status = rn_op_walk(&pair, 0, visit, NULL);
    rn_pair_close(&pair);
    return status;
}

/* Runs the operator in a form, `n` times; the results of each run go to `results`, which the caller
 * clears. */
static rn_status run_form(rn_bench_pair *pair, const rn_case *c, const rn_alone_form *form, int n,
                          rn_case_results *results, bool *outside)
{
    rn_alone *alone = NULL;
    rn_status status = rn_alone_prepare_as(pair->tested, c, form, &alone);
    for (int i = 0; i < n && !status; i++) {
        status = rn_case_results_make(c, &results[i]);
        if (!status)
            status = rn_alone_run(alone, &results[i], outside);
    }
    rn_alone_destroy(alone);
    return status;
}

/* The first operand whose bits differ; -1: none. */
static int32_t first_difference(const rn_case *c, const rn_case_results *a,
                                const rn_case_results *b)
{
    for (int32_t i = 0; i < rn_case_n_operands(c); i++)
        if (a->data[i] && memcmp(a->data[i], b->data[i], c->tensors[i].desc.size_bytes) != 0)
            return i;
    return -1;
}

/* ---- backend.answers ---- */

static void check_layouts(rn_bench_pair *pair, const rn_case *c, const rn_op_answer *answer)
{
    char text[RN_OP_TEXT], name[RN_OPERAND_NAME];
    for (int32_t i = 0; i < rn_case_n_operands(c); i++) {
        uint64_t plain = c->tensors[i].desc.size_bytes, asked = answer->layout_bytes[i];
        rn_case_operand_name(c, i, name);
        if (answer->layouts[i] > RN_LAYOUT_PLAIN && !rn_case_has(c, i))
            rn_check_found(pair->checking, "%s: it asks for a layout of %s, which is absent",
                           rn_op_text(c, text), name);
        else if (answer->layouts[i] > RN_LAYOUT_PLAIN && asked < plain / 2)
            rn_check_found(pair->checking,
                           "%s: it asks for %llu bytes in another layout of %s, "
                           "which has %llu",
                           rn_op_text(c, text), (unsigned long long)asked, name,
                           (unsigned long long)plain);
    }
}

static rn_status compare_answers(rn_bench_pair *pair, const rn_case *c, void *context)
{
    char text[RN_OP_TEXT];
    rn_op_answer first, again;
    rn_alone *alone = NULL;
    bool accepts, accepts_again;
    (void)context;
    rn_status status = rn_op_ask(pair, c, &first, &accepts);
    if (!status)
        status = rn_op_ask(pair, c, &again, &accepts_again);
    if (status)
        return status;
    if (accepts != accepts_again || (accepts && memcmp(&first, &again, sizeof first) != 0))
        rn_check_found(pair->checking, "%s: query gives another answer when it is asked again",
                       rn_op_text(c, text));
    if (!accepts)
        return RN_OK;
    check_layouts(pair, c, &first);
    if (first.deterministic != 0 && first.deterministic != 1)
        rn_check_found(pair->checking, "%s: deterministic is %d, expected 0 or 1",
                       rn_op_text(c, text), (int)first.deterministic);
    status = rn_alone_prepare(pair->tested, c, &alone);
    if (status)
        rn_check_found(pair->checking,
                       "%s: query accepts it, but it cannot be prepared in the layouts that query "
                       "asks for: %s",
                       rn_op_text(c, text), rn_fail_text());
    rn_alone_destroy(alone);
    return RN_OK;
}

rn_status rn_check_answers(rn_checking *c)
{
    return walk(c, false, compare_answers);
}

/* ---- backend.deterministic ---- */

static void compare_bits(rn_bench_pair *pair, const rn_case *c, const rn_case_results *a,
                         const rn_case_results *b, const char *how)
{
    char text[RN_OP_TEXT], name[RN_OPERAND_NAME];
    int32_t i = first_difference(c, a, b);
    if (i < 0)
        return;
    rn_case_operand_name(c, i, name);
    rn_check_found(pair->checking, "%s: it says that it is deterministic, but %s has other bits %s",
                   rn_op_text(c, text), name, how);
}

/* Elsewhere in memory, with other garbage around and in the workspace, and prepared anew. */
static rn_status compare_forms(rn_bench_pair *pair, const rn_case *c, void *context)
{
    static const rn_alone_form usual = { .garbage = 0xFF, .shared_input = -1 },
                               moved = { .shift = 64, .garbage = 0x4B, .shared_input = -1 };
    rn_case_results runs[3] = { 0 };
    rn_op_answer answer;
    bool accepts, outside;
    (void)context;
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    if (status || !accepts || answer.deterministic != 1)
        return status;
    status = run_form(pair, c, &usual, 2, runs, &outside);
    if (!status)
        compare_bits(pair, c, &runs[0], &runs[1], "when it runs again");
    if (!status)
        status = run_form(pair, c, &moved, 1, &runs[2], &outside);
    if (!status)
        compare_bits(pair, c, &runs[0], &runs[2],
                     "elsewhere in memory, with other numbers in the workspace and around it");
    for (int i = 0; i < 3; i++)
        rn_case_results_clear(&runs[i]);
    return status;
}

rn_status rn_check_deterministic(rn_checking *c)
{
    rn_status status = walk(c, true, compare_forms);
    if (status != RN_E_UNSUPPORTED)
        return status;
    rn_check_skip(c, "it cannot be opened as deterministic: %s", rn_fail_text());
    return RN_OK;
}

/* ---- backend.in_place ---- */

static bool may_share(const rn_case *c, const rn_op_answer *answer, int32_t i)
{
    bool allowed = rn_op_shares(c->op, i) || (answer->inplace_inputs >> i & 1);
    return allowed && c->n_outputs > 0 && rn_case_has(c, i) && rn_case_has(c, c->n_inputs) &&
           c->tensors[i].desc.size_bytes == c->tensors[c->n_inputs].desc.size_bytes;
}

static rn_status compare_in_place(rn_bench_pair *pair, const rn_case *c, void *context)
{
    char text[RN_OP_TEXT], name[RN_OPERAND_NAME];
    rn_alone_form form = { .garbage = 0xFF, .shared_input = -1 };
    rn_case_results apart = { 0 };
    rn_op_answer answer;
    bool accepts, outside;
    (void)context;
    rn_status status = rn_op_ask(pair, c, &answer, &accepts);
    if (status || !accepts)
        return status;
    status = run_form(pair, c, &form, 1, &apart, &outside);
    for (int32_t i = 0; i < c->n_inputs && !status; i++) {
        rn_case_results shared = { 0 };
        if (!may_share(c, &answer, i))
            continue;
        form.shared_input = i;
        status = run_form(pair, c, &form, 1, &shared, &outside);
        rn_case_operand_name(c, i, name);
        if (!status && (outside || !rn_op_is_close(c, &apart, &shared)))
            rn_check_found(pair->checking,
                           "%s: its results are others where output 0 is in the memory of %s, "
                           "which %s",
                           rn_op_text(c, text), name,
                           rn_op_shares(c->op, i) ? "operators.h allows" : "its answer allows");
        rn_case_results_clear(&shared);
    }
    rn_case_results_clear(&apart);
    return status;
}

rn_status rn_check_in_place(rn_checking *c)
{
    return walk(c, false, compare_in_place);
}
