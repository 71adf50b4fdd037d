/* eval_files.c: writes the files of an evaluation. */
#include "commands/eval_files.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"
#include "io/file.h"
#include "report/evaluation_page.h"
#include "report/run_files.h"

static bool is_run(const char *folder)
{
    char path[RN_PATH_SIZE];
    return rn_path_join(path, folder, RN_METRICS_FILE) == RN_OK && access(path, F_OK) == 0;
}

const char *rn_eval_folder(const rn_config *config, const rn_run_options *options,
                           const rn_eval_options *eval)
{
    const char *folder = options->model.path ? options->model.path : config->run.output;
    if (eval->report)
        return eval->report;
    if (!is_run(folder))
        return NULL;
    if (access(folder, W_OK) == 0)
        return folder;
    rn_log(RN_LOG_WARNING, "%s: cannot write the report of the evaluation there; give --report",
           folder);
    return NULL;
}

/* The path of the next file, which the results list if it is there in the end. */
static rn_status next_path(rn_evaluation_results *results, const char *folder, const char *name,
                           char path[RN_PATH_SIZE])
{
    rn_status status = rn_path_join(path, folder, name);
    if (status)
        return status;
    results->file[results->n_files] = strdup(path);
    if (!results->file[results->n_files])
        return rn_fail(RN_E_NOMEM, "no memory for the names of files");
    results->n_files++;
    return RN_OK;
}

static rn_status write_confusion(rn_evaluation_results *r, const char *folder)
{
    char path[RN_PATH_SIZE];
    if (!r->cells)
        return RN_OK;
    rn_status status = next_path(r, folder, RN_CONFUSION_CSV_FILE, path);
    if (!status)
        status = rn_confusion_write_csv(path, r->dataset, r->n_classes, r->cells);
    if (!status)
        status = next_path(r, folder, RN_CONFUSION_FILE, path);
    return status ? status : rn_confusion_write_png(path, r->n_classes, r->cells);
}

/* A sheet of an earlier evaluation does not stay where this one has none. */
static rn_status write_mistakes(rn_evaluation_results *r, const rn_outcomes *outcomes,
                                const rn_source *source, const char *folder)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_path_join(path, folder, RN_MISTAKES_FILE);
    if (!status)
        status = rn_mistakes_find(&r->mistakes, outcomes, source, path);
    if (status)
        return status;
    if (r->mistakes.n_pictures)
        return next_path(r, folder, RN_MISTAKES_FILE, path);
    unlink(path);
    return RN_OK;
}

static rn_status write_page(rn_evaluation_results *r, const rn_session *session, const char *folder)
{
    const rn_config *config = session->config;
    const rn_device_info *device = &session->ranks[0].device->info;
    char path[RN_PATH_SIZE], date[64] = "";
    struct tm local;
    time_t now = time(NULL);
    rn_status status = next_path(r, folder, RN_EVALUATION_FILE, path);
    if (status)
        return status;
    if (localtime_r(&now, &local))
        strftime(date, sizeof date, "%Y-%m-%d %H:%M %Z", &local);
    const rn_html_fact about[] = {
        { "network", config->path },
        { "weights", r->weights },
        { "data", r->dataset->folder },
        { "backend", session->label },
        { "device", device->name },
        { "library", device->library },
        { "precision", rn_config_word(config, "backend.precision") },
        { "evaluated", date },
        { "by", "resnet-run " RN_VERSION },
        { NULL, NULL },
    };
    return rn_evaluation_page(path, config->name, about, r);
}

rn_status rn_eval_write(rn_evaluation_results *r, const rn_session *session,
                        const rn_source *source, const rn_outcomes *outcomes, const char *folder)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_folder_create(folder);
    if (!status)
        status = write_confusion(r, folder);
    if (!status)
        status = next_path(r, folder, RN_CALIBRATION_FILE, path);
    if (!status)
        status = rn_calibration_write(path, &r->calibration);
    if (!status)
        status = write_mistakes(r, outcomes, source, folder);
    return status ? status : write_page(r, session, folder);
}
