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

rn_status rn_evaluate_check(const rn_config *config, const rn_dataset *dataset)
{
    if (dataset->channels != config->network.channels)
        return rn_fail(RN_E_CONFIG,
                       "%s: network.input.channels is %lld, but the images of %s have "
                       "%lld",
                       config->path, (long long)config->network.channels, dataset->folder,
                       (long long)dataset->channels);
    if (dataset->n_classes > config->network.classes)
        return rn_fail(RN_E_CONFIG,
                       "%s: network.classes is %lld, but the data of %s have %lld classes",
                       config->path, (long long)config->network.classes, dataset->folder,
                       (long long)dataset->n_classes);
    return RN_OK;
}

rn_status rn_evaluate_plans_for(rn_session *session, rn_pass pass, int64_t count, int64_t batch,
                                bool drop_last)
{
    rn_pass_plans *plans = NULL;
    if (count >= batch) {
        rn_status status = rn_session_add(session, pass, batch, false, &plans);
        if (status)
            return status;
    }
    if (count % batch == 0 || drop_last)
        return RN_OK;
    return rn_session_add(session, pass, count % batch, false, &plans);
}

rn_status rn_evaluate_add_plans(rn_session *session, const rn_dataset *dataset)
{
    return rn_evaluate_plans_for(session, RN_PASS_EVALUATE, dataset->count,
                                 eval_batch(session->config), false);
}

rn_loader_params rn_evaluate_loader(const rn_config *config, const rn_dataset *dataset)
{
    return (rn_loader_params){ .dataset = dataset,
                               .height = config->network.height,
                               .width = config->network.width,
                               .mean = config->data.mean,
                               .std = config->data.std,
                               .n_mean = config->data.n_mean,
                               .n_std = config->data.n_std,
                               .batch = eval_batch(config),
                               .batch_key = "train.eval_batch" };
}

rn_status rn_evaluate(rn_session *session, const rn_dataset *dataset, rn_evaluation *result)
{
    rn_steps steps = { .session = session, .pass = RN_PASS_EVALUATE };
    rn_loader_params params = rn_evaluate_loader(session->config, dataset);
    const rn_step_params nothing = { 0 };
    double loss_sum = 0;
    int64_t n_correct = 0, n_images = 0;
    uint64_t start = rn_host_table()->time_ns();
    rn_status status = rn_loader_create(&params, &steps.loader);
    while (!status) {
        rn_step_result step;
        status = rn_step_next(&steps, &nothing, &step);
        if (status || steps.batch.count == 0)
            break;
        if (!isfinite(step.loss))
            status = rn_diagnose(session, &steps.batch, &nothing, steps.pass);
        else if (rn_interrupt_signal())
            status = rn_fail(RN_E_INTERRUPTED, "interrupted");
        loss_sum += step.loss * (double)steps.batch.count;
        n_correct += step.n_correct;
        n_images += steps.batch.count;
    }
    rn_loader_destroy(steps.loader);
    if (status)
        return status;
    double seconds = (double)(rn_host_table()->time_ns() - start) * 1e-9;
    *result = (rn_evaluation){ .loss = loss_sum / (double)n_images,
                               .accuracy = (double)n_correct / (double)n_images,
                               .n_images = n_images,
                               .images_per_s = (double)n_images / seconds };
    return RN_OK;
}
