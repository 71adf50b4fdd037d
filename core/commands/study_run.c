/* study_run.c: a run of a study. Its folder is that of any training run; state.json beside tells
 * with which configuration it was begun, and whether it is complete. */
#include "commands/study_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/status.h"
#include "config/config_record.h"
#include "io/file.h"
#include "io/json_file.h"
#include "report/run_files.h"
#include "train/checkpoint.h"
#include "train/run_folder.h"

#define STATE_NAME(name, text) [RN_STUDY_##name] = text,

const char *rn_study_state_name(rn_study_state state)
{
    static const char *const names[] = { RN_STUDY_STATES(STATE_NAME) };
    return names[state];
}

/* ---- How far it is ---- */

rn_status rn_study_run_look(rn_study_run *run, const rn_config *config, bool overwrite)
{
    char path[RN_PATH_SIZE];
    json_t *object = NULL;
    run->state = RN_STUDY_NEW;
    rn_status status = rn_path_join(path, run->folder, RN_STUDY_STATE_FILE);
    if (status || access(path, F_OK))
        return status;
    status = rn_json_file_read(path, "remove the file to go on with this run", &object);
    if (status)
        return status;
    const char *record = json_string_value(json_object_get(object, "config"));
    run->state =
        json_is_true(json_object_get(object, "complete")) ? RN_STUDY_COMPLETE : RN_STUDY_BEGUN;
    status = record ? rn_config_check_record(config, record, RN_CONFIG_SAME, run->folder)
                    : rn_fail(RN_E_DATA, "%s: found no config; remove the file to go on", path);
    if (status == RN_E_DATA && overwrite) {
        run->state = RN_STUDY_CHANGED;
        rn_fail_clear();
        status = RN_OK;
    }
    json_decref(object);
    return status;
}

static rn_status write_state(const rn_study_run *run, bool complete)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_path_join(path, run->folder, RN_STUDY_STATE_FILE);
    if (status)
        return status;
    json_t *object = json_object();
    rn_json_set(object, "complete", json_boolean(complete));
    rn_json_set(object, "config", rn_json_text(run->record));
    char *text = json_dumps(object, JSON_INDENT(1));
    status = text ? rn_file_write_text(path, text)
                  : rn_fail(RN_E_NOMEM, "%s: no memory for its text", path);
    free(text);
    json_decref(object);
    return status;
}

rn_status rn_study_run_begin(rn_study_run *run)
{
    rn_status status = rn_folder_create(run->folder);
    if (!status && run->state == RN_STUDY_CHANGED)
        status = rn_checkpoint_remove(run->folder);
    if (!status && run->state == RN_STUDY_CHANGED)
        status = rn_run_folder_clear(run->folder);
    if (status)
        return status;
    run->state = RN_STUDY_BEGUN;
    return write_state(run, false);
}

rn_status rn_study_run_end(rn_study_run *run)
{
    run->state = RN_STUDY_COMPLETE;
    return write_state(run, true);
}

/* ---- What it found ---- */

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Adds a line of metrics.jsonl. */
static rn_status add_row(rn_study_run *run, const char *line, size_t length,
                         const char *const *series, int n_series)
{
    json_error_t error;
    json_t *object = rn_json_read(line, length, 0, &error);
    rn_study_row *grown = realloc(run->rows, (size_t)(run->n_rows + 1) * sizeof *grown);
    rn_study_row row = { .epoch = json_integer_value(json_object_get(object, "epoch")) };
    rn_status status = RN_OK;
    if (grown)
        run->rows = grown;
    if (!grown)
        status = rn_fail(RN_E_NOMEM, "no memory for the metrics");
    else if (row.epoch <= (run->n_rows ? run->rows[run->n_rows - 1].epoch : 0))
        status = rn_fail(RN_E_DATA, "found no row of metrics, of an epoch after the last");
    for (int i = 0; i < n_series; i++)
        row.value[i] = number_of(object, series[i]);
    if (!status) {
        run->rows[run->n_rows++] = row;
        run->time_s = number_of(object, "time_s");
    }
    json_decref(object);
    return status;
}

static rn_status add_rows(rn_study_run *run, const char *text, const char *const *series,
                          int n_series)
{
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        rn_status status = add_row(run, line, length, series, n_series);
        if (status)
            return status;
        line += length + (line[length] == '\n');
    }
    if (isfinite(rn_study_run_value(run)))
        return RN_OK;
    return rn_fail(RN_E_DATA, "found no %s after the last epoch", series[0]);
}

rn_status rn_study_run_read(rn_study_run *run, const char *const *series, int n_series)
{
    char path[RN_PATH_SIZE];
    uint8_t *text = NULL;
    uint64_t size = 0;
    run->n_rows = 0;
    rn_status status = rn_path_join(path, run->folder, RN_METRICS_FILE);
    if (!status)
        status = rn_file_read(path, &text, &size);
    if (status)
        return status;
    status = add_rows(run, (const char *)text, series, n_series);
    if (status)
        rn_fail_at(status, "%s", path);
    free(text);
    return status;
}

double rn_study_run_value(const rn_study_run *run)
{
    bool is_known = run->state == RN_STUDY_COMPLETE && run->n_rows > 0;
    return is_known ? run->rows[run->n_rows - 1].value[0] : NAN;
}

void rn_study_run_last_words(int log, char *text, size_t size)
{
    static const char prefix[] = "resnet-run: ";
    char tail[2048];
    off_t length = lseek(log, 0, SEEK_END), from = length - (off_t)sizeof tail + 1;
    ssize_t n = pread(log, tail, sizeof tail - 1, from > 0 ? from : 0);
    tail[n > 0 ? n : 0] = 0;
    for (n--; n >= 0 && tail[n] == '\n'; n--)
        tail[n] = 0;
    const char *newline = strrchr(tail, '\n'), *line = newline ? newline + 1 : tail;
    if (strncmp(line, prefix, sizeof prefix - 1) == 0)
        line += sizeof prefix - 1;
    snprintf(text, size, "%s", line);
}

void rn_study_run_clear(rn_study_run *run)
{
    free(run->folder);
    free(run->record);
    free(run->rows);
    *run = (rn_study_run){ 0 };
}
