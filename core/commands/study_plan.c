/* study_plan.c: makes the runs of a study from its cfg. */
#define _GNU_SOURCE /* asprintf */
#include "commands/study_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "config/config_record.h"
#include "report/report.h"

enum { MAX_COLUMNS = 64 };

static rn_status check_metric(const char *metric)
{
    const char *names[MAX_COLUMNS + 1] = { 0 };
    for (int i = 0; i < MAX_COLUMNS && rn_metrics[i].name; i++) {
        names[i] = rn_metrics[i].name;
        if (strcmp(names[i], metric) == 0)
            return RN_OK;
    }
    const char *near = rn_nearest(metric, names);
    return rn_fail(RN_E_CONFIG,
                   "study: metric: found \"%s\", expected a column of metrics.csv%s%s%s", metric,
                   near ? "; did you mean \"" : ", as validation_accuracy", near ? near : "",
                   near ? "\"?" : "");
}

/* The metric, then the losses that go with it. */
static void choose_series(rn_study *study)
{
    static const char *const others[] = { "train_loss", "validation_loss" };
    study->series[study->n_series++] = study->config->study.metric;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i], study->series[0]) != 0)
            study->series[study->n_series++] = others[i];
}

/* The cfg of a run: that of its variant, with its seed. */
static rn_status load(const rn_study *study, const rn_study_run *run, rn_config **config)
{
    const rn_study_options *options = study->options;
    char seed[32];
    size_t n = (size_t)options->n_settings;
    const char **settings = calloc(n + 1, sizeof *settings);
    if (!settings)
        return rn_fail(RN_E_NOMEM, "no memory for the study");
    snprintf(seed, sizeof seed, "run.seed=%" PRId64, run->seed);
    if (n)
        memcpy(settings, options->settings, n * sizeof *settings);
    settings[n] = seed;
    rn_config_source source = { .path = options->path,
                                .settings = settings,
                                .n_settings = options->n_settings + 1,
                                .variant = run->variant };
    rn_status status = rn_config_load_source(&source, config);
    free(settings);
    return status ? rn_fail_at(status, "variant %s", run->variant) : RN_OK;
}

/* A run that ends before its last epoch would look complete. */
static rn_status check_time(const rn_config *config)
{
    if (!*config->train.max_time)
        return RN_OK;
    return rn_tree_fail(rn_tree_get(rn_tree_get(config->tree, "train"), "max_time"),
                        "train: max_time: found \"%s\", expected none in a study, whose runs are "
                        "compared after their last epoch",
                        config->train.max_time);
}

static rn_status make_run(const rn_study *study, rn_study_run *run)
{
    rn_config *config = NULL;
    rn_status status = load(study, run, &config);
    if (status)
        return status;
    if (asprintf(&run->folder, "%s/%s/seed%" PRId64, study->config->run.output, run->variant,
                 run->seed) < 0) {
        run->folder = NULL;
        status = rn_fail(RN_E_NOMEM, "no memory for the study");
    }
    if (!status)
        status = check_time(config);
    if (!status)
        status = rn_config_record(config, &run->record);
    if (!status)
        status = rn_study_run_look(run, config, study->options->overwrite);
    if (!status && run->state == RN_STUDY_COMPLETE)
        status = rn_study_run_read(run, study->series, study->n_series);
    rn_config_destroy(config);
    return status;
}

rn_study_run *rn_study_run_of(const rn_study *study, int i, int64_t k)
{
    return &study->runs[i * study->config->study.n_seeds + k];
}

static rn_status make_runs(rn_study *study)
{
    int64_t n_seeds = study->config->study.n_seeds;
    study->runs = calloc((size_t)(study->variants.count * n_seeds), sizeof *study->runs);
    if (!study->runs)
        return rn_fail(RN_E_NOMEM, "no memory for the study");
    study->n_runs = (int)(study->variants.count * n_seeds);
    for (int i = 0; i < study->variants.count; i++)
        for (int64_t k = 0; k < n_seeds; k++) {
            rn_study_run *run = rn_study_run_of(study, i, k);
            run->variant = study->variants.at[i].name;
            run->seed = study->config->study.seeds[k];
            rn_status status = make_run(study, run);
            if (status)
                return status;
        }
    return RN_OK;
}

rn_status rn_study_plan(const rn_config *config, const rn_study_options *options, rn_study *study)
{
    *study = (rn_study){ .config = config, .options = options };
    if (strcmp(options->path, "-") == 0)
        return rn_fail(RN_E_USAGE, "the cfg of a study must be a file, as each of its runs reads "
                                   "it; found standard input");
    if (!config->study.n_seeds)
        return rn_fail(RN_E_CONFIG,
                       "%s: study is missing, expected study = { seeds = [0, 1, 2]; "
                       "variants = ( ... ); }",
                       config->path);
    rn_status status = check_metric(config->study.metric);
    if (status)
        return rn_fail_at(status, "%s", config->path);
    choose_series(study);
    status = rn_variants_read(config->tree, &study->variants);
    return status ? status : make_runs(study);
}

void rn_study_clear(rn_study *study)
{
    for (int i = 0; i < study->n_runs; i++)
        rn_study_run_clear(&study->runs[i]);
    free(study->runs);
    rn_variants_clear(&study->variants);
}

int rn_study_count(const rn_study *study, rn_study_state state)
{
    int n = 0;
    for (int i = 0; i < study->n_runs; i++)
        n += study->runs[i].state == state;
    return n;
}
