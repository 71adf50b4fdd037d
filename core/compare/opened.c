/* opened.c: the session of a side. */
#include "compare/opened.h"

#include "base/json.h"
#include "base/status.h"
#include "plan/algorithms.h"

/* Of a training step in half precision: in the middle between gradients of 2^-24 and of 65504. */
#define LOSS_SCALE 1024.0

rn_status rn_opened_open(const rn_config *config, rn_registry *registry,
                         const rn_compare_options *options, const rn_batch *batch,
                         rn_opened_for use, rn_opened *opened)
{
    bool trains = options->phase != RN_COMPARE_INFER;
    *opened = (rn_opened){ .batch = batch };
    rn_status status = rn_session_open(config, registry, &opened->session);
    if (status)
        return status;
    rn_session *session = opened->session;
    session->batch_option = "--batch";
    session->show_all = use != RN_OPENED_STEPS;
    session->unmerged = use == RN_OPENED_REFERENCE;
    status = rn_session_add(session, trains ? RN_PASS_TRAIN : RN_PASS_EVALUATE, batch->count, false,
                            &opened->plans);
    if (!status)
        status = rn_session_bind(session);
    if (!status)
        status = rn_model_start(session, &options->model);
    return status || !trains ? status : rn_kept_save(session->store, &opened->start);
}

void rn_opened_close(rn_opened *opened)
{
    rn_kept_destroy(opened->start);
    rn_session_close(opened->session);
    *opened = (rn_opened){ 0 };
}

rn_status rn_opened_rewind(rn_opened *opened, const rn_kept *state)
{
    state = state ? state : opened->start;
    return state ? rn_kept_restore(state, opened->session->store) : RN_OK;
}

rn_step_params rn_opened_params(const rn_config *config, int64_t step)
{
    return (rn_step_params){ .learning_rate = config->train.learning_rate,
                             .loss_scale = LOSS_SCALE,
                             .n_updates = step,
                             .average_decay = config->train.ema_decay,
                             .seed = (uint32_t)config->run.seed,
                             .step = (uint32_t)step };
}

rn_status rn_opened_steps(rn_opened *opened, int64_t n, double *losses)
{
    rn_step_result result = { 0 };
    rn_status status = RN_OK;
    for (int64_t i = 0; i < n && !status; i++) {
        const rn_step_params params = rn_opened_params(opened->session->config, i);
        status = rn_step_run(opened->session, opened->plans, opened->batch, &params, &result);
        if (losses)
            losses[i] = result.loss;
    }
    return status;
}

rn_status rn_opened_about(const rn_opened *opened, json_t **about)
{
    const rn_device *device = opened->session->ranks[0].device;
    json_t *algorithms = NULL;
    rn_status status = rn_algorithms_json(opened->plans->by_rank[0], &algorithms);
    if (status)
        return status;
    json_decref(*about);
    *about =
        json_pack("{s:o, s:o, s:o, s:s, s:o}", "backend", rn_json_text(device->label), "device",
                  rn_json_text(device->info.name), "library", rn_json_text(device->info.library),
                  "precision", rn_config_word(opened->session->config, "backend.precision"),
                  "algorithms", algorithms);
    return *about ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the comparison");
}
