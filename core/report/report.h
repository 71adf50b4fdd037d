/* report.h: what a training run leaves behind: metrics.csv, metrics.jsonl and curve.svg. */
#ifndef RN_CORE_REPORT_REPORT_H
#define RN_CORE_REPORT_REPORT_H

#include <resnet/status.h>
#include <stdint.h>
#include <stdio.h>

/* One epoch. */
typedef struct rn_epoch_metrics {
    int64_t epoch; /* from 1 */
    int64_t step;  /* steps done since the start */
    double learning_rate;
    double train_loss, train_accuracy;
    double validation_loss, validation_accuracy;
    double images_per_s;
    double time_s;        /* wall time since the start of the run, resumed time included */
    double loader_wait_s; /* share of this epoch that waited for data */
} rn_epoch_metrics;

typedef struct rn_report rn_report;

typedef struct rn_report_params {
    const char *folder, *title;
    const char *run; /* which run; its name is in every row */
    int64_t epoch;   /* keeps the rows of a resumed run up to this one; 0 and no step: a new run */
    int64_t step;    /* and the row of the next epoch, if it is of this step; 0: not */
} rn_report_params;

/* Opens the report of a folder. The files are not touched before the first row is added, so that
 * a run that fails early leaves them as they were. RN_E_DATA names a row that is damaged or of
 * another run. */
rn_status rn_report_open(const rn_report_params *params, rn_report **out);

/* Adds a row to both files and redraws the curve; everything is on disk when it returns. */
rn_status rn_report_add(rn_report *report, const rn_epoch_metrics *metrics);

/* Prints a row as a line of metrics.jsonl. What is not finite is null. */
void rn_report_print_row(FILE *stream, const rn_epoch_metrics *row, const char *run);

/* All rows so far, in order. */
const rn_epoch_metrics *rn_report_rows(const rn_report *report, int64_t *count);
void rn_report_close(rn_report *report);

/* Draws train loss, validation loss and validation accuracy by epoch, as the book does (d2l.ai,
 * section 8.6): one SVG with axes, ticks, legend; no dependencies, right on light and dark. */
rn_status rn_curve_write(const char *path, const char *title, const rn_epoch_metrics *rows,
                         int64_t count);

/* Prints the same curve with characters, 17 lines of at most 72 columns. Nothing where there are no
 * rows. */
void rn_curve_text(FILE *stream, const rn_epoch_metrics *rows, int64_t count);

#endif
