/* metrics.h: the metrics of an epoch. One table says what each is called and means: the files of a
 * run, TensorBoard's tags, the charts of its page and train.best follow it. */
#ifndef RN_CORE_REPORT_METRICS_H
#define RN_CORE_REPORT_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A row. A number that is not known is NaN. */
typedef struct rn_epoch_metrics {
    int64_t epoch; /* from 1 */
    int64_t step;  /* steps done since the start of the run */
    double learning_rate;
    double train_loss, train_accuracy;
    double validation_loss, validation_accuracy;
    double images_per_s;
    double time_s;        /* wall time since the start of the run, before resuming included */
    double loader_wait_s; /* time in this epoch spent waiting for data */
    double train_top5, validation_top5;
    double gradient_norm;                          /* mean over the steps of the epoch */
    double host_memory_bytes, device_memory_bytes; /* the most so far; what was allocated */
    double ema_loss, ema_accuracy; /* validation of the averages of the weights; NaN: none */
} rn_epoch_metrics;

typedef enum rn_metric_direction {
    RN_METRIC_NEITHER, /* is better */
    RN_METRIC_LOWER,
    RN_METRIC_HIGHER
} rn_metric_direction;

typedef struct rn_metric {
    const char *name; /* of the column */
    bool is_integer;  /* int64_t, else double */
    bool is_later;    /* the files of earlier versions do not have it: it is then NaN */
    size_t offset;    /* in rn_epoch_metrics */
    double min, max;  /* of what can be; a number that is not an integer may be NaN, too */
    rn_metric_direction better;
    const char *tag; /* TensorBoard's, CHART/LINE, which the page draws, too; NULL: none */
    const char *help;
    bool of_averages; /* of the weights */
} rn_metric;

/* In the order of the files' columns; ends with a name that is NULL. */
extern const rn_metric rn_metrics[];

/* The metric of that name; NULL: there is none. */
const rn_metric *rn_metric_find(const char *name);

/* A value as a number; an integer of more than 53 bits is rounded. */
double rn_metric_value(const rn_metric *metric, const rn_epoch_metrics *row);

/* The digits of a number in the files: a resumed run that reads it and prints it again prints the
 * same. */
#define RN_METRIC_DIGITS 9

/* The value as one who reads it in the files gets it. */
double rn_metric_filed(const rn_metric *metric, const rn_epoch_metrics *row);

#endif
