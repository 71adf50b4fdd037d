/* run.c: training, as the command does it: opens a session and the data, adds the passes, binds
 * them, fills in the parameters, and runs train.c's loop over epochs. */
#include "train/run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/status.h"
#include "base/text.h"
#include "train/agree.h"
#include "train/batch_auto.h"
#include "train/caching.h"
#include "train/classes.h"
#include "train/growing.h"
#include "train/spread.h"
#include "train/warnings.h"
#include "world/world.h"

static void print_epoch(const rn_trainer *trainer, const rn_epoch_metrics *m, void *context)
{
    const rn_run_options *options = context;
    char average[64] = "";
    if (isfinite(m->ema_loss))
        snprintf(average, sizeof average, "   averages %.4f, %.4f", m->ema_loss, m->ema_accuracy);
    if (options->json)
        rn_report_print_row(stdout, m, trainer->position.run);
    else if (!options->quiet)
        rn_print(stdout,
                 "epoch %" PRId64 "/%" PRId64
                 "  train loss %.4f, accuracy %.4f   validation loss %.4f, "
                 "accuracy %.4f%s   %.0f images/s, %.0f s\n",
                 m->epoch, trainer->session->config->train.epochs, m->train_loss, m->train_accuracy,
                 m->validation_loss, m->validation_accuracy, average, m->images_per_s, m->time_s);
    fflush(stdout);
}

/* The checkpoint must stand at a position that this data and batch size can reach. */
static rn_status check_position(const rn_trainer *trainer, bool allow_changed)
{
    const rn_position *p = &trainer->position;
    int64_t batch = trainer->session->config->train.batch, count = trainer->train->dataset->count;
    int64_t accumulate = trainer->session->config->train.accumulate;
    int64_t n_images = p->batch > count / batch ? count : p->batch * batch;
    bool has_steps = allow_changed || p->step >= p->batch / accumulate;
    bool is_so = p->n_skipped ? p->n_images <= n_images && p->n_images + p->n_skipped <= count
                              : p->n_images == n_images && has_steps;
    bool is_within =
        p->batch <= rn_loader_n_batches(count, batch, trainer->session->config->train.drop_last);
    if (is_within && is_so && p->n_correct <= p->n_images && p->n_top5 <= p->n_images)
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "%s: the checkpoint stands after %" PRId64 " batches and %" PRId64
                   " images of an epoch, but train.batch = %" PRId64 " and the %" PRId64
                   " images of %s make that %" PRId64 " images; resume with the data and the batch "
                   "that it was trained on",
                   trainer->folder, p->batch, p->n_images, batch, count,
                   trainer->train->dataset->folder, n_images);
}

/* Initialises the parameters, or reads those of other weights. */
static rn_status start(rn_trainer *trainer, const rn_model_choice *model)
{
    rn_session *session = trainer->session;
    rn_status status = rn_position_start(&trainer->position);
    if (!status)
        status = rn_world_broadcast(0, &trainer->position, sizeof trainer->position);
    if (status)
        return status;
    return rn_model_start(session, model);
}

/* What was best so far may be of other data or another metric. */
static void forget_best(rn_trainer *trainer)
{
    rn_position *p = &trainer->position;
    if (trainer->curve && (p->best.epoch || p->plateau.n_epochs))
        rn_print(trainer->curve,
                 "--allow-changed: which epoch is the best is judged anew from "
                 "epoch %" PRId64 " on\n",
                 p->epoch + 1);
    p->best = (rn_best){ 0 };
    rn_plateau_forget(&p->plateau);
}

/* Of several processes, the first reads the checkpoint, which others may not have. */
static rn_status resume(rn_trainer *trainer, bool allow_changed)
{
    rn_position *p = &trainer->position;
    rn_status status = RN_OK;
    if (rn_world_is_first())
        status = rn_checkpoint_read(trainer->folder, trainer->session, allow_changed, p);
    if (!status)
        status = rn_world_broadcast(0, p, sizeof *p);
    if (!status)
        status = rn_spread_store(trainer->session);
    if (!status)
        status = check_position(trainer, allow_changed);
    if (!status && allow_changed)
        forget_best(trainer);
    return status;
}

