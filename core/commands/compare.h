/* compare.h: the same weights and images on several backends, layer by layer. */
#ifndef RN_CORE_COMMANDS_COMPARE_H
#define RN_CORE_COMMANDS_COMPARE_H

#include "config/config.h"
#include "plugin/registry.h"
#include "train/model.h"

typedef struct rn_compare_options {
    const char *backends;  /* "A,B,…"; the first, in fp32, is the reference */
    rn_model_choice model; /* without a path: initial weights of the cfg's seed */
    int64_t batch;
    double limit;    /* the most that rn_difference.relative_rms may be */
    bool train_step; /* forward and gradient; else inference */
    bool json;
} rn_compare_options;

/* Prints a table. RN_E_MISMATCH names the first tensor that exceeds the limit. */
rn_status rn_compare(const rn_config *config, rn_registry *registry,
                     const rn_compare_options *options);

#endif
