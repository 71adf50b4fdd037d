/* train.c: epochs, steps, and what is saved between them. */
#include "train/train.h"

#include <math.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/status.h"
#include "passes/average.h"
#include "report/progress.h"
#include "train/diagnose.h"
#include "train/evaluate.h"
#include "train/run_folder.h"
#include "train/schedule.h"
#include "train/step.h"
#include "train/warnings.h"

rn_status rn_train_add_plans(rn_session *session, const rn_source *train,
                             const rn_source *validation)
{
    const rn_config *config = session->config;
    int64_t count = train->dataset->count;
    session->data = train->dataset;
    session->soft_labels = rn_pipeline_mixes(train->pipeline);
    if (rn_loader_n_batches(count, config->train.batch, config->train.drop_last) == 0)
        return rn_fail(RN_E_CONFIG,
                       "%s: train.batch is %lld, but there are only %lld images and "
                       "train.drop_last leaves no batch; lower train.batch",
                       config->path, (long long)config->train.batch, (long long)count);
    rn_status status = rn_sizes_plan(session, train);
    if (!status)
        status = rn_evaluate_plans(session, RN_PASS_EVALUATE, validation);
    if (!status && config->train.ema_decay > 0)
        status = rn_evaluate_plans(session, RN_PASS_EVALUATE_AVERAGE, validation);
    return status ? status : rn_sizes_check(session);
}

static double now_s(void)
{
    return (double)rn_host_table()->time_ns() * 1e-9;
}

static int64_t n_batches_of(const rn_trainer *trainer)
{
    const rn_config *config = trainer->session->config;
    return rn_loader_n_batches(trainer->train->dataset->count, config->train.batch,
                               config->train.drop_last);
}

static int64_t n_steps_of(const rn_trainer *trainer)
{
    return rn_schedule_steps(trainer->session->config, trainer->train->dataset->count);
}

static bool has_enough_steps(const rn_trainer *trainer)
{
    int64_t most = trainer->session->config->train.max_steps;
    return most && trainer->position.step >= most;
}

bool rn_train_is_complete(const rn_trainer *trainer)
{
    return trainer->position.epoch >= trainer->session->config->train.epochs ||
           has_enough_steps(trainer);
}

static bool pauses(const rn_trainer *trainer)
{
    return trainer->until_epoch && trainer->position.epoch >= trainer->until_epoch;
}

/* ---- Saving ---- */

static rn_status save(rn_trainer *trainer)
{
    rn_status status = rn_checkpoint_write(trainer->folder, trainer->session, &trainer->position);
    if (status)
        return status;
    status = trainer->is_new ? rn_run_folder_clear(trainer->folder) : RN_OK;
    if (status)
        return status;
    trainer->is_new = false;
    trainer->saved_step = trainer->position.step;
    trainer->saved_s = now_s();
    return RN_OK;
}

/* By the cfg, or because a signal asked for it. */
static bool is_save_due(const rn_trainer *trainer)
{
    const rn_config *config = trainer->session->config;
    int64_t n_steps = trainer->position.step - trainer->saved_step;
    double seconds = now_s() - trainer->saved_s;
    return rn_interrupt_take_save() ||
           (config->train.save_every && n_steps >= config->train.save_every) ||
           (config->train.save_every_minutes > 0 &&
            seconds >= 60 * config->train.save_every_minutes);
}

static rn_status save_if_due(rn_trainer *trainer)
{
    if (!is_save_due(trainer))
        return RN_OK;
    rn_status status = save(trainer);
    if (status)
        return status;
    rn_log(RN_LOG_INFO, "a checkpoint of step %lld is in %s", (long long)trainer->position.step,
           trainer->folder);
    return RN_OK;
}

/* ---- Steps ---- */

/* One epoch's helpers. */
typedef struct epoch {
    rn_trainer *trainer;
    const rn_source *train; /* in the size of the epoch */
    rn_steps steps;         /* over the batches; its loader is owned by the epoch */
    rn_progress progress;
    int64_t n_batches;
    int64_t n_summed;                      /* batches of the step in progress */
    double start_s;                        /* clock at its (re)start */
    double time_before_s, loader_before_s; /* of earlier runs in this epoch */
} epoch;

