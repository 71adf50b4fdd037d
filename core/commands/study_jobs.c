/* study_jobs.c: the processes of a study. Each is this program, as `resnet-run train`. */
#define _GNU_SOURCE /* memfd_create */
#include "commands/study_jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/processors.h"
#include "base/status.h"
#include "base/text.h"
#include "io/file.h"

enum { LAST_WORDS = 1024, POOL_BYTES = 1 << 24, OWN_ARGUMENTS = 16 };

/* ---- The command line of a run ---- */

/* Processors that a run may use; 0: as the cfg says. */
static int64_t threads_of(const rn_study *study)
{
    int64_t jobs = study->config->study.jobs, n = rn_processors_computing() / jobs;
    return jobs == 1 || study->config->run.threads ? 0 : n > 1 ? n : 1;
}

/* NULL: no memory. Everything lives in the pool. */
static char **arguments_of(const rn_study *study, const rn_study_run *run, bool dry_run,
                           rn_pool *pool)
{
    const rn_study_options *options = study->options;
    int64_t threads = threads_of(study);
    size_t size = (size_t)options->n_settings + OWN_ARGUMENTS, n = 0;
    char **list = rn_pool_take_array(pool, size, sizeof *list);
    if (!list)
        return NULL;
    list[n++] = rn_pool_print(pool, "resnet-run");
    for (int i = 0; i < options->n_settings; i++)
        list[n++] = rn_pool_print(pool, "--set=%s", options->settings[i]);
    if (options->plugin_path)
        list[n++] = rn_pool_print(pool, "--plugin-path=%s", options->plugin_path);
    if (options->plugin_file)
        list[n++] = rn_pool_print(pool, "--backend=%s", options->plugin_file);
    if (threads)
        list[n++] = rn_pool_print(pool, "--threads=%" PRId64, threads);
    if (dry_run)
        list[n++] = rn_pool_print(pool, "--dry-run");
    list[n++] =
        rn_pool_print(pool, run->state == RN_STUDY_CHANGED ? "--overwrite" : "--resume=auto");
    list[n++] = rn_pool_print(pool, "--variant=%s", run->variant);
    list[n++] = rn_pool_print(pool, "--seed=%" PRId64, run->seed);
    list[n++] = rn_pool_print(pool, "--output=%s", run->folder);
    list[n++] = rn_pool_print(pool, "--");
    list[n++] = rn_pool_print(pool, "train");
    list[n++] = rn_pool_print(pool, "%s", options->path);
    for (size_t i = 0; i < n; i++)
        if (!list[i])
            return NULL;
    return list;
}

/* ---- A process ---- */

typedef struct job {
    rn_child child;
    rn_study_run *run;
    int log; /* what it writes to */
} job;

static rn_status start(const rn_study *study, bool dry_run, job *j)
{
    rn_pool *pool = rn_pool_create(POOL_BYTES);
    char **arguments = pool ? arguments_of(study, j->run, dry_run, pool) : NULL;
    rn_status status = arguments ? rn_child_start(arguments, j->log, &j->child)
                                 : rn_fail(RN_E_NOMEM, "no memory for the study");
    rn_pool_destroy(pool);
    return status;
}

/* The status that this exit status stands for. */
static rn_status status_of(int exit_status)
{
#define FIRST_WITH(name, value, exit, meaning)                                                     \
    if (exit_status == (exit))                                                                     \
        return name;
    RN_STATUS_LIST(FIRST_WITH)
#undef FIRST_WITH
    return RN_E_IO;
}

static void pause_briefly(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
}

/* Passes on what this process is told. */
static void pass_on(const job *jobs, int n_jobs, int *stopped_by)
{
    int stop = rn_interrupt_signal();
    bool saves = rn_interrupt_take_save();
    for (int i = 0; i < n_jobs; i++) {
        if (stop != *stopped_by)
            rn_child_signal(&jobs[i].child, stop);
        if (saves)
            rn_child_signal(&jobs[i].child, SIGUSR1);
    }
    *stopped_by = stop;
}

/* What a process that has ended with this status says about it. */
static rn_status outcome(const job *j, int exit_status)
{
    char words[LAST_WORDS] = "";
    if (exit_status == 0)
        return RN_OK;
    rn_study_run_last_words(j->log, words, sizeof words);
    if (!*words)
        snprintf(words, sizeof words, "exit status %d, without a word", exit_status);
    if (exit_status > 128)
        return rn_fail(RN_E_IO, "ended by signal %d", exit_status - 128);
    return rn_fail(status_of(exit_status), "%s", words);
}

/* ---- Trying ---- */

static rn_status try_run(const rn_study *study, rn_study_run *run)
{
    int exit_status = 0, stopped_by = 0;
    job j = { .run = run, .log = memfd_create("log", MFD_CLOEXEC) };
    if (j.log < 0)
        return rn_fail(RN_E_IO, "no memory for a log: %s", strerror(errno));
    rn_status status = start(study, true, &j);
    while (!status && !rn_child_ended(&j.child, &exit_status)) {
        pass_on(&j, 1, &stopped_by);
        pause_briefly();
    }
    if (!status && rn_interrupt_signal())
        status = rn_fail(RN_E_INTERRUPTED, "interrupted before the first run");
    if (!status) {
        status = outcome(&j, exit_status);
        if (status)
            rn_fail_at(status, "variant %s", run->variant);
    }
    close(j.log);
    return status;
}

