/* train.c: epochs, steps, and what is saved between them. */
#include "train/train.h"

#include <math.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/status.h"
#include "passes/average.h"
#include "report/progress.h"
#include "train/agree.h"
#include "train/diagnose.h"
#include "train/epoch_end.h"
#include "train/evaluate.h"
#include "train/keeping.h"
#include "train/process_times.h"
#include "train/schedule.h"
#include "train/step.h"
#include "train/warnings.h"
#include "world/world.h"

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

static bool pauses(const rn_trainer *trainer)
{
    return trainer->until_epoch && trainer->position.epoch >= trainer->until_epoch;
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

/* An epoch that was begun with another number of processes ends in its order. */
static int32_t parts_of_epoch(rn_trainer *trainer)
{
    rn_position *p = &trainer->position;
    if (p->batch == 0)
        p->n_parts = rn_world_get()->n_processes;
    bool is_number = p->n_parts > 1 && p->n_parts <= trainer->session->config->train.batch;
    return is_number ? (int32_t)p->n_parts : 1;
}

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
    params.bytes = rn_session_takes_bytes(trainer->session, true);
    params.group = config->train.accumulate;
    params.epoch = p->epoch;
    params.first = p->n_images + p->n_skipped;
    params.first_batch = p->batch;
    char label[48];
    snprintf(label, sizeof label, "epoch %lld/%lld", (long long)trainer->position.epoch + 1,
             (long long)config->train.epochs);
    params.n_parts = parts_of_epoch(trainer);
    *e = (epoch){ .trainer = trainer,
                  .train = train,
                  .start_s = rn_trainer_now_s(),
                  .steps = { .session = trainer->session, .pass = RN_PASS_TRAIN },
                  .time_before_s = trainer->position.epoch_time_s,
                  .loader_before_s = trainer->position.loader_time_s,
                  .n_batches = rn_trainer_n_batches(trainer) };
    rn_progress_start(&e->progress, trainer->progress, trainer->quiet || !rn_world_is_first(),
                      label, e->n_batches);
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
        .learning_rate =
            rn_schedule_rate(config, &p->plateau, p->step, rn_trainer_n_steps(trainer)),
        .loss_scale = p->loss_scale.scale,
        .n_updates = p->n_updates,
        .births = p->births,
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
    p->n_top5 += result->n_top5;
    if (isfinite(result->gradient_norm)) {
        p->norm_sum += result->gradient_norm;
        p->n_norms++;
    }
    p->n_images += e->steps.batch.count;
    p->n_skipped = e->steps.batch.end - p->n_images;
    e->n_summed = e->steps.pass == RN_PASS_TRAIN ? 0 : e->n_summed + 1;
    p->batch++;
    p->step += e->n_summed == 0;
    p->n_updates += e->n_summed == 0 && !result->overflowed;
    p->epoch_time_s = e->time_before_s + rn_trainer_now_s() - e->start_s;
    p->loader_time_s = e->loader_before_s + rn_loader_waited_s(e->steps.loader);
}

/* The loader has no more batches: after a signal, or because samples were skipped. What is left of
 * the epoch is smaller than a batch, and of another size than the last batch was planned for; so
 * the batches of an unfinished step change nothing, either. */
static rn_status end_early(epoch *e)
{
    rn_trainer *trainer = e->trainer;
    rn_position *p = &trainer->position;
    int64_t count = trainer->train->dataset->count;
    int64_t n_used = p->n_images - e->n_summed * trainer->session->config->train.batch;
    if (rn_interrupt_signal())
        return RN_OK;
    if (n_used == 0)
        return rn_fail(RN_E_DATA, "%s: too few of its %lld images can be read for a step",
                       trainer->train->dataset->folder, (long long)count);
    rn_log(RN_LOG_INFO, "epoch %lld: %lld of %lld images were skipped or left out of a last step",
           (long long)p->epoch + 1, (long long)(count - n_used), (long long)count);
    p->batch = e->n_batches;
    p->n_skipped = count - p->n_images;
    return RN_OK;
}

