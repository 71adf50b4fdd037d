/* report.c: writes metrics.csv and metrics.jsonl. Each epoch rewrites both atomically, so that they
 * never contain half a row; they are a few kilobytes. */
#define _GNU_SOURCE /* asprintf */
#include "report/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"
#include "report/run_files.h"

struct rn_report {
    char *folder, *title, *run;
    rn_epoch_metrics *rows;
    int64_t count, capacity;
};

static int64_t *integer_at(rn_epoch_metrics *row, const rn_metric *metric)
{
    return (int64_t *)(void *)((char *)row + metric->offset);
}

static double *number_at(rn_epoch_metrics *row, const rn_metric *metric)
{
    return (double *)(void *)((char *)row + metric->offset);
}

rn_status rn_report_add(rn_report *report, const rn_epoch_metrics *row)
{
    if (report->count == report->capacity) {
        int64_t capacity = report->capacity ? 2 * report->capacity : 16;
        rn_epoch_metrics *grown = realloc(report->rows, (size_t)capacity * sizeof *grown);
        if (!grown)
            return rn_fail(RN_E_NOMEM, "%s: not enough memory for the metrics", report->folder);
        report->rows = grown;
        report->capacity = capacity;
    }
    report->rows[report->count++] = *row;
    return RN_OK;
}

/* Takes a value from a row; false if it is none of the metric's kind. */
static bool parse_value(const json_t *object, const rn_metric *metric, rn_epoch_metrics *row)
{
    const json_t *value = json_object_get(object, metric->name);
    if (metric->is_integer) {
        *integer_at(row, metric) = json_integer_value(value);
        return json_is_integer(value);
    }
    bool is_unknown = json_is_null(value) || (metric->is_later && !value);
    *number_at(row, metric) = is_unknown ? NAN : json_number_value(value);
    return is_unknown || json_is_number(value);
}

/* Parses a line of metrics.jsonl; false if it is not a row. The caller frees *run. */
static bool parse_row(const char *line, size_t length, rn_epoch_metrics *row, char **run)
{
    json_t *object = json_loadb(line, length, 0, NULL);
    const char *name = json_string_value(json_object_get(object, "run"));
    bool is_valid = object != NULL;
    *run = strdup(name ? name : "");
    for (const rn_metric *m = rn_metrics; is_valid && m->name; m++)
        is_valid = parse_value(object, m, row);
    json_decref(object);
    return is_valid && *run;
}

/* Checks that the row's values are possible and that its epoch is later than the previous row's. */
static rn_status check_row(const rn_report *report, const rn_epoch_metrics *row)
{
    for (const rn_metric *m = rn_metrics; m->name; m++) {
        double value = rn_metric_value(m, row);
        if (value < m->min || value > m->max)
            return rn_fail(RN_E_DATA,
                           "%s: found %.10g, expected %g to %g; remove the file to resume without "
                           "it",
                           m->name, value, m->min, m->max);
    }
    int64_t before = report->count ? report->rows[report->count - 1].epoch : 0;
    if (row->epoch <= before)
        return rn_fail(RN_E_DATA,
                       "epoch: found %" PRId64 " after %" PRId64 ", expected a later one; remove "
                       "the file to resume without it",
                       row->epoch, before);
    return RN_OK;
}

static rn_status read_row(rn_report *report, const char *line, size_t length,
                          const rn_report_params *params)
{
    rn_epoch_metrics row = { 0 };
    char *run = NULL;
    rn_status status = RN_OK;
    if (!parse_row(line, length, &row, &run)) {
        status = rn_fail(RN_E_DATA, "not a row of metrics; remove the file to resume without it");
        goto done;
    }
    if (strcmp(run, params->run) != 0) {
        status = rn_fail(RN_E_DATA,
                         "a row of %s%s, but the checkpoint is of run %s; remove the "
                         "file to resume without it",
                         *run ? "run " : "an unnamed run", run, params->run);
        goto done;
    }
    status = check_row(report, &row);
    if (status)
        goto done;
    if (row.epoch <= params->epoch || (row.epoch == params->epoch + 1 && row.step == params->step))
        status = rn_report_add(report, &row);
done:
    free(run);
    return status;
}

