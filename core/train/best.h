/* best.h: which epoch is the best by the metric train.best, and whether training should stop
 * because none has become better. Only whole epochs count. */
#ifndef RN_CORE_TRAIN_BEST_H
#define RN_CORE_TRAIN_BEST_H

#include "config/config.h"
#include "report/metrics.h"

/* Zero-initialise. Epochs count from 1; 0: none so far. */
typedef struct rn_best {
    int64_t epoch; /* the best */
    double value;
    int64_t better_epoch; /* the last that was better than the one here before by min_delta */
    double better_value;
} rn_best;

/* Takes an epoch into account; true: it is the best so far. The first of equal ones is the best.
 * Values count as they stand in metrics.jsonl, so that a resumed run can take them from there. */
bool rn_best_update(rn_best *best, const rn_config *config, const rn_epoch_metrics *metrics);

/* Whether train.stop_after ends a run of so many epochs. */
bool rn_best_is_stale(const rn_best *best, const rn_config *config, int64_t n_epochs);

#endif