/* After a step: sets *ends where it is the last one for now, and else saves it if that is due. */
static rn_status end_step(epoch *e, bool *ends)
{
    rn_trainer *trainer = e->trainer;
    bool saves = false;
    *ends = rn_interrupt_signal() || rn_trainer_has_enough_steps(trainer) ||
            trainer->position.batch == e->n_batches;
    rn_status status = *ends ? RN_OK : rn_keeping_look(trainer, &saves);
    if (!status)
        status = rn_agree_step(&saves);
    *ends = *ends || rn_interrupt_signal();
    return status || *ends || !saves ? status : rn_keeping_take(trainer);
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
        if (p->step == 1 && rn_world_is_first())
            rn_warn_batch(e->train, &e->steps.batch);
        bool ends = false;
        status = end_step(e, &ends);
        if (ends)
            break;
        rn_progress_update(&e->progress, p->batch, p->loss_sum / (double)p->n_images,
                           (double)p->n_images / p->epoch_time_s);
    }
    return status;
}

/* ---- Epochs ---- */

static rn_status run_epoch(rn_trainer *trainer)
{
    epoch e;
    const rn_session_times before = rn_session_read_times(trainer->session);
    rn_status status = start_epoch(trainer, &e);
    if (status)
        goto done;
    rn_world_busy(NULL);
    status = run_batches(&e);
    if (!status)
        status = rn_process_times_log(trainer->session, trainer->position.epoch + 1, &before);
done:
    rn_progress_finish(&e.progress);
    rn_loader_destroy(e.steps.loader);
    return status;
}

static rn_status train_epoch(rn_trainer *trainer)
{
    rn_status status = run_epoch(trainer);
    if (status)
        return status;
    if (!rn_interrupt_signal())
        return rn_epoch_end(trainer);
    status = rn_keeping_begin(trainer);
    if (!status)
        status = rn_keeping_finish(trainer);
    return status ? status : rn_epoch_end_interrupted(trainer, "");
}

/* ---- The run ---- */

/* Of several processes, the first has the report. */
static rn_status open_report(rn_trainer *trainer, bool is_at_end)
{
    const rn_position *p = &trainer->position;
    if (!rn_world_is_first())
        return RN_OK;
    const rn_report_params params = { .folder = trainer->folder,
                                      .run = p->run,
                                      .title = trainer->session->config->name,
                                      .epoch = p->epoch,
                                      .step = is_at_end ? p->step : 0 };
    return rn_report_open(&params, &trainer->report);
}

static rn_status train_on(rn_trainer *trainer)
{
    const rn_position *p = &trainer->position;
    bool is_at_end =
        rn_trainer_is_whole(trainer) || (p->batch && rn_trainer_has_enough_steps(trainer));
    rn_status status = rn_sizes_open(trainer->train, &trainer->sizes);
    if (!status)
        status = open_report(trainer, is_at_end);
    if (!status && !trainer->is_new)
        status = rn_epoch_end_settle(trainer, is_at_end);
    while (!status && !rn_trainer_is_complete(trainer) && !pauses(trainer))
        status = train_epoch(trainer);
    return status;
}

static void close_files(rn_trainer *trainer)
{
    rn_writer_abandon(&trainer->writer);
    rn_events_close(trainer->events);
    trainer->events = NULL;
    rn_report_close(trainer->report);
    trainer->report = NULL;
    rn_sizes_clear(&trainer->sizes);
}

rn_status rn_train(rn_trainer *trainer)
{
    rn_position *p = &trainer->position;
    if (trainer->session->passes[0].by_rank[0]->dag->loss_scale && p->loss_scale.scale <= 0)
        p->loss_scale = rn_loss_scale_start();
    trainer->taken_step = trainer->saved_step = p->step;
    trainer->taken_s = rn_trainer_now_s();
    rn_status status = train_on(trainer);
    if (!status && trainer->curve && trainer->report && rn_trainer_is_complete(trainer)) {
        int64_t n_rows;
        const rn_epoch_metrics *rows = rn_report_rows(trainer->report, &n_rows);
        rn_curve_text(trainer->curve, rows, n_rows);
    }
    close_files(trainer);
    return status;
}
