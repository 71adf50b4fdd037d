/* bisect_trial.c: expected results, and verdicts on those that were found. */
#include "compare/bisect_trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/disturb.h"
#include "compare/limits.h"
#include "graph/op.h"

/* ---- What is expected ---- */

static rn_status run_once(rn_device *device, const rn_case *c, rn_case_results *results)
{
    rn_alone *alone = NULL;
    bool outside;
    rn_status status = rn_alone_prepare(device, c, &alone);
    if (status)
        return status;
    status = rn_alone_run(alone, results, &outside);
    rn_alone_destroy(alone);
    return status;
}

static void disturb(rn_case *c)
{
    for (int32_t i = 0; i < c->n_inputs; i++)
        if (c->tensors[i].data && c->tensors[i].desc.dtype == RN_F32)
            rn_disturb(c->tensors[i].data, NULL, rn_desc_count(&c->tensors[i].desc), RN_NOISE_SHARE,
                       (uint32_t)i);
}

/* Measures how far noise in the inputs moves each result. */
static rn_status measure_noise(const rn_lab *lab, const rn_case *c, rn_trial *trial)
{
    rn_case moved = { 0 };
    rn_case_results results = { 0 };
    rn_status status = rn_case_copy(c, &moved);
    if (status)
        goto done;
    disturb(&moved);
    status = rn_case_results_make(c, &results);
    if (status)
        goto done;
    status = run_once(lab->reference, &moved, &results);
    for (int32_t i = 0; i < rn_case_n_operands(c) && !status; i++) {
        rn_measures measures;
        if (!results.data[i] || c->tensors[i].desc.dtype != RN_F32)
            continue;
        rn_measures_take(trial->expected.data[i], results.data[i],
                         rn_desc_count(&c->tensors[i].desc), &measures);
        trial->findings[i].noise = measures.rms_difference;
    }
done:
    rn_case_results_clear(&results);
    rn_case_clear(&moved);
    return status;
}

/* The kind and the name by which a comparison would know the operand. */
static rn_traced traced(const rn_case *c, int32_t operand, int64_t sum_length)
{
    const rn_tensor_desc *desc = &c->tensors[operand].desc;
    bool is_gradient = strstr(c->op->name, "_grad") != NULL;
    rn_traced tensor = { .kind = operand < c->n_inputs   ? RN_TRACED_AFTER
                                 : desc->dtype != RN_F32 ? RN_TRACED_MASK
                                 : is_gradient           ? RN_TRACED_GRADIENT
                                                         : RN_TRACED_FORWARD,
                         .name = c->layer,
                         .op = c->op->name,
                         .layer = c->layer,
                         .rank = desc->rank,
                         .count = rn_desc_count(desc),
                         .sum_length = sum_length };
    memcpy(tensor.shape, desc->shape, sizeof tensor.shape);
    return tensor;
}

static void set_limits(const rn_lab *lab, const rn_case *c, rn_trial *trial)
{
    rn_case_node described;
    rn_case_describe(c, &described);
    int64_t sum_length = rn_limits_sum_length(&described.node);
    for (int32_t i = 0; i < rn_case_n_operands(c); i++) {
        rn_traced tensor = traced(c, i, sum_length);
        trial->findings[i].noise = NAN;
        trial->findings[i].limit = rn_limits_of(&tensor, lab->precision, NULL, 0);
    }
}

rn_status rn_trial_expect(const rn_lab *lab, const rn_case *c, rn_trial *trial)
{
    *trial = (rn_trial){ .operand = -1 };
    rn_status status = rn_case_results_make(c, &trial->expected);
    if (status)
        return status;
    status = run_once(lab->reference, c, &trial->expected);
    if (status)
        return status;
    set_limits(lab, c, trial);
    return measure_noise(lab, c, trial);
}

/* ---- What is found ---- */

/* A result as floats; NULL: there is no memory. The caller frees it if it is not the result. */
static float *as_floats(const rn_tensor_desc *desc, void *data)
{
    if (desc->dtype == RN_F32)
        return data;
    int64_t count = rn_desc_count(desc);
    float *floats = malloc((size_t)count * sizeof *floats);
    for (int64_t i = 0; floats && i < count; i++)
        floats[i] =
            desc->dtype == RN_U8 ? (float)((uint8_t *)data)[i] : (float)((int32_t *)data)[i];
    return floats;
}