static void print_end(const rn_trainer *trainer)
{
    const rn_position *p = &trainer->position;
    const rn_config *config = trainer->session->config;
    int64_t n_worse = p->epoch - p->best.better_epoch;
    if (rn_best_is_stale(&p->best, config, p->epoch))
        rn_print(stdout,
                 "%s was no better in the last %" PRId64 " %s; the best is %.6g, of epoch %" PRId64
                 "\n",
                 rn_config_word(config, "train.best"), n_worse, n_worse == 1 ? "epoch" : "epochs",
                 p->best.value, p->best.epoch);
    if (trainer->was_complete)
        printf("This run is complete after %" PRId64 " epochs and %" PRId64 " steps: to go on, "
               "resume it with more train.epochs, train.max_steps or train.stop_after\n",
               p->epoch, p->step);
    rn_print(stdout, "Weights, metrics and training.html are in %s\n", trainer->folder);
}

/* Whether the run goes on with what is in its folder. */
static rn_status check_folder(const char *folder, rn_start start, bool *resumes)
{
    rn_status status = rn_world_is_first() ? rn_run_folder_check(folder, start, resumes) : RN_OK;
    return status ? status : rn_agree_flag(resumes);
}

/* Checks the room in the folder and fills in the parameters: the last stage before the first
 * step. */
static rn_status prepare(const rn_growing *growing, rn_trainer *trainer,
                         const rn_run_options *options, bool resumes)
{
    uint64_t bytes = rn_checkpoint_bytes(trainer->session);
    trainer->is_new = !resumes;
    if (bytes < growing->most_bytes)
        bytes = growing->most_bytes;
    rn_status status = rn_world_is_first() ? rn_run_folder_room(trainer->folder, bytes) : RN_OK;
    if (status)
        return status;
    return resumes ? resume(trainer, options->model.allow_changed)
                   : start(trainer, &options->model);
}

/* Of several processes, the first has the folder, and the others no more than its name. */
static rn_status train_in_folder(rn_growing *growing, rn_trainer *trainer,
                                 const rn_run_options *options)
{
    bool resumes = false, writes = rn_world_is_first();
    int lock = -1;
    rn_interrupt_install();
    rn_world_busy("prepares the run");
    rn_status status = writes ? rn_run_folder_lock(trainer->folder, &lock) : RN_OK;
    if (status)
        goto done;
    status = check_folder(trainer->folder, options->start, &resumes);
    if (status)
        goto done;
    status = prepare(growing, trainer, options, resumes);
    if (status)
        goto done;
    if (writes)
        status = rn_skipped_open(trainer->folder, !resumes, &trainer->skipped);
    if (status)
        goto done;
    status = rn_growing_train(growing, trainer);
done:
    rn_skipped_close(trainer->skipped);
    rn_run_folder_unlock(trainer->folder, lock);
    return status;
}

/* The same up to the first step; writes nothing. */
static rn_status try_folder(const rn_growing *growing, rn_trainer *trainer,
                            const rn_run_options *options, bool resumes)
{
    rn_status status = rn_world_is_first() ? rn_run_folder_probe(trainer->folder) : RN_OK;
    return status ? status : prepare(growing, trainer, options, resumes);
}

static rn_status open_split(const rn_config *config, rn_split split, rn_source **source)
{
    rn_status status = rn_source_open_split(config, split, source);
    return status ? status : rn_classes_name((*source)->dataset, config);
}

static rn_status open_splits(const rn_config *config, rn_source **train, rn_source **validation)
{
    rn_status status = open_split(config, RN_SPLIT_TRAIN, train);
    if (status)
        return status;
    status = open_split(config, RN_SPLIT_VALIDATION, validation);
    return status ? status : rn_classes_adopt_split((*validation)->dataset, (*train)->dataset);
}

