/* epoch_end.c: validates an epoch and keeps what it leaves. Its row in the report comes last: until
 * that is there, a resumed run does all of this again, with the same result. */
#include "train/epoch_end.h"

#include <math.h>
#include <sys/resource.h>

#include "base/interrupt.h"
#include "base/status.h"
#include "io/file.h"
#include "report/run_files.h"
#include "train/epoch_files.h"
#include "train/evaluate.h"
#include "train/keeping.h"
#include "train/page.h"
#include "train/schedule.h"
#include "train/warnings.h"
#include "world/world.h"

rn_status rn_epoch_end_interrupted(const rn_trainer *trainer, const char *when)
{
    return rn_fail(RN_E_INTERRUPTED,
                   "%s%s; a checkpoint is in %s; go on with train "
                   "--resume",
                   rn_interrupt_is_time() ? "train.max_time is over" : "interrupted", when,
                   trainer->folder);
}

/* ---- Metrics ---- */

static double host_memory_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) ? NAN : 1024 * (double)usage.ru_maxrss;
}

static rn_epoch_metrics metrics_of(const rn_trainer *trainer, const rn_evaluation *validation,
                                   const rn_evaluation *average, double top5)
{
    const rn_position *p = &trainer->position;
    const double n_images = (double)p->n_images;
    return (rn_epoch_metrics){
        .epoch = p->epoch + 1,
        .step = p->step,
        .learning_rate = rn_schedule_rate(trainer->session->config, &p->plateau, p->step - 1,
                                          rn_trainer_n_steps(trainer)),
        .train_loss = p->loss_sum / n_images,
        .train_accuracy = (double)p->n_correct / n_images,
        .train_top5 = (double)p->n_top5 / n_images,
        .validation_loss = validation->loss,
        .validation_accuracy = validation->top1,
        .validation_top5 = top5,
        .ema_loss = average->loss,
        .ema_accuracy = average->top1,
        .gradient_norm = p->n_norms ? p->norm_sum / (double)p->n_norms : NAN,
        .images_per_s = n_images / p->epoch_time_s,
        .time_s = p->time_s + p->epoch_time_s,
        .loader_wait_s = p->loader_time_s,
        .host_memory_bytes = host_memory_bytes(),
        .device_memory_bytes = (double)rn_session_bytes(trainer->session, 0),
    };
}

/* ---- What it leaves ---- */

static rn_status keep_best(rn_trainer *trainer, const rn_epoch_metrics *metrics)
{
    char model[RN_PATH_SIZE], best[RN_PATH_SIZE];
    rn_best found = trainer->position.best;
    if (!rn_trainer_is_whole(trainer) || !rn_best_update(&found, trainer->session->config, metrics))
        return RN_OK;
    const rn_metric *metric =
        rn_metric_find(rn_config_word(trainer->session->config, "train.best"));
    rn_status status =
        rn_path_join(model, trainer->folder, metric->of_averages ? RN_AVERAGE_FILE : RN_MODEL_FILE);
    if (!status)
        status = rn_path_join(best, trainer->folder, RN_BEST_FILE);
    return status ? status : rn_file_duplicate(model, best);
}

static rn_status keep_checkpoint(const rn_trainer *trainer, int64_t epoch)
{
    int64_t n = trainer->session->config->train.keep_last;
    if (!n || !rn_trainer_is_whole(trainer))
        return RN_OK;
    rn_status status = rn_epoch_files_add(trainer->folder, epoch);
    return status ? status : rn_epoch_files_keep(trainer->folder, epoch, n);
}

/* Not before the first checkpoint of a new run, which removes the event files of another one. */
static rn_status keep_events(rn_trainer *trainer, const rn_epoch_metrics *metrics)
{
    int64_t n_rows;
    const rn_epoch_metrics *rows = rn_report_rows(trainer->report, &n_rows);
    rn_status status = RN_OK;
    if (!trainer->session->config->log.tensorboard)
        return RN_OK;
    if (!trainer->events)
        status = rn_events_open(trainer->folder, n_rows ? rows[n_rows - 1].step + 1 : 0,
                                &trainer->events);
    return status ? status : rn_events_add(trainer->events, metrics);
}

/* The previous checkpoint is no longer needed then. Of several processes, the first writes. */
static rn_status keep_epoch(rn_trainer *trainer, const rn_epoch_metrics *metrics,
                            const rn_evaluation *validation, const rn_outcomes *outcomes)
{
    if (!rn_world_is_first())
        return RN_OK;
    rn_status status =
        rn_checkpoint_write_model(trainer->folder, trainer->session, &trainer->position);
    if (!status)
        status = keep_best(trainer, metrics);
    if (!status)
        status = keep_checkpoint(trainer, metrics->epoch);
    if (!status)
        status = keep_events(trainer, metrics);
    if (!status)
        status = rn_report_add(trainer->report, metrics);
    if (!status)
        status = rn_page_write(trainer, validation, outcomes);
    if (!status)
        status = rn_report_write(trainer->report);
    return status ? status : rn_checkpoint_drop_previous(trainer->folder);
}

/* ---- Validation ---- */

/* The position of an epoch that is over becomes that of the next one. After max_steps it stays, so
 * that the run can be resumed with more steps. */
static void leave_epoch(rn_trainer *trainer, const rn_epoch_metrics *metrics)
{
    rn_position *p = &trainer->position;
    if (!rn_trainer_is_whole(trainer))
        return;
    rn_best_update(&p->best, trainer->session->config, metrics);
    rn_plateau_observe(&p->plateau, trainer->session->config, metrics);
    p->epoch++;
    p->time_s += p->epoch_time_s;
    p->epoch_time_s = p->loader_time_s = p->loss_sum = p->norm_sum = 0;
    p->batch = p->n_correct = p->n_top5 = p->n_images = p->n_skipped = p->n_norms = 0;
}

