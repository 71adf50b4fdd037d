/* verdict.h: what a difference means: rounding, a lower precision, or an error. */
#ifndef RN_CORE_COMPARE_VERDICT_H
#define RN_CORE_COMPARE_VERDICT_H

#include "compare/limits.h"
#include "compare/measures.h"
#include "compare/traced.h"

/* From the best to the worst; that of several is the worst of them. RN_VERDICTS(X): X(constant,
 * word of reports, sentence). */
#define RN_VERDICTS(X)                                                                             \
    X(ABSENT, "absent", "only one of the two has it (merged operators)")                           \
    X(EQUAL, "equal", "equal bits")                                                                \
    X(ROUNDING, "rounding", "equal to rounding")                                                   \
    X(ALIKE, "alike", "trains as the reference does, within what other seeds do")                  \
    X(ZERO, "zero", "0 in theory: what both have is rounding")                                     \
    X(SWITCH, "switch", "differs where relu or a pool switches, harmless")                         \
    X(CARRIED, "carried", "no further away than the errors before it explain")                     \
    X(TF32, "tf32", "lower precision than asked for (looks like tf32)")                            \
    X(FP16, "fp16", "lower precision than asked for (looks like fp16)")                            \
    X(BF16, "bf16", "lower precision than asked for (looks like bf16)")                            \
    X(UNSTABLE, "unstable", "not deterministic")                                                   \
    X(DIVERGES, "diverges", "trains differently")                                                  \
    X(WRONG, "wrong", "wrong")

typedef enum rn_verdict {
#define RN_VERDICT_CONSTANT(name, word, sentence) RN_VERDICT_##name,
    RN_VERDICTS(RN_VERDICT_CONSTANT)
#undef RN_VERDICT_CONSTANT
        RN_N_VERDICTS
} rn_verdict;

const char *rn_verdict_word(rn_verdict verdict);
const char *rn_verdict_sentence(rn_verdict verdict);

/* True from TF32 on: the comparison ends with status 1. */
bool rn_verdict_fails(rn_verdict verdict);

/* What is known about a tensor besides its difference. Zero-initialise, then set the fields. */
typedef struct rn_judged {
    const rn_traced *tensor; /* of the reference */
    rn_measures measures;
    double limit; /* of sqrt(nmse), from limits.h or the user; max_relative may be
                          RN_LIMIT_PEAK times as large */
    /* RMS by which the reference's tensor moves; NaN: not measured. Chained: where every result of
     * an operator is moved at random by a share RN_NOISE_SHARE of itself, as noise.c did. Isolated:
     * where the operator's inputs are the reference's, each so moved; this tells how much
     * cancels out in its sums. */
    double noise;
    int32_t precision; /* rn_precision that this backend was asked for */
    bool isolated;     /* the operator had the reference's own inputs */
    bool repeats;      /* other bits in another run with the same inputs */
} rn_judged;

rn_verdict rn_verdict_of(const rn_judged *judged);

/* The largest difference that is no fault, relative to the tensor's RMS. That of a mask takes each
 * element that differs for a difference of 1. */
double rn_verdict_tolerance(const rn_judged *judged);

/* That of a tensor in two runs. What is wrong in some of them only is not deterministic. */
rn_verdict rn_verdict_of_repeats(rn_verdict a, rn_verdict b);

#endif
