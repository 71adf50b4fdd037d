/* session.c: the stages in their order, and one step. */
#include <stdlib.h>
#include <string.h>
#include "autodiff.h"
#include "fold.h"
#include "fuse.h"
#include "net.h"
#include "optim.h"
#include "session.h"
#include "status.h"

rn_status rn_session_open(const rn_config *config, rn_registry *registry, rn_session **out)
{
    rn_session *session = calloc(1, sizeof *session);
    if (!session)
        return rn_fail(RN_E_NOMEM, "no memory for the session");
    session->config = config;
    session->registry = registry;
    rn_device_params params = { .backend = config->backend.name, .device = config->backend.device,
                                .threads = (int32_t)config->run.threads,
                                .precision = rn_precision_of(config->backend.precision),
                                .deterministic = config->backend.deterministic,
                                .convolution = rn_convolution_of(config->backend.convolution),
                                .tuning = rn_tuning_of(config->backend.tune) };
    rn_status status = rn_device_open(registry, &params, &session->device);
    if (status)
        rn_session_close(session);
    else
        *out = session;
    return status;
}

void rn_session_close(rn_session *session)
{
    if (!session)
        return;
    for (int32_t i = 0; i < session->n_plans; i++)
        rn_plan_destroy(session->plans[i]);
    rn_store_destroy(session->store);
    if (session->arena)
        session->device->backend->buffer_destroy(session->device->context, session->arena);
    rn_device_close(session->device);
    free(session->probabilities);
    free(session);
}

/* Values that the host reads after a step. */
static void pin(rn_dag *dag, bool keep_all)
{
    rn_value *wanted[] = { dag->loss, dag->probabilities, dag->loss_scale };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i])
            wanted[i]->pinned = true;
    for (int32_t i = 0; keep_all && i < dag->n_values; i++)
        dag->values[i]->pinned = true;
}

/* Half precision has too few small numbers for gradients as they are. */
static bool scales_loss(const rn_config *config)
{
    return rn_precision_of(config->backend.precision) == RN_PRECISION_FP16;
}

/* Stages build, differentiate and update. */
static rn_status make_graph(rn_session *session, rn_pass pass, int64_t batch, rn_dag **out)
{
    rn_dag *dag = NULL;
    rn_device *device = session->device;
    rn_net_params params = { .config = session->config, .registry = session->registry,
                             .batch = batch,
                             .training = pass == RN_PASS_TRAIN || pass == RN_PASS_EXAMINE,
                             .has_labels = pass != RN_PASS_PREDICT };
    rn_status status = rn_device_mask_dtype(device, &params.mask_dtype);
    if (!status)
        status = rn_net_build(&params, &dag);
    if (!status && !params.training)
        status = rn_fold_norm(dag, device);
    if (!status && !params.training)
        status = rn_fuse_conv(dag, device);
    if (!status && pass != RN_PASS_EXAMINE)
        status = rn_fuse_norm(dag, device);
    if (!status && pass == RN_PASS_TRAIN && scales_loss(session->config))
        status = rn_optim_scale_loss(dag);
    if (!status && pass == RN_PASS_TRAIN)
        status = rn_autodiff_append(dag, dag->loss, NULL);
    if (!status && pass == RN_PASS_TRAIN)
        status = rn_optim_append(dag, session->config);
    if (status)
        rn_dag_destroy(dag);
    else
        *out = dag;
    return status;
}

rn_status rn_session_add(rn_session *session, rn_pass pass, int64_t batch, bool keep_all,
                         rn_plan **out)
{
    rn_dag *dag = NULL;
    rn_plan *plan = NULL;
    if (session->n_plans == RN_MAX_PLANS)
        return rn_fail(RN_E_NOMEM, "a session has at most %d plans", RN_MAX_PLANS);
    rn_status status = make_graph(session, pass, batch, &dag);
    if (status)
        return status;
    pin(dag, keep_all);
    status = rn_plan_create(session->device, dag, &plan);
    if (status)
        return status;
    plan->pass = (int32_t)pass;
    session->plans[session->n_plans++] = plan;
    if (plan->memory->arena_bytes > session->arena_bytes)
        session->arena_bytes = plan->memory->arena_bytes;
    if (batch > session->largest_batch)
        session->largest_batch = batch;
    *out = plan;
    return RN_OK;
}

