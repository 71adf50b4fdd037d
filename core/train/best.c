/* best.c: compares epochs. */
#include "train/best.h"

#include <math.h>

static bool is_better(const rn_metric *metric, double value, double than, double by)
{
    return metric->better == RN_METRIC_LOWER ? value < than - by : value > than + by;
}

bool rn_best_update(rn_best *best, const rn_config *config, const rn_epoch_metrics *metrics)
{
    const rn_metric *metric = rn_metric_find(rn_config_word(config, "train.best"));
    double value = metric ? rn_metric_filed(metric, metrics) : NAN, by = config->train.min_delta;
    if (!isfinite(value))
        return false;
    if (!best->better_epoch || is_better(metric, value, best->better_value, by)) {
        best->better_epoch = metrics->epoch;
        best->better_value = value;
    }
    if (best->epoch && !is_better(metric, value, best->value, 0))
        return false;
    best->epoch = metrics->epoch;
    best->value = value;
    return true;
}

bool rn_best_is_stale(const rn_best *best, const rn_config *config, int64_t n_epochs)
{
    int64_t most = config->train.stop_after;
    return most && best->better_epoch && n_epochs - best->better_epoch >= most;
}