/* Reads the rows up to the checkpoint; drops those that were written after it. */
static rn_status read_rows(rn_report *report, const char *path, const rn_report_params *params)
{
    uint8_t *data = NULL;
    uint64_t size = 0;
    rn_status status = rn_file_read(path, &data, &size);
    if (status)
        return status;
    const char *line = (const char *)data;
    const char *end = line + size;
    for (int n = 1; line < end; n++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline ? newline : end) - line);
        status = read_row(report, line, length, params);
        if (status) {
            rn_fail_at(status, "%s:%d", path, n);
            goto done;
        }
        line += length + 1;
    }
done:
    free(data);
    return status;
}

static void print_value(FILE *stream, const rn_epoch_metrics *row, const rn_metric *metric,
                        bool json)
{
    double number = rn_metric_value(metric, row);
    if (metric->is_integer)
        fprintf(stream, "%.0f", number);
    else if (isfinite(number))
        fprintf(stream, "%.*g", RN_METRIC_DIGITS, number);
    else
        fputs(json ? "null" : isnan(number) ? "nan" : number > 0 ? "inf" : "-inf", stream);
}

static void print_csv(FILE *stream, rn_report *report)
{
    for (const rn_metric *m = rn_metrics; m->name; m++)
        fprintf(stream, "%s,", m->name);
    fputs("run\n", stream);
    for (int64_t r = 0; r < report->count; r++) {
        for (const rn_metric *m = rn_metrics; m->name; m++) {
            print_value(stream, &report->rows[r], m, false);
            fputc(',', stream);
        }
        fprintf(stream, "%s\n", report->run);
    }
}

void rn_report_print_row(FILE *stream, const rn_epoch_metrics *row, const char *run)
{
    for (const rn_metric *m = rn_metrics; m->name; m++) {
        fprintf(stream, "%s\"%s\": ", m == rn_metrics ? "{" : ", ", m->name);
        print_value(stream, row, m, true);
    }
    fprintf(stream, ", \"run\": \"%s\"}\n", run);
}

static void print_jsonl(FILE *stream, rn_report *report)
{
    for (int64_t r = 0; r < report->count; r++)
        rn_report_print_row(stream, &report->rows[r], report->run);
}

static rn_status write_file(rn_report *report, const char *name, void (*print)(FILE *, rn_report *))
{
    char *path = NULL;
    rn_file *file = NULL;
    if (asprintf(&path, "%s/%s", report->folder, name) < 0)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory for the metrics", report->folder);
    rn_status status = rn_file_create(path, &file);
    if (status)
        goto done;
    print(rn_file_stream(file), report);
    status = rn_file_commit(file);
done:
    free(path);
    return status;
}

rn_status rn_report_write(rn_report *report)
{
    char *path = NULL;
    rn_status status = write_file(report, RN_METRICS_CSV_FILE, print_csv);
    if (status)
        return status;
    status = write_file(report, RN_METRICS_FILE, print_jsonl);
    if (status || report->count == 0)
        return status;
    if (asprintf(&path, "%s/" RN_CURVE_FILE, report->folder) < 0)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory for the curve", report->folder);
    status = rn_curve_write(path, report->title, report->rows, report->count);
    free(path);
    return status;
}

rn_status rn_report_open(const rn_report_params *params, rn_report **out)
{
    char *path = NULL;
    *out = NULL;
    rn_status status = rn_folder_create(params->folder);
    if (status)
        return status;
    rn_report *report = calloc(1, sizeof *report);
    if (report) {
        report->folder = strdup(params->folder);
        report->title = strdup(params->title);
        report->run = strdup(params->run);
    }
    if (!report || !report->folder || !report->title || !report->run ||
        asprintf(&path, "%s/" RN_METRICS_FILE, report->folder) < 0) {
        path = NULL;
        status = rn_fail(RN_E_NOMEM, "%s: not enough memory for the metrics", params->folder);
        goto done;
    }
    if ((params->epoch > 0 || params->step > 0) && access(path, F_OK) == 0)
        status = read_rows(report, path, params);
    if (status)
        goto done;
    *out = report;
    report = NULL;
done:
    free(path);
    rn_report_close(report);
    return status;
}

const rn_epoch_metrics *rn_report_rows(const rn_report *report, int64_t *count)
{
    *count = report->count;
    return report->rows;
}

void rn_report_close(rn_report *report)
{
    if (!report)
        return;
    free(report->rows);
    free(report->folder);
    free(report->title);
    free(report->run);
    free(report);
}
