/* report.h: a training run's metrics: metrics.csv, metrics.jsonl and curve.svg. */
#ifndef RN_CORE_REPORT_REPORT_H
#define RN_CORE_REPORT_REPORT_H

#include <resnet/status.h>
#include <stdint.h>
#include <stdio.h>

/* The metrics of one epoch: a row. */
typedef struct rn_epoch_metrics {
    int64_t epoch; /* from 1 */
    int64_t step;  /* steps done since the start of the run */
    double learning_rate;
    double train_loss, train_accuracy;
    double validation_loss, validation_accuracy;
    double images_per_s;
    double time_s;        /* wall time since the start of the run, before resuming included */
    double loader_wait_s; /* time in this epoch spent waiting for data */
    double ema_loss, ema_accuracy; /* validation of the averages of the weights; NaN: none */
} rn_epoch_metrics;

/* How both files print a number: nine digits, so that a resumed run that reads and rewrites it
 * prints the same. */
#define RN_METRIC_FORMAT "%.9g"

typedef struct rn_report rn_report;

typedef struct rn_report_params {
    const char *folder, *title;
    const char *run; /* the run's name, which is in every row */
    /* To resume: the rows up to `epoch` are kept, and that of the next epoch if its step is `step`.
     * Both are 0 for a new run. */
    int64_t epoch, step;
} rn_report_params;

/* Opens a folder's report, creating the folder. No file is changed until the first row is added, so
 * that a run that fails early leaves the files as they were. RN_E_DATA names a row that is damaged
 * or belongs to another run. */
rn_status rn_report_open(const rn_report_params *params, rn_report **out);

/* Adds a row to both files and redraws the curve; all are on disk when it returns. */
rn_status rn_report_add(rn_report *report, const rn_epoch_metrics *metrics);

/* The name of column i of the metrics; NULL after the last one. */
const char *rn_report_column(int i);

/* Prints a row as a line of metrics.jsonl, in which a number that is not finite is null. */
void rn_report_print_row(FILE *stream, const rn_epoch_metrics *row, const char *run);

/* All rows so far, in order; owned by the report and valid until the next rn_report_add. */
const rn_epoch_metrics *rn_report_rows(const rn_report *report, int64_t *count);
void rn_report_close(rn_report *report);

/* Draws train loss, validation loss and validation accuracy by epoch, as the book does (d2l.ai,
 * section 8.6), as one SVG with axes, ticks and legend. It needs no other files and suits light and
 * dark backgrounds. Writes nothing if there are no rows. */
rn_status rn_curve_write(const char *path, const char *title, const rn_epoch_metrics *rows,
                         int64_t count);

/* Prints the same curve with characters: 16 lines of less than 90 columns; nothing if there are no
 * rows. */
void rn_curve_text(FILE *stream, const rn_epoch_metrics *rows, int64_t count);

#endif
