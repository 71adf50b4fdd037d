/* study.c: `resnet-run study`. */
#include "commands/study.h"

#include <stdio.h>

#include "base/status.h"
#include "base/text.h"
#include "commands/study_jobs.h"
#include "commands/study_page.h"
#include "commands/study_results.h"
#include "train/run_folder.h"

static rn_status write_all(const rn_study *study)
{
    rn_status status = rn_study_write(study);
    return status ? status : rn_study_page(study);
}

static rn_status print_results(const rn_study *study)
{
    if (study->options->json)
        return rn_study_print_json(stdout, study);
    rn_study_print(stdout, study);
    if (!study->options->quiet)
        rn_print(stdout, "Curves and table: %s/" RN_STUDY_PAGE_FILE "\n",
                 study->config->run.output);
    return RN_OK;
}

static void print_runs(const rn_study *study)
{
    for (int i = 0; i < study->n_runs; i++)
        rn_print(stdout, "%-8s  %s\n", rn_study_state_name(study->runs[i].state),
                 study->runs[i].folder);
    printf("%d runs, %d of them complete\n", study->n_runs,
           rn_study_count(study, RN_STUDY_COMPLETE));
}

/* A failed run still leaves the results of the others. */
static rn_status train_all(rn_study *study)
{
    const char *folder = study->config->run.output;
    int lock = -1;
    rn_status status = rn_run_folder_lock(folder, &lock);
    if (status)
        return status;
    status = rn_study_train(study, write_all);
    rn_status written = status == RN_E_INTERRUPTED ? RN_OK : write_all(study);
    rn_run_folder_unlock(folder, lock);
    if (written || status == RN_E_INTERRUPTED)
        return written ? written : status;
    written = print_results(study);
    return status ? status : written;
}

static rn_status check_folder(const char *folder)
{
    const char *left = rn_run_folder_trace(folder);
    if (!left)
        return RN_OK;
    return rn_fail(RN_E_USAGE,
                   "%s: this folder holds %s of a run, and a study puts its runs into folders of "
                   "its own; give another folder with --output",
                   folder, left);
}

rn_status rn_study_start(const rn_config *config, const rn_study_options *options)
{
    rn_study study;
    rn_status status = check_folder(config->run.output);
    if (status)
        return status;
    status = rn_study_plan(config, options, &study);
    if (status)
        goto done;
    status = rn_study_try(&study);
    if (status)
        goto done;
    if (options->dry_run)
        print_runs(&study);
    else
        status = train_all(&study);
done:
    rn_study_clear(&study);
    return status;
}
