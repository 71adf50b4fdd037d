/* conclude.c: what all tensors of a side say together. An operator that had the reference's inputs
 * is accused of what it makes of them. In a chain, only the first that is wrong is accused: the
 * others read what it made. */
#define _GNU_SOURCE /* asprintf */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/comparison.h"

#define MOST_LOWERED 32. /* units of a precision by which an operator's other results may be off */

static rn_verdict *verdict_at(rn_comparison *c, int32_t row, int32_t side, rn_compare_mode mode)
{
    return &c->rows[row].sides[side][mode].verdict;
}

static bool fails_at(rn_comparison *c, int32_t row, int32_t side, rn_compare_mode mode)
{
    return rn_verdict_fails(*verdict_at(c, row, side, mode));
}

/* ---- A lower precision ---- */

static bool is_lower_precision(rn_verdict verdict)
{
    return verdict == RN_VERDICT_TF32 || verdict == RN_VERDICT_FP16 || verdict == RN_VERDICT_BF16;
}

/* A tensor of the operator that computed the row on this side. */
static const rn_traced *operator_of(const rn_comparison *c, int32_t row, int32_t side,
                                    rn_compare_mode mode)
{
    return &c->rows[c->rows[row].sides[side][mode].by].tensor;
}

static bool are_of_one_operator(const rn_traced *a, const rn_traced *b)
{
    return *a->op && strcmp(a->op, b->op) == 0 && strcmp(a->layer, b->layer) == 0;
}

/* The lower precision that another result of the row's operator shows, else WRONG. */
static rn_verdict precision_of_operator(rn_comparison *c, int32_t row, int32_t side,
                                        rn_compare_mode mode)
{
    for (int32_t i = 0; i < c->n_rows; i++) {
        rn_verdict verdict = *verdict_at(c, i, side, mode);
        if (is_lower_precision(verdict) &&
            are_of_one_operator(operator_of(c, i, side, mode), operator_of(c, row, side, mode)))
            return verdict;
    }
    return RN_VERDICT_WRONG;
}

/* Could numbers of this precision have made the difference? */
static bool is_explained(const rn_measures *m, const rn_traced *tensor, rn_verdict precision)
{
    double unit =
        rn_limits_unit(precision == RN_VERDICT_BF16 ? RN_PRECISION_BF16 : RN_PRECISION_FP16);
    double difference =
        tensor->kind == RN_TRACED_MASK ? (double)m->n_differing / (double)m->count : sqrt(m->nmse);
    return difference <= MOST_LOWERED * unit;
}

/* A lower precision shows in what is stored in it; masks, means and sums of the same operator
 * cannot show it, but are made of the same numbers. */
static void lower_together(rn_comparison *c, int32_t side, rn_compare_mode mode)
{
    for (int32_t i = 0; i < c->n_rows; i++) {
        rn_verdict *verdict = verdict_at(c, i, side, mode);
        if (*verdict != RN_VERDICT_WRONG)
            continue;
        rn_verdict precision = precision_of_operator(c, i, side, mode);
        const rn_compare_row *row = &c->rows[i];
        if (is_explained(&row->sides[side][mode].measures, &row->tensor, precision))
            *verdict = precision;
    }
}

/* ---- Switches ---- */

/* Without a relu or a max pool nothing can switch: what is sparse is rounding, too. */
static void forget_switches(rn_comparison *c, int32_t side, rn_compare_mode mode)
{
    for (int32_t i = 0; i < c->n_rows; i++)
        if (*verdict_at(c, i, side, mode) == RN_VERDICT_SWITCH)
            *verdict_at(c, i, side, mode) = RN_VERDICT_ROUNDING;
}

/* ---- What is carried on ---- */

static bool has_switched(const rn_comparison *c, int32_t row, int32_t side)
{
    const rn_compared *chained = &c->rows[row].sides[side][RN_COMPARE_CHAINED];
    return c->rows[row].tensor.kind == RN_TRACED_MASK && chained->verdict != RN_VERDICT_ABSENT &&
           chained->measures.n_differing > 0;
}

/* Few elements have most of the difference. */
static bool is_concentrated(const rn_measures *m)
{
    return isfinite(m->rms_difference) && m->share_far > 0 && m->median_abs < m->rms_difference / 4;
}