static rn_status look(void *outcomes, const rn_batch *batch, const float *probabilities)
{
    return rn_outcomes_add(outcomes, batch, probabilities);
}

/* Evaluates while the checkpoint is written. */
static rn_status evaluate(rn_trainer *trainer, rn_outcomes *outcomes, rn_evaluation *validation,
                          rn_evaluation *average)
{
    const rn_evaluation_view view = { .batch = look, .context = outcomes };
    rn_status status =
        rn_evaluate(trainer->session, trainer->validation, trainer->skipped, &view, validation);
    if (!status)
        status =
            rn_evaluate_average(trainer->session, trainer->validation, trainer->skipped, average);
    if (status == RN_E_DIVERGED)
        rn_fail_at(status, "validation of epoch %lld", (long long)trainer->position.epoch + 1);
    return status;
}

/* A checkpoint that could not be written counts more than what validation says. */
static rn_status finish_checkpoint(rn_trainer *trainer, rn_status validated)
{
    rn_status status = rn_keeping_finish(trainer);
    if (!status)
        return validated;
    rn_checkpoint_drop_previous(trainer->folder);
    return rn_fail_at(status, "epoch %lld", (long long)trainer->position.epoch + 1);
}

/* What the epoch is judged by is process 0's, though no more than times should differ. */
static rn_status make_metrics(const rn_trainer *trainer, const rn_evaluation *validation,
                              const rn_evaluation *average, const rn_outcomes *outcomes,
                              rn_epoch_metrics *metrics)
{
    *metrics = metrics_of(trainer, validation, average, rn_outcomes_top5(outcomes));
    return rn_world_broadcast(0, metrics, sizeof *metrics);
}

/* Judges and keeps what has been validated. */
static rn_status settle_epoch(rn_trainer *trainer, const rn_evaluation *validation,
                              const rn_evaluation *average, const rn_outcomes *outcomes)
{
    rn_epoch_metrics metrics;
    rn_status status = make_metrics(trainer, validation, average, outcomes, &metrics);
    rn_world_busy("writes what an epoch leaves");
    if (!status)
        status = keep_epoch(trainer, &metrics, validation, outcomes);
    if (status)
        return status;
    if (rn_world_is_first())
        rn_warn_epoch(trainer->session, &metrics, rn_trainer_n_steps(trainer));
    leave_epoch(trainer, &metrics);
    if (trainer->epoch_done)
        trainer->epoch_done(trainer, &metrics, trainer->context);
    rn_world_busy(NULL);
    return RN_OK;
}

/* If validation shows that the epoch diverged, the checkpoint before it is the last good one. */
static rn_status validate(rn_trainer *trainer, rn_outcomes *outcomes)
{
    rn_evaluation validation, average;
    rn_status status = evaluate(trainer, outcomes, &validation, &average);
    status = finish_checkpoint(trainer, status);
    if (status == RN_E_INTERRUPTED)
        return rn_epoch_end_interrupted(trainer, " during validation");
    if (status == RN_E_DIVERGED && rn_world_is_first()) {
        rn_status restored = rn_checkpoint_restore_previous(trainer->folder);
        return restored ? restored : status;
    }
    return status ? status : settle_epoch(trainer, &validation, &average, outcomes);
}

static rn_status validate_and_keep(rn_trainer *trainer)
{
    rn_outcomes outcomes = { .n_classes = trainer->session->config->network.classes };
    rn_status status = validate(trainer, &outcomes);
    rn_outcomes_clear(&outcomes);
    return status;
}

rn_status rn_epoch_end(rn_trainer *trainer)
{
    bool is_new = trainer->is_new, writes = rn_world_is_first();
    rn_status status = rn_keeping_finish(trainer);
    if (!status && !is_new && writes)
        status = rn_checkpoint_keep_previous(trainer->folder);
    if (!status)
        status = rn_keeping_begin(trainer);
    if (status) {
        rn_checkpoint_drop_previous(trainer->folder);
        return rn_fail_at(status, "epoch %lld", (long long)trainer->position.epoch + 1);
    }
    status = validate_and_keep(trainer);
    if (status == RN_E_DIVERGED && is_new && writes)
        rn_checkpoint_remove(trainer->folder);
    return status;
}

/* The report's row of the present epoch, which process 0 has; its epoch is 0 if there is none. */
static rn_status find_row(const rn_trainer *trainer, rn_epoch_metrics *row)
{
    int64_t n_rows = 0;
    const rn_epoch_metrics *rows =
        trainer->report ? rn_report_rows(trainer->report, &n_rows) : NULL;
    *row = (rn_epoch_metrics){ .epoch = 0 };
    if (n_rows && rows[n_rows - 1].epoch == trainer->position.epoch + 1)
        *row = rows[n_rows - 1];
    return rn_world_broadcast(0, row, sizeof *row);
}

rn_status rn_epoch_end_settle(rn_trainer *trainer, bool is_at_end)
{
    rn_epoch_metrics row;
    bool writes = rn_world_is_first();
    rn_status status = find_row(trainer, &row);
    if (!status && is_at_end && !row.epoch)
        return validate_and_keep(trainer);
    if (!status && row.epoch) {
        status = writes ? keep_best(trainer, &row) : RN_OK;
        leave_epoch(trainer, &row);
    }
    if (status)
        return status;
    trainer->was_complete = rn_trainer_is_complete(trainer);
    return writes ? rn_checkpoint_drop_previous(trainer->folder) : RN_OK;
}