static rn_status start_epoch(rn_trainer *trainer, epoch *e)
{
    const rn_config *config = trainer->session->config;
    const rn_position *p = &trainer->position;
    const rn_source *train = rn_sizes_begin(&trainer->sizes, trainer->session, p->epoch);
    rn_loader_params params = rn_evaluate_loader(trainer->session, train, trainer->skipped);
    params.batch = config->train.batch;
    params.batch_key = "train.batch";
    params.shuffle = true;
    params.drop_last = config->train.drop_last;
    params.trains = true;
    params.group = config->train.accumulate;
    params.epoch = p->epoch;
    params.first = p->n_images + p->n_skipped;
    params.first_batch = p->batch;
    char label[48];
    snprintf(label, sizeof label, "epoch %lld/%lld", (long long)trainer->position.epoch + 1,
             (long long)config->train.epochs);
    *e = (epoch){ .trainer = trainer,
                  .train = train,
                  .start_s = now_s(),
                  .steps = { .session = trainer->session, .pass = RN_PASS_TRAIN },
                  .time_before_s = trainer->position.epoch_time_s,
                  .loader_before_s = trainer->position.loader_time_s,
                  .n_batches = n_batches_of(trainer) };
    rn_progress_start(&e->progress, trainer->progress, trainer->quiet, label, e->n_batches);
    return rn_loader_create(&params, &e->steps.loader);
}

/* Is this batch of the epoch the last of a step? */
static bool ends_step(const epoch *e, int64_t batch)
{
    const rn_config *config = e->trainer->session->config;
    return (batch + 1) % config->train.accumulate == 0 || batch + 1 == e->n_batches;
}

static void choose_pass(epoch *e)
{
    bool ends = ends_step(e, e->trainer->position.batch);
    e->steps.pass = ends ? RN_PASS_TRAIN : RN_PASS_ACCUMULATE;
    e->steps.changes = ends != ends_step(e, e->trainer->position.batch + 1);
}

/* After a step whose loss is finite: a gradient may not be. */
static rn_status judge_step(const epoch *e, const rn_step_result *result)
{
    rn_position *p = &e->trainer->position;
    rn_status status = RN_OK;
    if (!e->steps.plans->by_rank[0]->dag->loss_scale)
        return !result->overflowed
                   ? RN_OK
                   : rn_fail(RN_E_DIVERGED, "the norm of the gradients is not finite; lower "
                                            "train.learning_rate, or add train.warmup_epochs");
    status = rn_loss_scale_update(&p->loss_scale, result->overflowed);
    if (!status && result->overflowed)
        rn_log(RN_LOG_INFO,
               "step %lld changed nothing: a gradient was not finite; the loss is "
               "scaled by %g now",
               (long long)p->step + 1, p->loss_scale.scale);
    return status;
}

/* The next batch, if there is one: its loss is finite, and if it ends a step, the parameters have
 * changed. */
static rn_status run_batch(epoch *e, rn_step_result *result)
{
    rn_trainer *trainer = e->trainer;
    const rn_config *config = trainer->session->config;
    rn_position *p = &trainer->position;
    int64_t n_draws = p->step * config->train.accumulate + e->n_summed;
    const rn_step_params params = {
        .learning_rate = rn_schedule_rate(config, &p->plateau, p->step, n_steps_of(trainer)),
        .loss_scale = p->loss_scale.scale,
        .n_updates = p->n_updates,
        .n_summed = e->n_summed,
        .average_decay = rn_average_decay(config, p->step),
        .seed = (uint32_t)config->run.seed,
        .step = (uint32_t)n_draws,
    };
    choose_pass(e);
    rn_status status = rn_step_next(&e->steps, &params, result);
    if (status || e->steps.batch.count == 0)
        return status;
    if (!isfinite(result->loss))
        status = rn_diagnose(trainer->session, &e->steps.batch, &params, e->steps.pass);
    else if (e->steps.pass == RN_PASS_TRAIN)
        status = judge_step(e, result);
    if (status)
        return rn_fail_at(status, "epoch %lld, step %lld", (long long)p->epoch + 1,
                          (long long)p->step + 1);
    rn_log(RN_LOG_DEBUG, "step %lld: loss %.9g, gradient norm %.9g", (long long)p->step + 1,
           result->loss, result->gradient_norm);
    return RN_OK;
}

static void advance(epoch *e, const rn_step_result *result)
{
    rn_position *p = &e->trainer->position;
    p->loss_sum += result->loss * (double)e->steps.batch.count;
    p->n_correct += result->n_correct;
    p->n_images += e->steps.batch.count;
    p->n_skipped = e->steps.batch.end - p->n_images;
    e->n_summed = e->steps.pass == RN_PASS_TRAIN ? 0 : e->n_summed + 1;
    p->batch++;
    p->step += e->n_summed == 0;
    p->n_updates += e->n_summed == 0 && !result->overflowed;
    p->epoch_time_s = e->time_before_s + now_s() - e->start_s;
    p->loader_time_s = e->loader_before_s + rn_loader_waited_s(e->steps.loader);
}

