/* plateau.h: the state of the schedule plateau, which lowers the learning rate when a metric gets
 * no better. */
#ifndef RN_CORE_TRAIN_PLATEAU_H
#define RN_CORE_TRAIN_PLATEAU_H

#include "config/config.h"
#include "report/report.h"

/* All zero at the start of a run. */
typedef struct rn_plateau {
    int64_t n_epochs;   /* seen so far */
    double best;        /* the best metric of them */
    int64_t n_bad;      /* epochs since then or since the last reduction, but for cooldown */
    int64_t n_cooldown; /* epochs that are still not to be counted */
    int64_t n_reductions;
} rn_plateau;

/* Takes the metrics of an epoch that is over, by the rules of PyTorch's ReduceLROnPlateau with
 * relative thresholds. Does nothing for other schedules. */
void rn_plateau_observe(rn_plateau *plateau, const rn_config *config,
                        const rn_epoch_metrics *metrics);

/* Forgets the metrics, but not the reductions: the next epoch is the best so far. */
void rn_plateau_forget(rn_plateau *plateau);

#endif