/* Before the run's folder is written to; Ctrl-C ends it without a trace. From here on, signals and
 * the end of the time are noticed. */
static rn_status make_caches(const rn_config *config, double start_s, rn_source *train,
                             rn_source *validation, bool quiet)
{
    rn_interrupt_install();
    if (!rn_world_is_alone())
        rn_interrupt_share();
    if (config->train.max_time_s > 0)
        rn_interrupt_after(config->train.max_time_s - (rn_trainer_now_s() - start_s));
    rn_status status = rn_caching_start(train, quiet);
    return status ? status : rn_caching_start(validation, quiet);
}

/* That the time is over is no failure. */
static rn_status tell_time(rn_status status, bool is_silent)
{
    if (status != RN_E_INTERRUPTED || !rn_interrupt_is_time())
        return status;
    if (!is_silent)
        rn_print(stdout, "%s\n", rn_fail_text());
    rn_fail_clear();
    return RN_OK;
}

static rn_status train_or_try(rn_growing *growing, rn_trainer *trainer,
                              const rn_run_options *options, bool resumes)
{
    if (options->dry_run)
        return try_folder(growing, trainer, options, resumes);
    rn_status status = train_in_folder(growing, trainer, options);
    if (!status && trainer->curve)
        print_end(trainer);
    return status;
}

/* Settles train.batch where the command line left it open; `chosen` is the session's cfg. */
static rn_status settle_batch(rn_session *session, rn_config *chosen, const rn_source *train,
                              const rn_source *validation, bool resumes, bool quiet)
{
    if (!rn_world_is_alone())
        return rn_fail(RN_E_USAGE, "--batch=auto looks at the memory of one process, and several "
                                   "share this run; give a number of images");
    if (chosen->train.n_growths)
        return rn_fail(RN_E_CONFIG,
                       "%s: train.grow: --batch=auto looks at one network, and this one grows; "
                       "give a number of images",
                       chosen->path);
    return resumes ? rn_batch_of_checkpoint(chosen)
                   : rn_batch_choose(session, chosen, train, validation, quiet);
}

rn_status rn_run_train(const rn_config *config, rn_registry *registry,
                       const rn_run_options *options)
{
    rn_source *train = NULL, *validation = NULL;
    rn_growing growing = { 0 };
    rn_trainer trainer = { 0 };
    rn_config chosen = *config;
    bool resumes = false, is_silent = options->quiet || options->json;
    double start_s = rn_trainer_now_s();
    rn_status status = check_folder(config->run.output, options->start, &resumes);
    if (!status)
        status = rn_growing_open(&growing, &chosen, registry, resumes ? config->run.output : NULL);
    if (!status)
        status = rn_growing_session(&growing, &trainer.session);
    if (!status)
        status = open_splits(&chosen, &train, &validation);
    if (!status && options->batch_auto)
        status = settle_batch(trainer.session, &chosen, train, validation, resumes, is_silent);
    if (!status)
        status = rn_train_add_plans(trainer.session, train, validation);
    if (!status)
        status = rn_growing_try(&growing, train, validation);
    if (!status)
        status = rn_session_bind(trainer.session);
    if (!status && rn_world_is_first())
        rn_warn_labels(train, validation);
    if (!status && !options->dry_run)
        status = make_caches(config, start_s, train, validation, is_silent);
    if (status)
        goto done;
    trainer = (rn_trainer){ .session = trainer.session,
                            .train = train,
                            .validation = validation,
                            .folder = config->run.output,
                            .progress = stderr,
                            .curve = is_silent ? NULL : stdout,
                            .quiet = options->quiet,
                            .epoch_done = print_epoch,
                            .context = (void *)(uintptr_t)options };
    status = train_or_try(&growing, &trainer, options, resumes);
done:
    rn_session_close(trainer.session);
    rn_growing_close(&growing);
    rn_source_close(train);
    rn_source_close(validation);
    return tell_time(status, is_silent);
}