/* A gradient that is beyond rounding after a mask has switched, where nothing else says that its
 * operator is wrong. */
static bool is_switched(rn_comparison *c, int32_t row, int32_t side)
{
    const rn_compare_row *r = &c->rows[row];
    rn_verdict isolated = r->sides[side][RN_COMPARE_ISOLATED].verdict;
    bool is_backward = r->tensor.kind == RN_TRACED_GRADIENT || r->tensor.kind == RN_TRACED_AFTER;
    if (!is_backward || *verdict_at(c, row, side, RN_COMPARE_CHAINED) == RN_VERDICT_UNSTABLE)
        return false;
    return isolated != RN_VERDICT_ABSENT
               ? !rn_verdict_fails(isolated)
               : is_concentrated(&r->sides[side][RN_COMPARE_CHAINED].measures);
}

/* Goes through the chain in the order of computation. */
static void carry(rn_comparison *c, int32_t side)
{
    bool is_after_error = false, is_after_switch = false;
    for (int32_t i = 0; i < c->n_rows; i++) {
        bool is_guilty = fails_at(c, i, side, RN_COMPARE_ISOLATED);
        rn_verdict *chained = verdict_at(c, i, side, RN_COMPARE_CHAINED);
        is_after_switch =
            is_after_switch || has_switched(c, i, side) || *chained == RN_VERDICT_SWITCH;
        if (!rn_verdict_fails(*chained))
            ;
        else if (is_guilty)
            *chained = *verdict_at(c, i, side, RN_COMPARE_ISOLATED);
        else if (is_after_error)
            *chained = RN_VERDICT_CARRIED;
        else if (is_after_switch && is_switched(c, i, side))
            *chained = RN_VERDICT_SWITCH;
        is_after_error = is_after_error || is_guilty || rn_verdict_fails(*chained);
    }
}

/* ---- The whole ---- */

/* Of a side of which nothing fails. */
static rn_verdict whole_of(rn_verdict worst)
{
    return worst == RN_VERDICT_ZERO ? RN_VERDICT_ROUNDING : worst;
}

static void find_worst(rn_comparison *c, int32_t s)
{
    static const rn_compare_mode order[] = { RN_COMPARE_ISOLATED, RN_COMPARE_CHAINED };
    rn_compare_side *side = &c->sides[s];
    side->verdict = RN_VERDICT_ABSENT;
    for (int m = 0; m < RN_N_COMPARE_MODES; m++)
        for (int32_t i = 0; i < c->n_rows; i++) {
            rn_verdict verdict = *verdict_at(c, i, s, order[m]);
            if (verdict <= side->verdict)
                continue;
            side->verdict = verdict;
            side->first_row = i;
            side->first_mode = order[m];
        }
    if (rn_verdict_fails(side->verdict))
        return;
    side->verdict = whole_of(side->verdict);
    side->first_row = -1;
}

static void find_first_step(rn_comparison *c, rn_compare_side *side)
{
    side->first_step = -1;
    if (side->losses && side->verdict == RN_VERDICT_ABSENT)
        side->verdict = RN_VERDICT_ALIKE;
    for (int64_t i = 0; i < c->n_losses && side->losses && side->first_step < 0; i++)
        if (!(side->losses[i] >= c->envelope[0][i] && side->losses[i] <= c->envelope[1][i]))
            side->first_step = i;
    if (side->first_step < 0 || side->verdict >= RN_VERDICT_DIVERGES)
        return;
    side->verdict = RN_VERDICT_DIVERGES;
    side->first_row = -1;
}

/* ---- Sentences ---- */

/* "gradient of its weight", for a tensor of the layer, or "gradient of layer1.0.conv1". */
static void print_tensor(const rn_traced *t, const char *layer, char *text, size_t size)
{
    static const char *const before[] = { [RN_TRACED_FORWARD] = "",
                                          [RN_TRACED_GRADIENT] = "gradient of ",
                                          [RN_TRACED_AFTER] = "",
                                          [RN_TRACED_MASK] = "mask of " };
    const char *after = t->kind == RN_TRACED_AFTER ? " after the step" : "";
    size_t length = strlen(layer);
    if (length == 0 || strncmp(t->name, layer, length) != 0 ||
        (t->name[length] && t->name[length] != '.'))
        snprintf(text, size, "%s%s%s", before[t->kind], t->name, after);
    else
        snprintf(text, size, "%sits %s%s", before[t->kind],
                 t->name[length] ? t->name + length + 1 : "result", after);
}

