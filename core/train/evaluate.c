/* evaluate.c: runs a data set through the network without training it. */
#include "train/evaluate.h"

#include <math.h>

#include "base/interrupt.h"
#include "base/status.h"
#include "plugin/registry.h"
#include "train/agree.h"
#include "train/diagnose.h"
#include "train/pinned.h"
#include "train/statistics.h"
#include "train/step.h"
#include "world/world.h"

int64_t rn_evaluate_batch(const rn_session *session, int64_t batch)
{
    int64_t all = rn_session_is_shared(session) ? session->shared.all : 1;
    return batch < all ? all : batch - batch % all;
}

static int64_t eval_batch(const rn_session *session)
{
    const rn_config *config = session->config;
    return rn_evaluate_batch(session, config->train.eval_batch ? config->train.eval_batch
                                                               : config->train.batch);
}

static rn_status add_plans(rn_session *session, rn_pass pass, int64_t batch)
{
    rn_pass_plans *plans = NULL;
    if (batch == 0 || rn_session_find(session, pass, batch))
        return RN_OK;
    return rn_session_add(session, pass, batch, false, &plans);
}

/* The last batch of evaluation: whole, or the part that all ranks share and what it leaves. */
static rn_status add_last(rn_session *session, rn_pass pass, int64_t count)
{
    int64_t all = rn_session_is_shared(session) && !rn_pass_trains(pass) ? session->shared.all : 1;
    rn_status status = add_plans(session, pass, count - count % all);
    return status ? status : add_plans(session, pass, count % all);
}

rn_status rn_evaluate_plans(rn_session *session, rn_pass pass, const rn_source *source)
{
    const rn_config *config = session->config;
    bool trains = pass == RN_PASS_TRAIN;
    int64_t count = source->dataset->count;
    int64_t batch = trains ? config->train.batch : eval_batch(session);
    *(trains ? &session->train_bytes : &session->evaluation_bytes) =
        rn_source_byte_values(source) != NULL;
    rn_status status = count >= batch ? add_plans(session, pass, batch) : RN_OK;
    if (status)
        return status;
    if (count % batch && !(trains && config->train.drop_last))
        status = add_last(session, pass, count % batch);
    if (status || trains || config->data.on_error != RN_ON_ERROR_SKIP)
        return status;
    return add_plans(session, pass, 1);
}

static rn_share share_of(const rn_session *session)
{
    const rn_world *world = rn_world_get();
    if (!rn_session_is_shared(session))
        return (rn_share){ 0 };
    return (rn_share){ world->process, world->n_processes, session->shared.all };
}

rn_loader_params rn_evaluate_loader(const rn_session *session, const rn_source *source,
                                    rn_skipped *skipped)
{
    return (rn_loader_params){ .source = source,
                               .batch = eval_batch(session),
                               .batch_key = "train.eval_batch",
                               .bytes = rn_session_takes_bytes(session, false),
                               .seed = (uint64_t)session->config->run.seed,
                               .workers = rn_session_workers(session),
                               .memory = rn_pinned_of(session),
                               .share = share_of(session),
                               .agree = rn_agree_left_out,
                               .skipped = skipped ? rn_skipped_add : NULL,
                               .context = skipped };
}

static rn_status look(const rn_evaluation_view *view, const rn_steps *steps)
{
    if (!view)
        return RN_OK;
    return view->batch(view->context, &steps->batch, steps->session->probabilities);
}

static rn_status evaluate(rn_session *session, rn_pass pass, const rn_source *source,
                          rn_skipped *skipped, const rn_evaluation_view *view,
                          rn_evaluation *result)
{
    rn_steps steps = { .session = session, .pass = pass };
    rn_loader_params params = rn_evaluate_loader(session, source, skipped);
    const rn_step_params nothing = { 0 };
    double loss_sum = 0;
    int64_t n_correct = 0, n_images = 0;
    uint64_t start = rn_host_table()->time_ns();
    rn_status status = rn_statistics_settle(session);
    if (!status)
        status = rn_loader_create(&params, &steps.loader);
    rn_world_busy(NULL);
    while (!status && !rn_interrupt_signal()) {
        rn_step_result step;
        status = rn_step_next(&steps, &nothing, &step);
        if (status || steps.batch.count == 0)
            break;
        status = isfinite(step.loss) ? look(view, &steps) : RN_E_DIVERGED;
        if (status == RN_E_DIVERGED)
            status = rn_diagnose(session, &steps.batch, &nothing, steps.pass);
        loss_sum += step.loss * (double)steps.batch.count;
        n_correct += step.n_correct;
        n_images += steps.batch.count;
        bool saves = false;
        if (!status)
            status = rn_agree_step(&saves);
    }
    rn_loader_destroy(steps.loader);
    if (!status && rn_interrupt_signal())
        status = rn_fail(RN_E_INTERRUPTED, "interrupted");
    if (status)
        return status;
    if (n_images == 0)
        return rn_fail(RN_E_DATA, "%s: no image could be read", source->dataset->folder);
    double seconds = (double)(rn_host_table()->time_ns() - start) * 1e-9;
    *result = (rn_evaluation){ .loss = loss_sum / (double)n_images,
                               .top1 = (double)n_correct / (double)n_images,
                               .n_images = n_images,
                               .images_per_s = (double)n_images / seconds };
    return RN_OK;
}

rn_status rn_evaluate(rn_session *session, const rn_source *source, rn_skipped *skipped,
                      const rn_evaluation_view *view, rn_evaluation *result)
{
    return evaluate(session, RN_PASS_EVALUATE, source, skipped, view, result);
}

rn_status rn_evaluate_average(rn_session *session, const rn_source *source, rn_skipped *skipped,
                              rn_evaluation *result)
{
    *result = (rn_evaluation){ .loss = NAN, .top1 = NAN };
    if (session->config->train.ema_decay == 0)
        return RN_OK;
    return evaluate(session, RN_PASS_EVALUATE_AVERAGE, source, skipped, NULL, result);
}
