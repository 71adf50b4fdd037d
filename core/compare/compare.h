/* compare.h: the same weights and images on several backends. */
#ifndef RN_CORE_COMPARE_COMPARE_H
#define RN_CORE_COMPARE_COMPARE_H

#include "compare/comparison.h"
#include "compare/limits.h"
#include "compare/trace_file.h"
#include "plugin/registry.h"
#include "train/model.h"

typedef enum rn_compare_phase {
    RN_COMPARE_INFER = 1,
    RN_COMPARE_STEP,
    RN_COMPARE_TRAIN
} rn_compare_phase;

#define RN_COMPARE_PHASE_WORDS(WORD)                                                               \
    WORD("infer", RN_COMPARE_INFER, "forward alone")                                               \
    WORD("train-step", RN_COMPARE_STEP, "forward, gradient and update")                            \
    WORD("train", RN_COMPARE_TRAIN, "the losses of several steps (compare)")

typedef struct rn_compare_options {
    const char *backends;   /* "A,B,…"; the first is the reference and computes in fp32 unless its
                                settings say otherwise */
    const char *load_trace; /* the reference, in place of the first backend; NULL: none */
    const char *save_trace; /* NULL: none is kept */
    rn_trace_detail detail;
    rn_model_choice model; /* without a path: initial weights of the cfg's seed */
    const char *input;     /* "random", a picture or a folder, or "dataset" */
    int64_t batch;         /* 0: that of load_trace */
    int64_t steps;         /* 0: that of load_trace, or what is usual for the phase */
    int64_t repeats;
    rn_compare_phase phase; /* 0: that of load_trace, or RN_COMPARE_STEP */
    bool modes[RN_N_COMPARE_MODES];
    const char *layers; /* a shell pattern; NULL: all */
    double limit;       /* 0: by the error model */
    const rn_limit_rule *rules;
    int32_t n_rules;
    bool speed; /* time the steps as well */
} rn_compare_options;

/* The reference's tensors go to a temporary trace, and the others are compared with it one tensor
 * at a time. Differences are no failure: see comparison->sides[i].verdict. The caller clears the
 * comparison, also on failure. */
rn_status rn_compare_run(const rn_config *config, rn_registry *registry,
                         const rn_compare_options *options, rn_comparison *comparison);

#endif