rn_status rn_session_bind(rn_session *session)
{
    const rn_device *device = session->device;
    size_t n_probabilities =
        (size_t)session->largest_batch * (size_t)session->config->network.classes;
    session->probabilities = calloc(n_probabilities, sizeof *session->probabilities);
    if (!session->probabilities)
        return rn_fail(RN_E_NOMEM, "no memory for the probabilities");
    rn_status status = rn_store_create(session->device, session->plans[0]->dag, &session->store);
    if (!status)
        status =
            device->backend->buffer_create(device->context, session->arena_bytes, &session->arena);
    if (status)
        return rn_fail_at(status, "backend %s", device->label);
    for (int32_t i = 0; i < session->n_plans && !status; i++)
        status = rn_plan_bind(session->plans[i], session->store, session->arena);
    return status;
}

rn_plan *rn_session_plan(const rn_session *session, rn_pass pass, int64_t batch)
{
    for (int32_t i = 0; i < session->n_plans; i++) {
        rn_plan *plan = session->plans[i];
        if (plan->pass == (int32_t)pass && plan->dag->images->desc.shape[0] == batch)
            return plan;
    }
    return NULL;
}

rn_status rn_session_upload(rn_plan *plan, const rn_batch *batch, const rn_step_params *params)
{
    const rn_dag *dag = plan->dag;
    const float learning_rate = (float)params->learning_rate;
    const float loss_scale[2] = { params->loss_scale > 0 ? (float)params->loss_scale : 1, 0 };
    const int32_t random[2] = { (int32_t)params->seed, (int32_t)params->step };
    rn_status status = rn_plan_upload(plan, dag->images, batch->images);
    if (!status && dag->labels)
        status = rn_plan_upload(plan, dag->labels, batch->labels);
    if (!status && dag->learning_rate)
        status = rn_plan_upload(plan, dag->learning_rate, &learning_rate);
    if (!status && dag->loss_scale)
        status = rn_plan_upload(plan, dag->loss_scale, loss_scale);
    if (!status && dag->random)
        status = rn_plan_upload(plan, dag->random, random);
    return status;
}

static int64_t count_correct(const float *probabilities, const int32_t *labels, int64_t n,
                             int64_t n_classes)
{
    int64_t n_correct = 0;
    for (int64_t i = 0; i < n; i++) {
        const float *row = probabilities + i * n_classes;
        int64_t best = 0;
        for (int64_t k = 1; k < n_classes; k++)
            if (row[k] > row[best])
                best = k;
        n_correct += best == labels[i];
    }
    return n_correct;
}

rn_status rn_session_step(rn_session *session, rn_plan *plan, const rn_batch *batch,
                          const rn_step_params *params, rn_step_result *result)
{
    const rn_dag *dag = plan->dag;
    float loss = 0, loss_scale[2] = { 0 };
    rn_status status = rn_session_upload(plan, batch, params);
    if (!status)
        status = rn_plan_run(plan);
    if (!status)
        status = rn_plan_download(plan, dag->probabilities, session->probabilities);
    if (!status && dag->loss)
        status = rn_plan_download(plan, dag->loss, &loss);
    if (!status && dag->loss_scale)
        status = rn_plan_download(plan, dag->loss_scale, loss_scale);
    if (status)
        return status;
    result->loss = (double)loss;
    result->overflowed = loss_scale[1] != 0;
    result->n_correct = !dag->labels
                            ? 0
                            : count_correct(session->probabilities, batch->labels, batch->count,
                                            session->config->network.classes);
    return RN_OK;
}
