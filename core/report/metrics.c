/* metrics.c: the table of metrics. */
#include "report/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(rn_epoch_metrics, field)

const rn_metric rn_metrics[] = {
    { "epoch", true, false, AT(epoch), 1, 1e6, RN_METRIC_NEITHER, NULL, "from 1", false },
    { "step", true, false, AT(step), 0, 1e15, RN_METRIC_NEITHER, NULL,
      "steps since the start of the run", false },
    { "learning_rate", false, false, AT(learning_rate), 0, 1e6, RN_METRIC_NEITHER,
      "learning rate/last step", "of the last step", false },
    { "train_loss", false, false, AT(train_loss), 0, HUGE_VAL, RN_METRIC_LOWER, "loss/train",
      "mean over the epoch's images, while they are trained on", false },
    { "train_accuracy", false, false, AT(train_accuracy), 0, 1, RN_METRIC_HIGHER, "top-1/train",
      "share of these images whose most likely class is their label", false },
    { "validation_loss", false, false, AT(validation_loss), 0, HUGE_VAL, RN_METRIC_LOWER,
      "loss/validation", "after the epoch", false },
    { "validation_accuracy", false, false, AT(validation_accuracy), 0, 1, RN_METRIC_HIGHER,
      "top-1/validation", "the share, after the epoch", false },
    { "images_per_s", false, false, AT(images_per_s), 0, HUGE_VAL, RN_METRIC_NEITHER,
      "speed/images a second", "training images a second, waiting for data included", false },
    { "time_s", false, false, AT(time_s), 0, HUGE_VAL, RN_METRIC_NEITHER, NULL,
      "seconds of training since the start of the run", false },
    { "loader_wait_s", false, false, AT(loader_wait_s), 0, HUGE_VAL, RN_METRIC_NEITHER,
      "waiting/seconds of an epoch", "seconds of the epoch spent waiting for data", false },
    { "train_top5", false, true, AT(train_top5), 0, 1, RN_METRIC_HIGHER, "top-5/train",
      "share of the images whose label is among the five most likely classes", false },
    { "validation_top5", false, true, AT(validation_top5), 0, 1, RN_METRIC_HIGHER,
      "top-5/validation", "the same after the epoch", false },
    { "gradient_norm", false, true, AT(gradient_norm), 0, HUGE_VAL, RN_METRIC_NEITHER,
      "gradient norm/mean of an epoch",
      "mean over the epoch's steps, before clipping; nan: not computed", false },
    { "host_memory_bytes", false, true, AT(host_memory_bytes), 0, 1e18, RN_METRIC_NEITHER,
      "memory/bytes on the host", "the most that the process has held so far", false },
    { "device_memory_bytes", false, true, AT(device_memory_bytes), 0, 1e18, RN_METRIC_NEITHER,
      "memory/bytes on a device",
      "what the run allocates on a device: part of the above if that is the processor", false },
    { "ema_loss", false, true, AT(ema_loss), 0, HUGE_VAL, RN_METRIC_LOWER, "loss/averages",
      "validation of the averages of the weights; nan: there are none", true },
    { "ema_accuracy", false, true, AT(ema_accuracy), 0, 1, RN_METRIC_HIGHER, "top-1/averages",
      "the share with them", true },
    { 0 },
};

const rn_metric *rn_metric_find(const char *name)
{
    for (const rn_metric *metric = rn_metrics; metric->name; metric++)
        if (strcmp(metric->name, name) == 0)
            return metric;
    return NULL;
}

double rn_metric_value(const rn_metric *metric, const rn_epoch_metrics *row)
{
    const void *at = (const char *)row + metric->offset;
    return metric->is_integer ? (double)*(const int64_t *)at : *(const double *)at;
}

double rn_metric_filed(const rn_metric *metric, const rn_epoch_metrics *row)
{
    char text[32];
    snprintf(text, sizeof text, "%.*g", RN_METRIC_DIGITS, rn_metric_value(metric, row));
    return strtod(text, NULL);
}