static rn_status judge(const rn_lab *lab, const rn_case *c, int32_t operand, rn_trial *trial)
{
    const rn_tensor_desc *desc = &c->tensors[operand].desc;
    rn_finding *finding = &trial->findings[operand];
    rn_traced tensor = traced(c, operand, 0);
    void *expected = trial->expected.data[operand], *found = trial->found.data[operand];
    float *a = as_floats(desc, expected), *b = as_floats(desc, found);
    rn_status status = a && b ? RN_OK : rn_fail(RN_E_NOMEM, "no memory to compare results");
    if (!status) {
        rn_measures_take(a, b, tensor.count, &finding->measures);
        rn_judged judged = { .tensor = &tensor,
                             .measures = finding->measures,
                             .limit = finding->limit,
                             .noise = finding->noise,
                             .precision = lab->precision,
                             .isolated = true };
        finding->verdict = rn_verdict_of(&judged);
    }
    if (a != expected)
        free(a);
    if (b != found)
        free(b);
    return status;
}

/* Judges a run. */
static rn_status judge_all(const rn_lab *lab, const rn_case *c, rn_trial *trial)
{
    trial->operand = -1;
    for (int32_t i = 0; i < rn_case_n_operands(c); i++) {
        if (!trial->found.data[i])
            continue;
        rn_status status = judge(lab, c, i, trial);
        if (status)
            return status;
        if (rn_verdict_fails(trial->findings[i].verdict) &&
            (trial->operand < 0 ||
             trial->findings[i].verdict > trial->findings[trial->operand].verdict))
            trial->operand = i;
    }
    return RN_OK;
}

static bool is_lower(rn_verdict verdict)
{
    return verdict >= RN_VERDICT_TF32 && verdict <= RN_VERDICT_BF16;
}

bool rn_goal_is_met(const rn_goal *goal, const rn_trial *trial)
{
    if (goal->operand < 0)
        return trial->operand >= 0 || trial->outside;
    rn_verdict verdict = trial->findings[goal->operand].verdict;
    return verdict == goal->verdict || (is_lower(verdict) && is_lower(goal->verdict));
}

static bool same_bits(const rn_case *c, const rn_case_results *a, const rn_case_results *b)
{
    for (int32_t i = 0; i < rn_case_n_operands(c); i++)
        if (a->data[i] && memcmp(a->data[i], b->data[i], c->tensors[i].desc.size_bytes) != 0)
            return false;
    return true;
}

/* A run's results go to `now`; the first, and those of the first run that fails, to `found`. */
static rn_status run_and_judge(const rn_lab *lab, const rn_case *c, rn_alone *alone,
                               const rn_goal *goal, rn_case_results *now, rn_trial *trial)
{
    bool outside;
    bool is_first = trial->n_runs == 0, has_failed = trial->n_failed > 0;
    rn_status status = rn_alone_run(alone, now, &outside);
    if (status)
        return status;
    trial->n_runs++;
    trial->outside |= outside;
    bool is_same = !is_first && same_bits(c, now, &trial->found);
    trial->differs |= !is_first && !is_same;
    if (is_same) {
        trial->n_failed += rn_goal_is_met(goal, trial);
        return RN_OK;
    }
    rn_trial judged = *trial;
    judged.found = *now;
    status = judge_all(lab, c, &judged);
    if (status)
        return status;
    bool fails = rn_goal_is_met(goal, &judged);
    trial->n_failed += fails;
    if (has_failed || (!fails && !is_first))
        return RN_OK;
    rn_case_results kept = trial->found;
    judged.n_failed = trial->n_failed;
    *trial = judged;
    *now = kept;
    return RN_OK;
}

bool rn_lab_is_over(const rn_lab *lab)
{
    return lab->end_ns && rn_host_table()->time_ns() > lab->end_ns;
}

static bool is_enough(const rn_lab *lab, const rn_goal *goal, const rn_trial *trial)
{
    return (!goal->every_run && trial->n_failed) || (trial->n_runs > 0 && rn_lab_is_over(lab));
}

rn_status rn_trial_run(const rn_lab *lab, const rn_case *c, const rn_goal *goal, int64_t n_runs,
                       rn_trial *trial)
{
    rn_alone *alone = NULL;
    rn_case_results now = { 0 };
    rn_status status = rn_case_results_make(c, &trial->found);
    if (status)
        return status;
    status = rn_case_results_make(c, &now);
    if (status)
        goto done;
    status = rn_alone_prepare(lab->tested, c, &alone);
    if (status)
        goto done;
    for (int64_t i = 0; i < n_runs && !status && !is_enough(lab, goal, trial); i++)
        status = run_and_judge(lab, c, alone, goal, &now, trial);
done:
    rn_alone_destroy(alone);
    rn_case_results_clear(&now);
    return status;
}

void rn_trial_clear(rn_trial *trial)
{
    rn_case_results_clear(&trial->expected);
    rn_case_results_clear(&trial->found);
    *trial = (rn_trial){ 0 };
}
