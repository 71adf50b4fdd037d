/* plateau.c: counts the epochs without a better metric. */
#include "train/plateau.h"

#include "report/metrics.h"

static bool is_better(const rn_config *config, const rn_metric *metric, double value, double best)
{
    double threshold = config->train.plateau_threshold;
    return metric->better == RN_METRIC_HIGHER ? value > best * (1 + threshold)
                                              : value < best * (1 - threshold);
}

/* The value is that of the files: a resumed run that finds it there decides the same. */
void rn_plateau_observe(rn_plateau *plateau, const rn_config *config,
                        const rn_epoch_metrics *metrics)
{
    if (config->train.schedule != RN_SCHEDULE_PLATEAU)
        return;
    const rn_metric *metric = rn_metric_find(rn_config_word(config, "train.plateau_metric"));
    double value = rn_metric_filed(metric, metrics);
    bool better = plateau->n_epochs == 0 || is_better(config, metric, value, plateau->best);
    plateau->n_epochs++;
    if (better)
        plateau->best = value;
    plateau->n_bad = better ? 0 : plateau->n_bad + 1;
    if (plateau->n_cooldown > 0) {
        plateau->n_cooldown--;
        plateau->n_bad = 0;
    }
    if (plateau->n_bad > config->train.plateau_patience) {
        plateau->n_reductions++;
        plateau->n_cooldown = config->train.plateau_cooldown;
        plateau->n_bad = 0;
    }
}

void rn_plateau_forget(rn_plateau *plateau)
{
    *plateau = (rn_plateau){ .n_reductions = plateau->n_reductions };
}
