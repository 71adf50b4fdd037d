/* study_results.c: the results of a study as a table, as CSV and as JSON. */
#include "commands/study_results.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "report/column.h"

/* ---- Counting ---- */

static rn_sample sample_of(const rn_study *study, int i)
{
    double values[sizeof study->config->study.seeds / sizeof *study->config->study.seeds];
    int64_t n = 0;
    for (int64_t k = 0; k < study->config->study.n_seeds; k++) {
        double value = rn_study_run_value(rn_study_run_of(study, i, k));
        if (isfinite(value))
            values[n++] = value;
    }
    return rn_sample_of(values, n);
}

rn_study_result rn_study_result_of(const rn_study *study, int i)
{
    rn_sample first = sample_of(study, 0);
    rn_study_result result = { .sample = sample_of(study, i),
                               .difference = NAN,
                               .test = { NAN, NAN, NAN } };
    if (i > 0) {
        result.difference = result.sample.mean - first.mean;
        result.test = rn_welch_test(&first, &result.sample);
    }
    return result;
}

/* ---- The table ---- */

void rn_study_print(FILE *out, const rn_study *study)
{
    int width = (int)strlen("variant");
    for (int i = 0; i < study->variants.count; i++)
        if ((int)strlen(study->variants.at[i].name) > width)
            width = (int)strlen(study->variants.at[i].name);
    rn_print(out, "%s after the last epoch; p: Welch's test against the first variant\n",
             study->series[0]);
    rn_print(out, "%-*s  runs      mean  standard deviation  difference         p\n", width,
             "variant");
    for (int i = 0; i < study->variants.count; i++) {
        rn_study_result result = rn_study_result_of(study, i);
        rn_print(out, "%-*s  %4lld", width, study->variants.at[i].name, (long long)result.sample.n);
        rn_column_number(out, 10, "%.4f", result.sample.mean);
        rn_column_number(out, 20, "%.4f", result.sample.sd);
        rn_column_number(out, 12, "%+.4f", result.difference);
        rn_column_number(out, 10, "%.3g", result.test.p);
        fputc('\n', out);
    }
}

/* ---- Files ---- */

static void print_csv(FILE *out, const rn_study *study)
{
    rn_print(out, "variant,seed,state,%s,epochs,time_s\n", study->series[0]);
    for (int i = 0; i < study->n_runs; i++) {
        const rn_study_run *run = &study->runs[i];
        double value = rn_study_run_value(run);
        rn_print(out, "\"%s\",%lld,%s,", run->variant, (long long)run->seed,
                 rn_study_state_name(run->state));
        if (isfinite(value))
            rn_print(out, "%.9g,%lld,%.9g\n", value, (long long)run->rows[run->n_rows - 1].epoch,
                     run->time_s);
        else
            fputs(",,\n", out);
    }
}

static json_t *run_json(const rn_study_run *run)
{
    double value = rn_study_run_value(run);
    json_t *object = json_object();
    rn_json_set(object, "seed", json_integer(run->seed));
    rn_json_set(object, "state", rn_json_text(rn_study_state_name(run->state)));
    rn_json_set(object, "value", rn_json_number(value));
    rn_json_set(object, "time_s", isfinite(value) ? rn_json_number(run->time_s) : json_null());
    rn_json_set(object, "folder", rn_json_text(run->folder));
    return object;
}

static json_t *variant_json(const rn_study *study, int i)
{
    rn_study_result result = rn_study_result_of(study, i);
    json_t *object = json_object(), *runs = json_array();
    for (int64_t k = 0; k < study->config->study.n_seeds; k++)
        json_array_append_new(runs, run_json(rn_study_run_of(study, i, k)));
    rn_json_set(object, "name", rn_json_text(study->variants.at[i].name));
    rn_json_set(object, "n", json_integer(result.sample.n));
    rn_json_set(object, "mean", rn_json_number(result.sample.mean));
    rn_json_set(object, "sd", rn_json_number(result.sample.sd));
    rn_json_set(object, "difference", rn_json_number(result.difference));
    rn_json_set(object, "t", rn_json_number(result.test.t));
    rn_json_set(object, "df", rn_json_number(result.test.df));
    rn_json_set(object, "p", rn_json_number(result.test.p));
    rn_json_set(object, "runs", runs);
    return object;
}

rn_status rn_study_print_json(FILE *out, const rn_study *study)
{
    json_t *object = json_object(), *variants = json_array();
    for (int i = 0; i < study->variants.count; i++)
        json_array_append_new(variants, variant_json(study, i));
    rn_json_set(object, "study", rn_json_text(study->config->name));
    rn_json_set(object, "metric", rn_json_text(study->series[0]));
    rn_json_set(object, "variants", variants);
    bool failed = json_dumpf(object, out, JSON_INDENT(1)) != 0;
    json_decref(object);
    fputc('\n', out);
    return failed ? rn_fail(RN_E_IO, "cannot write the results of the study") : RN_OK;
}

static rn_status write_csv(const char *path, const rn_study *study)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    print_csv(rn_file_stream(file), study);
    return rn_file_commit(file);
}

static rn_status write_json(const char *path, const rn_study *study)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    status = rn_study_print_json(rn_file_stream(file), study);
    if (!status)
        return rn_file_commit(file);
    rn_file_discard(file);
    return status;
}

rn_status rn_study_write(const rn_study *study)
{
    const char *folder = study->config->run.output;
    char path[RN_PATH_SIZE];
    rn_status status = rn_path_join(path, folder, RN_STUDY_CSV_FILE);
    if (!status)
        status = write_csv(path, study);
    if (!status)
        status = rn_path_join(path, folder, RN_STUDY_JSON_FILE);
    return status ? status : write_json(path, study);
}
