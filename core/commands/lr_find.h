/* lr_find.h: `resnet-run lr-find`: the learning-rate range test of Smith 2017, arXiv:1506.01186. */
#ifndef RN_CORE_COMMANDS_LR_FIND_H
#define RN_CORE_COMMANDS_LR_FIND_H

#include "config/config.h"
#include "plugin/registry.h"
#include "train/model.h"

typedef struct rn_lr_find_options {
    int64_t rates;   /* steps, each with a rate of its own */
    double from, to; /* the first rate and the last */
    const char *csv; /* a file for the points; NULL: none */
    bool quiet, json;
    rn_model_choice model; /* what the network starts from */
} rn_lr_find_options;

/* Trains with a rate that rises exponentially until the loss diverges, prints the curve and what
 * it suggests, and keeps nothing. RN_E_MISMATCH where nothing can be suggested. */
rn_status rn_lr_find(const rn_config *config, rn_registry *registry,
                     const rn_lr_find_options *options);

#endif
