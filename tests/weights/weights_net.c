/* weights_net.c: runs the network of a file of weights. */
#include "weights/weights_net.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "train/model.h"
#include "weights/describe.h"
#include "weights/open.h"

static rn_status make_session(net_trial *trial, rn_weights *weights, const char *cfg, int64_t batch)
{
    const rn_model_choice choice = { .path = weights->path, .opened = weights };
    trial->config = net_config_text(weights->path, cfg, trial->backend);
    if (!trial->config || !net_registry())
        return rn_fail(RN_E_CONFIG, "no cfg");
    rn_status status = rn_session_open_first(trial->config, net_registry(), &trial->session);
    if (status)
        return status;
    status = rn_session_add(trial->session, RN_PASS_EVALUATE, batch, true, &trial->evaluate);
    return status ? status : rn_model_bind(trial->session, &choice);
}

rn_status weights_net_open(net_trial *trial, const op_backend *backend, const char *path,
                           int64_t batch)
{
    rn_weights *weights = NULL;
    const char *cfg = NULL;
    *trial = (net_trial){ .backend = backend };
    rn_status status = rn_weights_open(path, NULL, &weights);
    if (status)
        return status;
    status = rn_weights_describe(weights, &cfg);
    if (!status)
        status = make_session(trial, weights, cfg, batch);
    rn_weights_close(weights);
    return status;
}

float *weights_net_scores(net_trial *trial, const float *images)
{
    rn_plan *plan = trial->evaluate->by_rank[0];
    int64_t batch = trial->evaluate->batch;
    int32_t *labels = calloc((size_t)batch, sizeof *labels);
    const rn_batch given = { .images = images, .labels = labels, .count = batch };
    rn_step_result result;
    rn_status status = labels ? RN_OK : RN_E_NOMEM;
    if (!status)
        status =
            rn_step_run(trial->session, trial->evaluate, &given, &(rn_step_params){ 0 }, &result);
    op_check(!status, "the step: %s", rn_fail_text());
    float *scores = status ? NULL : net_download(trial, plan, plan->dag->logits, "logits");
    free(labels);
    return scores;
}

void weights_net_check(const op_backend *backend, const char *path, const rn_named_tensor *x,
                       const rn_named_tensor *scores, double limit)
{
    net_trial trial;
    if (op_accepted(backend, weights_net_open(&trial, backend, path, x->shape[0]), path)) {
        const rn_tensor_desc *images = &trial.evaluate->by_rank[0]->dag->images->desc;
        bool fits = x->dtype == RN_F32 && memcmp(images->shape, x->shape, sizeof x->shape) == 0 &&
                    scores->dtype == RN_F32 &&
                    net_count(scores) == x->shape[0] * trial.config->network.classes;
        op_check(fits, "%s: it takes images %s", path, RN_DESC_STRING(images));
        float *found = fits ? weights_net_scores(&trial, x->data) : NULL;
        if (found)
            net_compare(&trial, scores, found, limit, 0);
        free(found);
    }
    net_close(&trial);
}
