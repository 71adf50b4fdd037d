/* evaluate.c: runs a data set through the network without training it. */
#include "train/evaluate.h"

#include <math.h>

#include "base/interrupt.h"
#include "base/status.h"
#include "plugin/registry.h"
#include "train/diagnose.h"
#include "train/step.h"

static int64_t eval_batch(const rn_config *config)
{
    return config->train.eval_batch ? config->train.eval_batch : config->train.batch;
}

static rn_status add_plans(rn_session *session, rn_pass pass, int64_t batch)
{
    rn_pass_plans *plans = NULL;
    if (rn_session_find(session, pass, batch))
        return RN_OK;
    return rn_session_add(session, pass, batch, false, &plans);
}

rn_status rn_evaluate_plans(rn_session *session, rn_pass pass, const rn_source *source)
{
    const rn_config *config = session->config;
    bool trains = pass == RN_PASS_TRAIN;
    int64_t count = source->dataset->count;
    int64_t batch = trains ? config->train.batch : eval_batch(config);
    rn_status status = count >= batch ? add_plans(session, pass, batch) : RN_OK;
    if (status)
        return status;
    if (count % batch && !(trains && config->train.drop_last))
        status = add_plans(session, pass, count % batch);
    if (status || trains || config->data.on_error != RN_ON_ERROR_SKIP)
        return status;
    return add_plans(session, pass, 1);
}

rn_loader_params rn_evaluate_loader(const rn_session *session, const rn_source *source,
                                    rn_skipped *skipped)
{
    return (rn_loader_params){ .source = source,
                               .batch = eval_batch(session->config),
                               .batch_key = "train.eval_batch",
                               .seed = (uint64_t)session->config->run.seed,
                               .workers = rn_session_workers(session),
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
    rn_status status = rn_loader_create(&params, &steps.loader);
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
