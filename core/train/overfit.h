/* overfit.h: whether a network can learn one batch: if not, it will not learn the data set. */
#ifndef RN_CORE_TRAIN_OVERFIT_H
#define RN_CORE_TRAIN_OVERFIT_H

#include "train/model.h"

typedef struct rn_overfit_params {
    const rn_config *config;
    rn_registry *registry;
    const rn_model_choice *model; /* what the network starts from */
    int64_t steps;                /* at most */
    bool quiet, json;
} rn_overfit_params;

/* Trains on the first batch of training, with the transforms of validation, one mask for every
 * dropout, and neither weight decay nor label smoothing; prints what came of it. Keeps nothing.
 * RN_E_MISMATCH says what looks wrong where the batch was not learnt. */
rn_status rn_overfit(const rn_overfit_params *params);

#endif
