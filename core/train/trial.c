/* trial.c: a session that trains for a while and is then thrown away. */
#include "train/trial.h"

#include "base/interrupt.h"
#include "base/status.h"
#include "train/classes.h"
#include "train/evaluate.h"

static rn_status open_source(const rn_trial_params *params, rn_trial *trial)
{
    const rn_config *config = &trial->config;
    rn_status status = params->is_plain
                           ? rn_source_open_plain(config, &trial->source)
                           : rn_source_open_split(config, RN_SPLIT_TRAIN, &trial->source);
    if (status)
        return status;
    status = rn_classes_name(trial->source->dataset, config);
    trial->session->data = trial->source->dataset;
    trial->session->soft_labels = rn_pipeline_mixes(trial->source->pipeline);
    return status;
}

/* The batch of the cfg, or the largest that there are samples for and that all devices share. */
static int64_t choose_batch(const rn_trial *trial)
{
    int64_t batch = trial->session->config->train.batch, count = trial->source->dataset->count;
    return count >= batch ? batch : count - count % trial->session->shared.all;
}

static rn_status plan(const rn_trial_params *params, rn_trial *trial)
{
    rn_pass_plans *plans = NULL;
    trial->batch = choose_batch(trial);
    if (trial->batch == 0)
        return rn_fail(RN_E_CONFIG, "%s: %lld images are too few for %d devices",
                       params->config->path, (long long)trial->source->dataset->count,
                       trial->session->shared.all);
    rn_status status = rn_session_add(trial->session, RN_PASS_TRAIN, trial->batch, false, &plans);
    if (!status && params->evaluates)
        status = rn_session_add(trial->session, RN_PASS_EVALUATE, trial->batch, false, &plans);
    return status ? status : rn_session_bind(trial->session);
}

static rn_status open_loader(rn_trial *trial)
{
    rn_loader_params params = rn_evaluate_loader(trial->session, trial->source, NULL);
    params.batch = trial->batch;
    params.batch_key = "train.batch";
    params.shuffle = params.drop_last = params.trains = true;
    params.epoch = trial->epoch;
    trial->steps.has_next = false;
    return rn_loader_create(&params, &trial->steps.loader);
}

rn_status rn_trial_open(const rn_trial_params *params, rn_trial *trial)
{
    *trial = (rn_trial){ .loss_scale = rn_loss_scale_start() };
    rn_interrupt_install();
    trial->config = *params->config;
    trial->config.train.accumulate = 1;
    trial->config.train.ema_decay = 0;
    rn_status status = rn_session_open(&trial->config, params->registry, &trial->session);
    if (!status)
        status = open_source(params, trial);
    if (!status)
        status = plan(params, trial);
    if (!status)
        status = rn_model_start(trial->session, params->model);
    trial->steps.session = trial->session;
    trial->steps.pass = RN_PASS_TRAIN;
    return status ? status : open_loader(trial);
}

void rn_trial_close(rn_trial *trial)
{
    rn_loader_destroy(trial->steps.loader);
    rn_loader_destroy(trial->held);
    rn_session_close(trial->session);
    rn_source_close(trial->source);
    *trial = (rn_trial){ 0 };
}

static rn_status interrupted(void)
{
    return rn_fail(RN_E_INTERRUPTED, "interrupted; nothing was written");
}

static rn_status too_few(const rn_trial *trial)
{
    return rn_fail(RN_E_DATA, "%s: too few of its %lld images can be read for a batch",
                   trial->source->dataset->folder, (long long)trial->source->dataset->count);
}

/* The loader keeps the batch, since it is not asked for another one. */
rn_status rn_trial_hold_batch(rn_trial *trial)
{
    rn_status status = rn_loader_next(trial->steps.loader, &trial->steps.next);
    if (status)
        return status;
    if (rn_interrupt_signal())
        return interrupted();
    trial->held = trial->steps.loader;
    trial->steps.loader = NULL;
    trial->steps.has_next = true;
    return trial->steps.next.count ? RN_OK : too_few(trial);
}

/* At the end of an epoch the next one begins. */
static rn_status begin_epoch(rn_trial *trial)
{
    rn_loader_destroy(trial->steps.loader);
    trial->steps.loader = NULL;
    trial->epoch++;
    return open_loader(trial);
}

static rn_status take_step(rn_trial *trial, const rn_step_params *params, rn_step_result *result)
{
    rn_status status = rn_step_next(&trial->steps, params, result);
    if (status || trial->steps.batch.count || rn_interrupt_signal())
        return status;
    status = begin_epoch(trial);
    if (!status)
        status = rn_step_next(&trial->steps, params, result);
    return status || trial->steps.batch.count || rn_interrupt_signal() ? status : too_few(trial);
}

rn_status rn_trial_step(rn_trial *trial, double learning_rate, rn_step_result *result)
{
    const rn_step_params params = { .learning_rate = learning_rate,
                                    .loss_scale = trial->loss_scale.scale,
                                    .n_updates = trial->step,
                                    .seed = (uint32_t)trial->session->config->run.seed,
                                    .step = trial->held ? 0 : (uint32_t)trial->step };
    rn_status status = take_step(trial, &params, result);
    if (status)
        return status;
    if (rn_interrupt_signal())
        return interrupted();
    trial->step++;
    if (trial->session->passes[0].by_rank[0]->dag->loss_scale)
        status = rn_loss_scale_update(&trial->loss_scale, result->overflowed);
    return status;
}
