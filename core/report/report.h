/* report.h: a training run's metrics: metrics.csv, metrics.jsonl and curve.svg. */
#ifndef RN_CORE_REPORT_REPORT_H
#define RN_CORE_REPORT_REPORT_H

#include <resnet/status.h>
#include <stdint.h>
#include <stdio.h>

#include "report/metrics.h"

typedef struct rn_report rn_report;

typedef struct rn_report_params {
    const char *folder, *title;
    const char *run; /* the run's name, which is in every row */
    /* To resume: the rows up to `epoch` are kept, and that of the next epoch if its step is `step`.
     * Both are 0 for a new run. */
    int64_t epoch, step;
} rn_report_params;

/* Opens a folder's report, creating the folder. No file is changed until the first row is written,
 * so that a run that fails early leaves the files as they were. RN_E_DATA names a row that is
 * damaged or belongs to another run. */
rn_status rn_report_open(const rn_report_params *params, rn_report **out);

/* Adds a row, in memory. */
rn_status rn_report_add(rn_report *report, const rn_epoch_metrics *metrics);

/* Writes both files and redraws the curve; all are on disk when it returns. */
rn_status rn_report_write(rn_report *report);

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
