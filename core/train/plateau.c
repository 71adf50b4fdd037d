/* plateau.c: counts the epochs without a better metric. */
#include "train/plateau.h"

#include <stdio.h>
#include <stdlib.h>

/* The metric with the digits that the report keeps of it: a resumed run that finds it there decides
 * the same. */
static double as_kept(double metric)
{
    char text[32];
    snprintf(text, sizeof text, RN_METRIC_FORMAT, metric);
    return strtod(text, NULL);
}

static double metric_of(int32_t metric, const rn_epoch_metrics *metrics)
{
    switch (metric) {
        case RN_PLATEAU_VALIDATION_ACCURACY: return metrics->validation_accuracy;
        case RN_PLATEAU_TRAIN_LOSS: return metrics->train_loss;
        case RN_PLATEAU_TRAIN_ACCURACY: return metrics->train_accuracy;
        default: return metrics->validation_loss;
    }
}

static bool is_better(const rn_config *config, double metric, double best)
{
    double threshold = config->train.plateau_threshold;
    bool should_rise = config->train.plateau_metric == RN_PLATEAU_VALIDATION_ACCURACY ||
                       config->train.plateau_metric == RN_PLATEAU_TRAIN_ACCURACY;
    return should_rise ? metric > best * (1 + threshold) : metric < best * (1 - threshold);
}

void rn_plateau_observe(rn_plateau *plateau, const rn_config *config,
                        const rn_epoch_metrics *metrics)
{
    if (config->train.schedule != RN_SCHEDULE_PLATEAU)
        return;
    double metric = as_kept(metric_of(config->train.plateau_metric, metrics));
    bool better = plateau->n_epochs == 0 || is_better(config, metric, plateau->best);
    plateau->n_epochs++;
    if (better)
        plateau->best = metric;
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
