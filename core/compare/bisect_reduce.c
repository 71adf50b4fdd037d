/* bisect_reduce.c: delta debugging (Zeller and Hildebrandt 2002,
 * https://doi.org/10.1109/32.988498): takes every simpler form that fails, until none does. */
#include "compare/bisect_reduce.h"

#include <math.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/status.h"
#include "compare/bisect_simplify.h"

#define MOST_TRIALS 200000
#define MOST_RUNS 1000

int64_t rn_reduce_runs(int64_t n_failed, int64_t n_runs)
{
    if (n_failed == n_runs)
        return 1;
    double rate = ((double)n_failed - 0.5) / (double)n_runs; /* it may be rarer than it was seen */
    double runs = ceil(log(0.01) / log(1 - rate));
    return runs < MOST_RUNS ? (int64_t)runs : MOST_RUNS;
}

/* Results that are not finite prove nothing, unless they were so from the start. */
static bool is_sound(const rn_case *c, const rn_trial *trial, const rn_trial *before)
{
    int64_t n = 0, n_before = 0;
    for (int32_t i = 0; i < rn_case_n_operands(c); i++) {
        n += trial->findings[i].measures.n_nonfinite_reference;
        n_before += before->findings[i].measures.n_nonfinite_reference;
    }
    return n == 0 || n_before > 0;
}

/* Whether the case fails as the goal says. An operator that a backend declines does not. */
static rn_status try(rn_reduction *r, const rn_case *c, const rn_trial *before, rn_trial *trial,
                     bool *fails)
{
    *fails = false;
    r->n_trials++;
    rn_status status = rn_trial_expect(r->lab, c, trial);
    if (!status)
        status = rn_trial_run(r->lab, c, &r->goal, r->n_runs, trial);
    if (status == RN_E_UNSUPPORTED) {
        rn_fail_clear();
        return RN_OK;
    }
    *fails = !status && trial->n_failed > 0 && is_sound(c, trial, before);
    return status;
}

static bool is_over(rn_reduction *r)
{
    r->out_of_time = r->out_of_time || rn_lab_is_over(r->lab) || r->n_trials >= MOST_TRIALS ||
                     rn_interrupt_signal();
    return r->out_of_time;
}

/* Tries one proposal, and takes it if it fails. */
static rn_status step(rn_reduction *r, rn_propose *propose, int64_t number, rn_case *c,
                      rn_trial *trial, rn_proposed *proposed)
{
    rn_case simpler = { 0 };
    rn_trial other = { 0 };
    bool fails = false;
    rn_status status = propose(c, number, &simpler, proposed);
    if (!status && *proposed == RN_PROPOSED_CASE)
        status = try(r, &simpler, trial, &other, &fails);
    if (!status && fails) {
        rn_case old = *c;
        rn_trial old_trial = *trial;
        *c = simpler;
        *trial = other;
        simpler = old;
        other = old_trial;
        r->n_taken++;
    }
    rn_case_clear(&simpler);
    rn_trial_clear(&other);
    return status;
}

/* All proposals of a kind, once. */
static rn_status pass(rn_reduction *r, rn_propose *propose, rn_case *c, rn_trial *trial)
{
    rn_proposed proposed = RN_PROPOSED_NOTHING;
    rn_status status = RN_OK;
    for (int64_t i = 0; proposed != RN_PROPOSED_END && !status && !is_over(r); i++)
        status = step(r, propose, i, c, trial, &proposed);
    return status;
}

rn_status rn_reduce(rn_reduction *reduction, rn_case *c, rn_trial *trial)
{
    static rn_propose *const kinds[] = { rn_propose_shape, rn_propose_attrs, rn_propose_values };
    rn_status status = RN_OK;
    int64_t n_taken = -1;
    while (n_taken != reduction->n_taken && !status && !is_over(reduction)) {
        n_taken = reduction->n_taken;
        for (int i = 0; i < 3 && !status; i++)
            status = pass(reduction, kinds[i], c, trial);
        rn_log(RN_LOG_INFO, "bisect: %lld forms tried, %lld of them fail as well",
               (long long)reduction->n_trials, (long long)reduction->n_taken);
    }
    return status;
}
