/* verdict.c: what a difference means. */
#include "compare/verdict.h"

#include <math.h>
#include <resnet/backend.h>

/* Differences are dense where the median of them is not far below their RMS: rounding. They are
 * concentrated where a few elements have nearly all: a relu that switched, or a wrong border. */
#define DENSE 16

/* Bits of mantissa that rounding_bits can be for each precision. tf32 that cuts off in place of
 * rounding looks like 8.5 bits, bf16 like 5.5. */
#define TF32_LEAST_BITS 8
#define BF16_LEAST_BITS 5

/* A mask in which so few elements differ, in limits of the result, is that of values near 0: about
 * 0.8 limits of them are within the limit of 0. */
#define MASK_LIMITS 4
#define MASK_CHAINED_SHARE 1e-3 /* the same after many operators, where noise was not measured */

/* The RMS of n numbers of one draw varies by 1/sqrt(2n) of itself; the quotient of two draws by
 * 1/sqrt(n). */
#define ONE_DRAW 3

/* Where a few elements have most of it, as after a batch norm of two values whose difference is
 * near 0, one draw tells little of the size of another. */
#define HEAVY_TAIL 16

#define MOST_STORED 0.5 /* relative RMS by which storing partial sums in a lower precision moves */

const char *rn_verdict_word(rn_verdict verdict)
{
#define WORD(name, word, sentence) [RN_VERDICT_##name] = word,
    static const char *const words[] = { RN_VERDICTS(WORD) };
#undef WORD
    return words[verdict];
}

const char *rn_verdict_sentence(rn_verdict verdict)
{
#define SENTENCE(name, word, sentence) [RN_VERDICT_##name] = sentence,
    static const char *const sentences[] = { RN_VERDICTS(SENTENCE) };
#undef SENTENCE
    return sentences[verdict];
}

bool rn_verdict_fails(rn_verdict verdict)
{
    return verdict >= RN_VERDICT_TF32;
}

static bool is_dense(const rn_measures *m)
{
    return m->median_abs * DENSE >= m->rms_difference && m->n_differing * 8 >= m->count;
}

/* Noise in units of the share by which it was made: the RMS that the result of an operator would
 * have if nothing cancelled out; at least its own. */
static double uncancelled(const rn_judged *j)
{
    return isfinite(j->noise) ? fmax(j->measures.rms, j->noise / RN_NOISE_SHARE) : j->measures.rms;
}

/* How many times as far as the noise was, results of this precision may be off. */
static double coarser_than_noise(const rn_judged *j)
{
    return fmax(1, 4 * rn_limits_unit(j->precision) / RN_NOISE_SHARE);
}

/* How far noise may move the tensor; 0: not measured, or not finite. The noise is one draw of as
 * many numbers as the tensor has: of few, another draw may be twice as large. */
static double moved_by_noise(const rn_judged *j)
{
    double one_draw = 1 + ONE_DRAW / sqrt((double)j->measures.count);
    return isfinite(j->noise) ? j->noise * one_draw * coarser_than_noise(j) : 0;
}

static double tolerance_of(const rn_judged *j)
{
    const rn_measures *m = &j->measures;
    double tail = is_dense(m) ? 1 : HEAVY_TAIL;
    return j->isolated ? j->limit * uncancelled(j)
                       : fmax(j->limit * m->rms, tail * moved_by_noise(j));
}

/* What is within the tolerance. */
static rn_verdict harmless(const rn_judged *j)
{
    const rn_measures *m = &j->measures;
    if (isfinite(j->noise) && m->rms <= moved_by_noise(j))
        return RN_VERDICT_ZERO;
    if (!j->isolated && !is_dense(m) && sqrt(m->nmse) > j->limit)
        return RN_VERDICT_SWITCH;
    return RN_VERDICT_ROUNDING;
}

/* How many elements of a mask may differ. */
static double most_switched(const rn_judged *j)
{
    double share = MASK_LIMITS * j->limit;
    double moved = 4 * j->noise * j->noise * coarser_than_noise(j);
    if (!j->isolated)
        share = fmax(share, isfinite(moved) ? moved : MASK_CHAINED_SHARE);
    return 1 + share * (double)j->measures.count;
}

static rn_verdict of_mask(const rn_judged *j)
{
    bool are_few = (double)j->measures.n_differing <= most_switched(j);
    return are_few ? RN_VERDICT_SWITCH : RN_VERDICT_WRONG;
}

double rn_verdict_tolerance(const rn_judged *judged)
{
    const rn_measures *m = &judged->measures;
    bool is_mask = judged->tensor->kind == RN_TRACED_MASK;
    double allowed =
        is_mask ? sqrt(most_switched(judged) / (double)m->count) : tolerance_of(judged);
    return m->rms > 0 ? allowed / m->rms : INFINITY;
}

/* The precision that explains a difference beyond the limit; WRONG: none that is lower than what
 * was asked for. Numbers that fit in fewer bits tell by themselves; a product whose factors were
 * rounded does by the size of its differences. */
static rn_verdict lower_precision(const rn_judged *j)
{
    const rn_measures *m = &j->measures;
    bool is_stored =
        m->stored_bits < 23 && m->n_differing * 8 >= m->count && sqrt(m->nmse) <= MOST_STORED;
    bool is_rounded = is_dense(m) && rn_limits_is_product(j->tensor);
    rn_verdict looks_like = RN_VERDICT_WRONG;
    if (is_stored)
        looks_like = m->stored_bits == 7 ? RN_VERDICT_BF16 : RN_VERDICT_FP16;
    else if (is_rounded && m->rounding_bits >= TF32_LEAST_BITS)
        looks_like = RN_VERDICT_TF32;
    else if (is_rounded && m->rounding_bits >= BF16_LEAST_BITS)
        looks_like = RN_VERDICT_BF16;
    bool is_lower = j->precision == RN_PRECISION_FP32 ||
                    (j->precision != RN_PRECISION_BF16 && looks_like == RN_VERDICT_BF16);
    return is_lower ? looks_like : RN_VERDICT_WRONG;
}

rn_verdict rn_verdict_of_repeats(rn_verdict a, rn_verdict b)
{
    if (a == RN_VERDICT_UNSTABLE || b == RN_VERDICT_UNSTABLE)
        return RN_VERDICT_UNSTABLE;
    return a > b ? a : b;
}

rn_verdict rn_verdict_of(const rn_judged *judged)
{
    const rn_measures *m = &judged->measures;
    double tolerance = tolerance_of(judged);
    if (judged->repeats)
        return RN_VERDICT_UNSTABLE;
    if (m->n_differing == 0)
        return RN_VERDICT_EQUAL;
    if (judged->tensor->kind == RN_TRACED_MASK)
        return of_mask(judged);
    if (!isfinite(m->rms_difference))
        return RN_VERDICT_WRONG;
    if (m->rms_difference <= tolerance && m->max_abs <= RN_LIMIT_PEAK * tolerance)
        return harmless(judged);
    return lower_precision(judged);
}
