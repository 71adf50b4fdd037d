/* compare.h: the same weights and images on several backends, layer by layer. */
#ifndef RN_CORE_COMMANDS_COMPARE_H
#define RN_CORE_COMMANDS_COMPARE_H

#include "config/config.h"
#include "plugin/registry.h"

typedef struct rn_compare_options {
    const char *backends; /* "A,B,…"; the first, in fp32, is what the others are compared with */
    const char *weights;  /* NULL: initial weights of the cfg's seed */
    int64_t batch;
    double limit;    /* of rn_difference.relative_rms */
    bool train_step; /* forward and gradient; else inference */
    bool json;
} rn_compare_options;

/* Prints a table; RN_E_MISMATCH, naming the first tensor beyond the limit, where there is one. */
rn_status rn_compare(const rn_config *config, rn_registry *registry,
                     const rn_compare_options *options);

#endif
