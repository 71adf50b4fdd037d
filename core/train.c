/* train.c: epochs, steps, and what is saved between them. */
#include <math.h>
#include <string.h>
#include "diagnose.h"
#include "evaluate.h"
#include "interrupt.h"
#include "io/progress.h"
#include "log.h"
#include "optim.h"
#include "status.h"
#include "step.h"
#include "train.h"

rn_status rn_train_add_plans(rn_session *session, const rn_dataset *train,
                             const rn_dataset *validation)
{
    const rn_config *config = session->config;
    if (rn_loader_n_batches(train->count, config->train.batch, config->train.drop_last) == 0)
        return rn_fail(RN_E_CONFIG, "%s: train.batch is %lld, but there are only %lld images and "
                       "train.drop_last leaves no batch; lower train.batch", config->path,
                       (long long)config->train.batch, (long long)train->count);
    rn_status status = rn_evaluate_plans_for(session, RN_PASS_TRAIN, train->count,
                                             config->train.batch, config->train.drop_last);
    return status ? status : rn_evaluate_add_plans(session, validation);
}

/* One epoch's helpers. */
typedef struct epoch {
    rn_trainer *trainer;
    rn_walk walk; /* over the batches; its loader is ours */
    rn_progress progress;
    int64_t n_batches;
    double start_s, time_before_s; /* clock at its (re)start; epoch time of earlier runs */
    bool stop; /* by Ctrl-C or max_steps */
} epoch;

static double now_s(void)
{
    return (double)rn_host_table()->time_ns() * 1e-9;
}

static rn_status start_epoch(rn_trainer *trainer, epoch *e)
{
    const rn_config *config = trainer->session->config;
    rn_loader_params params = rn_evaluate_loader(config, trainer->train);
    params.batch = config->train.batch;
    params.shuffle = true;
    params.drop_last = config->train.drop_last;
    params.seed = (uint64_t)config->run.seed;
    params.epoch = trainer->position.epoch;
    params.first_batch = trainer->position.batch;
    char label[48];
    snprintf(label, sizeof label, "epoch %lld/%lld", (long long)trainer->position.epoch + 1,
             (long long)config->train.epochs);
    *e = (epoch){ .trainer = trainer, .start_s = now_s(),
                  .walk = { .session = trainer->session, .pass = RN_PASS_TRAIN },
                  .time_before_s = trainer->position.epoch_time_s,
                  .n_batches = rn_loader_n_batches(trainer->train->count, config->train.batch,
                                                   config->train.drop_last) };
    rn_progress_start(&e->progress, trainer->progress, trainer->quiet, label, e->n_batches);
    return rn_loader_create(&params, &e->walk.loader);
}

static bool has_enough_steps(const rn_trainer *trainer)
{
    int64_t most = trainer->session->config->train.max_steps;
    return most && trainer->position.step >= most;
}

/* The next batch, if there is one: the step, its loss, the position. */
static rn_status train_batch(epoch *e)
{
    rn_trainer *trainer = e->trainer;
    rn_session *session = trainer->session;
    const rn_config *config = session->config;
    rn_position *p = &trainer->position;
    rn_step_result result;
    rn_step_params params = {
        .learning_rate = rn_optim_learning_rate(config, p->step, e->n_batches),
        .loss_scale = p->loss_scale.scale, .seed = (uint32_t)config->run.seed,
        .step = (uint32_t)p->step,
    };
    const rn_batch *batch = &e->walk.batch;
    rn_status status = rn_step_walk(&e->walk, &params, &result);
    if (status || batch->count == 0)
        return status;
    if (!isfinite(result.loss))
        return rn_fail_at(rn_diagnose(session, batch, &params), "epoch %lld, step %lld",
                          (long long)p->epoch + 1, (long long)p->step + 1);
    if (e->walk.plan->dag->loss_scale)
        status = rn_loss_scale_update(&p->loss_scale, result.overflowed);
    if (status)
        return rn_fail_at(status, "epoch %lld, step %lld", (long long)p->epoch + 1,
                          (long long)p->step + 1);
    if (result.overflowed)
        rn_log(RN_LOG_INFO, "step %lld changed nothing: a gradient was not finite; the loss is "
               "scaled by %g now", (long long)p->step + 1, p->loss_scale.scale);
    p->loss_sum += result.loss * (double)batch->count;
    p->n_correct += result.n_correct;
    p->n_images += batch->count;
    p->batch++;
    p->step++;
    p->epoch_time_s = e->time_before_s + now_s() - e->start_s;
    rn_progress_update(&e->progress, p->batch, p->loss_sum / (double)p->n_images,
                       (double)p->n_images / p->epoch_time_s);
    e->stop = rn_interrupt_requested() || has_enough_steps(trainer);
    return RN_OK;
}