static int print_nonfinite(const rn_measures *m, char *text, size_t size)
{
    int64_t n = m->n_nonfinite > m->n_nonfinite_reference ? m->n_nonfinite : 0;
    return n ? snprintf(text, size, ", %lld of %lld numbers are not finite", (long long)n,
                        (long long)m->count)
             : snprintf(text, size, "%s", "");
}

static int sentence_of_row(const rn_comparison *c, rn_compare_side *side, int32_t s)
{
    char tensor[512], nonfinite[96];
    const rn_compare_row *row = &c->rows[side->first_row];
    const rn_traced *t = operator_of(c, side->first_row, s, side->first_mode);
    bool in_chain_alone = side->first_mode == RN_COMPARE_CHAINED && c->modes[RN_COMPARE_ISOLATED];
    print_tensor(&row->tensor, t->layer, tensor, sizeof tensor);
    print_nonfinite(&row->sides[s][side->first_mode].measures, nonfinite, sizeof nonfinite);
    return asprintf(&side->sentence, "%s from %s%s%s%s on: %s%s%s",
                    rn_verdict_sentence(side->verdict), *t->layer ? t->layer : t->name,
                    *t->op ? " (" : "", t->op, *t->op ? ")" : "", tensor, nonfinite,
                    in_chain_alone ? "; right with the reference's inputs" : "");
}

/* The first tensor of which the reference itself has numbers that are not finite; -1: none. */
static int32_t find_nonfinite(const rn_comparison *c, int32_t s, const rn_measures **measures)
{
    for (int32_t i = 0; i < c->n_rows; i++)
        for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++) {
            *measures = &c->rows[i].sides[s][mode].measures;
            if ((*measures)->n_nonfinite_reference > 0)
                return i;
        }
    return -1;
}

/* Appends to the sentence what is wrong with the reference. */
static int note_reference(const rn_comparison *c, rn_compare_side *side, int32_t s)
{
    const rn_measures *m;
    int32_t row = find_nonfinite(c, s, &m);
    if (row < 0)
        return 0;
    char *before = side->sentence;
    const rn_traced *t = &c->rows[row].tensor;
    int length = asprintf(&side->sentence,
                          "%s; %s itself is not finite from %s on: %lld of its %lld numbers there",
                          before, c->sides[0].label ? c->sides[0].label : "the reference", t->name,
                          (long long)m->n_nonfinite_reference, (long long)m->count);
    free(before);
    return length;
}

static rn_status write_sentence(rn_comparison *c, int32_t s)
{
    rn_compare_side *side = &c->sides[s];
    int length;
    free(side->sentence);
    side->sentence = NULL;
    if (side->verdict == RN_VERDICT_DIVERGES)
        length = asprintf(&side->sentence, "%s from step %lld on",
                          rn_verdict_sentence(side->verdict), (long long)side->first_step + 1);
    else if (side->first_row >= 0)
        length = sentence_of_row(c, side, s);
    else
        length = asprintf(&side->sentence, "%s", rn_verdict_sentence(side->verdict));
    if (length >= 0)
        length = note_reference(c, side, s);
    if (length >= 0)
        return RN_OK;
    side->sentence = NULL;
    return rn_fail(RN_E_NOMEM, "no memory for the comparison");
}

rn_status rn_comparison_conclude(rn_comparison *comparison)
{
    rn_status status = RN_OK;
    for (int32_t s = 1; s < comparison->n_sides && !status; s++) {
        if (comparison->sides[s].declined)
            continue;
        for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
            lower_together(comparison, s, (rn_compare_mode)mode);
        for (int mode = 0; mode < RN_N_COMPARE_MODES && comparison->never_switches; mode++)
            forget_switches(comparison, s, (rn_compare_mode)mode);
        carry(comparison, s);
        find_worst(comparison, s);
        find_first_step(comparison, &comparison->sides[s]);
        status = write_sentence(comparison, s);
    }
    return status;
}