/* The loader has no more batches: after a signal, or because samples were skipped. What is left of
 * the epoch is smaller than a batch, and of another size than the last batch was planned for. */
static rn_status end_early(epoch *e)
{
    rn_trainer *trainer = e->trainer;
    rn_position *p = &trainer->position;
    int64_t count = trainer->train->dataset->count;
    if (rn_interrupt_signal())
        return RN_OK;
    if (p->n_images == 0)
        return rn_fail(RN_E_DATA, "%s: too few of its %lld images can be read for a batch",
                       trainer->train->dataset->folder, (long long)count);
    rn_log(RN_LOG_INFO, "epoch %lld: %lld of %lld images were skipped or left out of a last batch",
           (long long)p->epoch + 1, (long long)(count - p->n_images), (long long)count);
    p->batch = e->n_batches;
    p->n_skipped = count - p->n_images;
    return RN_OK;
}

/* Steps until the epoch is over, max_steps are done, or a signal asks to stop, which is looked at
 * between steps, and before anything is printed: the reader of a pipe may be gone. */
static rn_status run_batches(epoch *e)
{
    rn_trainer *trainer = e->trainer;
    const rn_position *p = &trainer->position;
    rn_status status = RN_OK;
    while (!status && p->batch < e->n_batches) {
        rn_step_result result;
        status = run_batch(e, &result);
        if (!status && e->steps.batch.count == 0)
            status = end_early(e);
        if (status || e->steps.batch.count == 0)
            break;
        advance(e, &result);
        if (e->n_summed)
            continue;
        if (p->step == 1)
            rn_warn_batch(e->train, &e->steps.batch);
        if (rn_interrupt_signal() || has_enough_steps(trainer) || p->batch == e->n_batches)
            break;
        status = save_if_due(trainer);
        rn_progress_update(&e->progress, p->batch, p->loss_sum / (double)p->n_images,
                           (double)p->n_images / p->epoch_time_s);
    }
    return status;
}

/* ---- The end of an epoch ---- */

static rn_status interrupted(const rn_trainer *trainer, const char *when)
{
    return rn_fail(RN_E_INTERRUPTED,
                   "interrupted%s; a checkpoint is in %s; go on with train "
                   "--resume",
                   when, trainer->folder);
}

/* The position of an epoch that is over becomes that of the next one. After max_steps it stays, so
 * that the run can be resumed with more steps. */
static void leave_epoch(rn_trainer *trainer, const rn_epoch_metrics *metrics)
{
    rn_position *p = &trainer->position;
    if (p->batch < n_batches_of(trainer))
        return;
    rn_plateau_observe(&p->plateau, trainer->session->config, metrics);
    p->epoch++;
    p->time_s += p->epoch_time_s;
    p->epoch_time_s = p->loader_time_s = p->loss_sum = 0;
    p->batch = p->n_correct = p->n_images = p->n_skipped = 0;
}

static rn_epoch_metrics metrics_of(const rn_trainer *trainer, const rn_evaluation *validation)
{
    const rn_position *p = &trainer->position;
    return (rn_epoch_metrics){
        .epoch = p->epoch + 1,
        .step = p->step,
        .learning_rate = rn_schedule_rate(trainer->session->config, &p->plateau, p->step - 1,
                                          n_steps_of(trainer)),
        .train_loss = p->loss_sum / (double)p->n_images,
        .train_accuracy = (double)p->n_correct / (double)p->n_images,
        .validation_loss = validation->loss,
        .validation_accuracy = validation->top1,
        .images_per_s = (double)p->n_images / p->epoch_time_s,
        .time_s = p->time_s + p->epoch_time_s,
        .loader_wait_s = p->loader_time_s,
    };
}

/* Writes the model and the epoch's row; the previous checkpoint is then no longer needed. */
static rn_status keep_epoch(const rn_trainer *trainer, rn_report *report,
                            const rn_epoch_metrics *metrics)
{
    rn_status status =
        rn_checkpoint_write_model(trainer->folder, trainer->session, &trainer->position);
    if (status)
        return status;
    status = rn_report_add(report, metrics);
    return status ? status : rn_checkpoint_drop_previous(trainer->folder);
}

/* Validates the epoch and keeps it. If validation shows that it diverged, the checkpoint before it
 * is the last good one. */
