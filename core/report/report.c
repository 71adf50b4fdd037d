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

/* The columns in the order of the files. A value that is read must be from min to max; a number
 * that is not an integer may also be null. */
static const struct column {
    const char *name;
    bool is_integer;
    size_t offset;
    double min, max;
} columns[] = {
    { "epoch", true, offsetof(rn_epoch_metrics, epoch), 1, 1e6 },
    { "step", true, offsetof(rn_epoch_metrics, step), 0, 1e15 },
    { "learning_rate", false, offsetof(rn_epoch_metrics, learning_rate), 0, 1e6 },
    { "train_loss", false, offsetof(rn_epoch_metrics, train_loss), 0, HUGE_VAL },
    { "train_accuracy", false, offsetof(rn_epoch_metrics, train_accuracy), 0, 1 },
    { "validation_loss", false, offsetof(rn_epoch_metrics, validation_loss), 0, HUGE_VAL },
    { "validation_accuracy", false, offsetof(rn_epoch_metrics, validation_accuracy), 0, 1 },
    { "images_per_s", false, offsetof(rn_epoch_metrics, images_per_s), 0, HUGE_VAL },
    { "time_s", false, offsetof(rn_epoch_metrics, time_s), 0, HUGE_VAL },
    { "loader_wait_s", false, offsetof(rn_epoch_metrics, loader_wait_s), 0, HUGE_VAL },
};

#define N_COLUMNS (sizeof columns / sizeof *columns)

const char *rn_report_column(int i)
{
    return i < (int)N_COLUMNS ? columns[i].name : NULL;
}

static int64_t *integer_at(rn_epoch_metrics *row, const struct column *column)
{
    return (int64_t *)(void *)((char *)row + column->offset);
}

static double *number_at(rn_epoch_metrics *row, const struct column *column)
{
    return (double *)(void *)((char *)row + column->offset);
}

static rn_status add_row(rn_report *report, const rn_epoch_metrics *row)
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

/* Parses a line of metrics.jsonl; false if it is not a row. The caller frees *run. */
static bool parse_row(const char *line, size_t length, rn_epoch_metrics *row, char **run)
{
    json_t *object = json_loadb(line, length, 0, NULL);
    const char *name = json_string_value(json_object_get(object, "run"));
    bool is_valid = object != NULL;
    *run = strdup(name ? name : "");
    for (size_t i = 0; is_valid && i < N_COLUMNS; i++) {
        const json_t *value = json_object_get(object, columns[i].name);
        if (columns[i].is_integer) {
            is_valid = json_is_integer(value);
            *integer_at(row, &columns[i]) = json_integer_value(value);
        } else {
            is_valid = json_is_number(value) || json_is_null(value);
            *number_at(row, &columns[i]) = json_is_null(value) ? NAN : json_number_value(value);
        }
    }
    json_decref(object);
    return is_valid && *run;
}

/* Checks that the row's values are possible and that its epoch is later than the previous row's. */
static rn_status check_row(const rn_report *report, rn_epoch_metrics *row)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        const struct column *c = &columns[i];
        double value = c->is_integer ? (double)*integer_at(row, c) : *number_at(row, c);
        if (value < c->min || value > c->max)
            return rn_fail(RN_E_DATA,
                           "%s: found %.10g, expected %g to %g; remove the file to resume without "
                           "it",
                           c->name, value, c->min, c->max);
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
        status = add_row(report, &row);
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

static void print_value(FILE *stream, rn_epoch_metrics *row, const struct column *column, bool json)
{
    double number = column->is_integer ? 0 : *number_at(row, column);
    if (column->is_integer)
        fprintf(stream, "%" PRId64, *integer_at(row, column));
    else if (isfinite(number))
        fprintf(stream, RN_METRIC_FORMAT, number);
    else
        fputs(json ? "null" : isnan(number) ? "nan" : number > 0 ? "inf" : "-inf", stream);
}

static void print_csv(FILE *stream, rn_report *report)
{
    for (size_t i = 0; i < N_COLUMNS; i++)
        fprintf(stream, "%s,", columns[i].name);
    fputs("run\n", stream);
    for (int64_t r = 0; r < report->count; r++) {
        for (size_t i = 0; i < N_COLUMNS; i++) {
            print_value(stream, &report->rows[r], &columns[i], false);
            fputc(',', stream);
        }
        fprintf(stream, "%s\n", report->run);
    }
}

void rn_report_print_row(FILE *stream, const rn_epoch_metrics *row, const char *run)
{
    rn_epoch_metrics copy = *row;
    for (size_t i = 0; i < N_COLUMNS; i++) {
        fprintf(stream, "%s\"%s\": ", i ? ", " : "{", columns[i].name);
        print_value(stream, &copy, &columns[i], true);
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

static rn_status write_all(rn_report *report)
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

rn_status rn_report_add(rn_report *report, const rn_epoch_metrics *metrics)
{
    rn_status status = add_row(report, metrics);
    if (status)
        return status;
    return write_all(report);
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
