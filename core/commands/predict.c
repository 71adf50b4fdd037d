/* predict.c: what a trained network says about pictures. */
#include "commands/predict.h"

#include <stdio.h>

#include "base/finite.h"
#include "base/interrupt.h"
#include "base/status.h"
#include "report/labels.h"
#include "train/caching.h"
#include "train/diagnose.h"
#include "train/evaluate.h"
#include "train/step.h"

/* Prints the labels of a batch; `maker` decodes the pictures anew, to draw them. */
static rn_status print_labels(rn_session *session, rn_maker *maker, const rn_batch *batch,
                              bool json)
{
    int64_t n_classes = session->config->network.classes;
    if (!rn_all_finite(session->probabilities, batch->count * n_classes))
        return RN_E_DIVERGED;
    for (int64_t i = 0; i < batch->count; i++) {
        rn_labelled image = { .dataset = session->data,
                              .index = batch->samples[i],
                              .truth = batch->labels[i],
                              .probabilities = session->probabilities + i * n_classes,
                              .n_classes = n_classes };
        rn_status status = RN_OK;
        if (!json && rn_labels_draws(session->data))
            status = rn_maker_look(maker, image.index, &image.picture);
        if (!status)
            status = rn_labels_print(stdout, &image, json);
        if (status)
            return status;
    }
    return RN_OK;
}

static rn_status label_images(rn_session *session, const rn_source *source, rn_maker *maker,
                              bool json)
{
    rn_steps steps = { .session = session, .pass = RN_PASS_PREDICT };
    rn_skipped *skipped = NULL;
    const rn_step_params nothing = { 0 };
    rn_status status = rn_skipped_open(NULL, false, &skipped);
    if (status)
        return status;
    const rn_loader_params params = rn_evaluate_loader(session, source, skipped);
    status = rn_loader_create(&params, &steps.loader);
    while (!status && !rn_interrupt_signal()) {
        rn_step_result result;
        status = rn_step_next(&steps, &nothing, &result);
        if (status || steps.batch.count == 0)
            break;
        status = print_labels(session, maker, &steps.batch, json);
        if (status == RN_E_DIVERGED)
            status = rn_diagnose(session, &steps.batch, &nothing, steps.pass);
    }
    rn_loader_destroy(steps.loader);
    rn_skipped_close(skipped);
    return status;
}

rn_status rn_predict(const rn_config *config, rn_registry *registry, const rn_run_options *options)
{
    rn_source *images = NULL;
    rn_session *session = NULL;
    rn_maker *maker = NULL;
    rn_status status = rn_model_open(config, registry, options->count, &session, &images);
    if (status)
        goto done;
    status = rn_evaluate_plans(session, RN_PASS_PREDICT, images);
    if (status)
        goto done;
    status = rn_model_bind(session, &options->model);
    if (status || options->dry_run)
        goto done;
    status = rn_caching_start(images, options->quiet || options->json);
    if (status)
        goto done;
    status = rn_maker_create(images, 0, &maker);
    if (status)
        goto done;
    status = label_images(session, images, maker, options->json);
done:
    rn_maker_destroy(maker);
    rn_session_close(session);
    rn_source_close(images);
    return status;
}