static rn_status validate(rn_trainer *trainer, rn_report *report)
{
    rn_evaluation validation, average;
    rn_status status =
        rn_evaluate(trainer->session, trainer->validation, trainer->skipped, NULL, &validation);
    if (!status)
        status =
            rn_evaluate_average(trainer->session, trainer->validation, trainer->skipped, &average);
    if (status == RN_E_INTERRUPTED)
        return interrupted(trainer, " during validation");
    if (status == RN_E_DIVERGED) {
        rn_fail_at(status, "validation of epoch %lld", (long long)trainer->position.epoch + 1);
        rn_status restored = rn_checkpoint_restore_previous(trainer->folder);
        return restored ? restored : status;
    }
    if (status)
        return status;
    rn_epoch_metrics metrics = metrics_of(trainer, &validation);
    metrics.ema_loss = average.loss;
    metrics.ema_accuracy = average.top1;
    status = keep_epoch(trainer, report, &metrics);
    if (status)
        return status;
    rn_warn_epoch(trainer->session, &metrics, n_batches_of(trainer));
    leave_epoch(trainer, &metrics);
    if (trainer->epoch_done)
        trainer->epoch_done(trainer, &metrics, trainer->context);
    return RN_OK;
}

static rn_status finish_epoch(rn_trainer *trainer, rn_report *report)
{
    bool is_first = trainer->is_new;
    rn_status status = is_first ? RN_OK : rn_checkpoint_keep_previous(trainer->folder);
    if (!status)
        status = save(trainer);
    if (status) {
        rn_checkpoint_drop_previous(trainer->folder);
        return rn_fail_at(status, "epoch %lld", (long long)trainer->position.epoch + 1);
    }
    status = validate(trainer, report);
    if (status == RN_E_DIVERGED && is_first)
        rn_checkpoint_remove(trainer->folder);
    return status;
}

static rn_status run_epoch(rn_trainer *trainer)
{
    epoch e;
    rn_status status = start_epoch(trainer, &e);
    if (status)
        goto done;
    status = run_batches(&e);
done:
    rn_progress_finish(&e.progress);
    rn_loader_destroy(e.steps.loader);
    return status;
}

static rn_status train_epoch(rn_trainer *trainer, rn_report *report)
{
    rn_status status = run_epoch(trainer);
    if (status)
        return status;
    if (!rn_interrupt_signal())
        return finish_epoch(trainer, report);
    status = save(trainer);
    return status ? status : interrupted(trainer, "");
}

/* ---- The run ---- */

/* A resumed run may stand at the end of an epoch, or of max_steps, that was saved and not yet
 * validated. */
static rn_status settle(rn_trainer *trainer, rn_report *report, bool is_at_end)
{
    int64_t n_rows;
    const rn_epoch_metrics *rows = rn_report_rows(report, &n_rows);
    bool has_row = n_rows && rows[n_rows - 1].epoch == trainer->position.epoch + 1;
    if (is_at_end && !has_row)
        return validate(trainer, report);
    leave_epoch(trainer, has_row ? &rows[n_rows - 1] : NULL);
    trainer->was_complete = rn_train_is_complete(trainer);
    return rn_checkpoint_drop_previous(trainer->folder);
}

static rn_status open_report(const rn_trainer *trainer, bool is_at_end, rn_report **report)
{
    const rn_position *p = &trainer->position;
    const rn_report_params params = { .folder = trainer->folder,
                                      .run = p->run,
                                      .title = trainer->session->config->name,
                                      .epoch = p->epoch,
                                      .step = is_at_end ? p->step : 0 };
    return rn_report_open(&params, report);
}

rn_status rn_train(rn_trainer *trainer)
{
    rn_position *p = &trainer->position;
    rn_report *report = NULL;
    bool is_at_end = p->batch == n_batches_of(trainer) || (p->batch && has_enough_steps(trainer));
    if (trainer->session->passes[0].by_rank[0]->dag->loss_scale && p->loss_scale.scale <= 0)
        p->loss_scale = rn_loss_scale_start();
    trainer->saved_step = p->step;
    trainer->saved_s = now_s();
    rn_status status = rn_sizes_open(trainer->train, &trainer->sizes);
    status = status ? status : open_report(trainer, is_at_end, &report);
    if (status)
        goto done;
    status = trainer->is_new ? RN_OK : settle(trainer, report, is_at_end);
    while (!status && !rn_train_is_complete(trainer) && !pauses(trainer))
        status = train_epoch(trainer, report);
    if (!status && trainer->curve && rn_train_is_complete(trainer)) {
        int64_t n_rows;
        const rn_epoch_metrics *rows = rn_report_rows(report, &n_rows);
        rn_curve_text(trainer->curve, rows, n_rows);
    }
done:
    rn_report_close(report);
    rn_sizes_clear(&trainer->sizes);
    return status;
}