static rn_status run_batches(epoch *e)
{
    rn_status status = RN_OK;
    do
        status = train_batch(e);
    while (!status && !e->stop && e->walk.batch.count > 0);
    return status;
}

static rn_status interrupted(rn_trainer *trainer)
{
    rn_status status = rn_checkpoint_write(trainer->folder, trainer->session, &trainer->position);
    if (status)
        return status;
    return rn_fail(RN_E_INTERRUPTED,
                   "interrupted; a checkpoint is in %s; go on with train --resume",
                   trainer->folder);
}

/* Validation, report, weights, checkpoint; then the position stands at the next epoch, or where
 * max_steps has ended the run, so that it can be resumed with more steps. */
static rn_status finish_epoch(rn_trainer *trainer, rn_report *report, double waited_s)
{
    const rn_config *config = trainer->session->config;
    rn_position *p = &trainer->position;
    rn_evaluation validation;
    rn_status status = rn_evaluate(trainer->session, trainer->validation, &validation);
    if (status)
        return status;
    if (!isfinite(validation.loss))
        return rn_fail_at(rn_diagnose(trainer->session, NULL, NULL), "validation of epoch %lld",
                          (long long)p->epoch + 1);
    int64_t n_batches = rn_loader_n_batches(trainer->train->count, config->train.batch,
                                            config->train.drop_last);
    rn_epoch_metrics metrics = {
        .epoch = p->epoch + 1, .step = p->step,
        .learning_rate = rn_optim_learning_rate(config, p->step - 1, n_batches),
        .train_loss = p->loss_sum / (double)p->n_images,
        .train_accuracy = (double)p->n_correct / (double)p->n_images,
        .validation_loss = validation.loss, .validation_accuracy = validation.accuracy,
        .images_per_s = (double)p->n_images / p->epoch_time_s,
        .time_s = p->time_s + p->epoch_time_s, .loader_wait_s = waited_s,
    };
    if (p->batch == n_batches)
        *p = (rn_position){ .epoch = p->epoch + 1, .step = p->step, .time_s = metrics.time_s,
                            .loss_scale = p->loss_scale };
    status = rn_report_add(report, &metrics);
    if (!status)
        status = rn_checkpoint_write_model(trainer->folder, trainer->session);
    if (!status)
        status = rn_checkpoint_write(trainer->folder, trainer->session, p);
    if (!status && trainer->epoch_done)
        trainer->epoch_done(&metrics, config->train.epochs, trainer->context);
    return status;
}

static rn_status train_epoch(rn_trainer *trainer, rn_report *report, bool *stop)
{
    epoch e;
    rn_status status = start_epoch(trainer, &e);
    if (!status)
        status = run_batches(&e);
    rn_progress_finish(&e.progress);
    double waited_s = e.walk.loader ? rn_loader_waited_s(e.walk.loader) : 0;
    rn_loader_destroy(e.walk.loader);
    if (status)
        return status;
    if (rn_interrupt_requested())
        return interrupted(trainer);
    *stop = e.stop;
    return finish_epoch(trainer, report, waited_s);
}

rn_status rn_train(rn_trainer *trainer)
{
    const rn_config *config = trainer->session->config;
    rn_report *report = NULL;
    bool stop = false;
    if (has_enough_steps(trainer))
        return RN_OK;
    if (trainer->session->plans[0]->dag->loss_scale && trainer->position.loss_scale.scale <= 0)
        trainer->position.loss_scale = rn_loss_scale_start();
    rn_status status =
        rn_report_open(trainer->folder, config->name, trainer->position.epoch, &report);
    while (!status && !stop && trainer->position.epoch < config->train.epochs)
        status = train_epoch(trainer, report, &stop);
    if (!status && trainer->curve) {
        int64_t n_rows;
        const rn_epoch_metrics *rows = rn_report_rows(report, &n_rows);
        rn_curve_text(trainer->curve, rows, n_rows);
    }
    rn_report_close(report);
    return status;
}