rn_status rn_study_try(const rn_study *study)
{
    const rn_study_run *tried = NULL;
    rn_interrupt_install();
    for (int i = 0; i < study->n_runs; i++) {
        rn_study_run *run = &study->runs[i];
        bool is_known = tried && strcmp(tried->variant, run->variant) == 0;
        if (run->state == RN_STUDY_COMPLETE || is_known)
            continue;
        tried = run;
        rn_status status = try_run(study, run);
        if (status)
            return status;
    }
    return RN_OK;
}

/* ---- Training ---- */

typedef struct trainer {
    rn_study *study;
    rn_status (*done)(const rn_study *study);
    job *jobs;
    int n_jobs, n_running, next;
    int n_failed;
    rn_status first;              /* failure */
    char first_words[LAST_WORDS]; /* its message */
} trainer;

static void note_failure(trainer *t, rn_study_run *run, rn_status status)
{
    run->state = RN_STUDY_FAILED;
    rn_log(RN_LOG_WARNING, "%s, seed %" PRId64 ": %s (%s/" RN_STUDY_LOG_FILE ")", run->variant,
           run->seed, rn_fail_text(), run->folder);
    if (t->n_failed++ == 0) {
        t->first = status;
        snprintf(t->first_words, sizeof t->first_words, "%s, seed %" PRId64 ": %s", run->variant,
                 run->seed, rn_fail_text());
    }
}

static void print_progress(const rn_study *study, const rn_study_run *run)
{
    if (study->options->quiet || study->options->json)
        return;
    rn_print(stdout, "[%d/%d] %s, seed %lld: %s %.4f, %.0f s\n",
             rn_study_count(study, RN_STUDY_COMPLETE), study->n_runs, run->variant,
             (long long)run->seed, study->series[0], rn_study_run_value(run), run->time_s);
    fflush(stdout);
}

static rn_status open_log(const rn_study_run *run, int *log)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_path_join(path, run->folder, RN_STUDY_LOG_FILE);
    *log = status ? -1 : open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (status || *log >= 0)
        return status;
    return rn_fail(RN_E_IO, "%s: cannot write to it: %s", path, strerror(errno));
}

static rn_status start_next(trainer *t, job *j)
{
    j->run = &t->study->runs[t->next++];
    rn_status status = rn_study_run_begin(j->run);
    if (!status)
        status = open_log(j->run, &j->log);
    if (status)
        return status;
    status = start(t->study, false, j);
    if (status)
        close(j->log);
    else
        t->n_running++;
    return status;
}

/* After a run has ended. Failures of the run are noted; what is returned ends the study. */
static rn_status finish(trainer *t, job *j, int exit_status)
{
    rn_study_run *run = j->run;
    t->n_running--;
    if (exit_status && rn_interrupt_signal()) {
        close(j->log);
        return RN_OK;
    }
    rn_status status = outcome(j, exit_status);
    close(j->log);
    if (!status)
        status = rn_study_run_end(run);
    if (!status)
        status = rn_study_run_read(run, t->study->series, t->study->n_series);
    if (status)
        note_failure(t, run, status);
    else
        print_progress(t->study, run);
    return t->done(t->study);
}

static bool has_next(trainer *t)
{
    while (t->next < t->study->n_runs && t->study->runs[t->next].state == RN_STUDY_COMPLETE)
        t->next++;
    return t->next < t->study->n_runs && !rn_interrupt_signal();
}

/* Starts and collects processes until none is left. An error stops those that run. */
static rn_status work(trainer *t)
{
    int exit_status = 0, stopped_by = 0;
    rn_status status = RN_OK;
    while (t->n_running || (!status && has_next(t))) {
        for (int i = 0; i < t->n_jobs; i++) {
            job *j = &t->jobs[i];
            rn_status ended = RN_OK;
            if (j->child.pid && rn_child_ended(&j->child, &exit_status))
                ended = finish(t, j, exit_status);
            if (!status && !ended && !j->child.pid && has_next(t))
                ended = start_next(t, j);
            if (ended && !status) {
                status = ended;
                snprintf(t->first_words, sizeof t->first_words, "%s", rn_fail_text());
                for (int k = 0; k < t->n_jobs; k++)
                    rn_child_signal(&t->jobs[k].child, SIGTERM);
            }
        }
        pass_on(t->jobs, t->n_jobs, &stopped_by);
        pause_briefly();
    }
    return status ? rn_fail(status, "%s", t->first_words) : RN_OK;
}

rn_status rn_study_train(rn_study *study, rn_status (*done)(const rn_study *study))
{
    trainer t = { .study = study, .done = done, .n_jobs = (int)study->config->study.jobs };
    t.jobs = calloc((size_t)t.n_jobs, sizeof *t.jobs);
    if (!t.jobs)
        return rn_fail(RN_E_NOMEM, "no memory for the study");
    rn_status status = work(&t);
    free(t.jobs);
    if (status)
        return status;
    if (rn_interrupt_signal())
        return rn_fail(RN_E_INTERRUPTED,
                       "interrupted; %d of %d runs are complete, and the same command goes on",
                       rn_study_count(study, RN_STUDY_COMPLETE), study->n_runs);
    if (t.n_failed)
        return rn_fail(t.first, "%d of %d runs failed; %s", t.n_failed, study->n_runs,
                       t.first_words);
    return RN_OK;
}
