/* session.c: a network on its devices.
 *
 * A session is opened on the devices that the cfg names. Each pass that is added is built
 * (build.c) and planned for every device that takes part. Binding then allocates the kept tensors
 * and the arenas and prepares the kernels. From there on step.c runs the passes. */
#include "train/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/start.h"
#include "base/status.h"
#include "device/calls.h"
#include "plan/fit.h"
#include "train/parts.h"
#include "world/world.h"

/* ---- Opening and closing ---- */

static void destroy_plans(rn_session *session)
{
    for (int32_t i = 0; i < session->n_passes; i++) {
        for (int32_t rank = 0; rank < session->passes[i].n_ranks; rank++)
            rn_plan_destroy(session->passes[i].by_rank[rank]);
        free(session->passes[i].targets);
    }
    session->n_passes = 0;
}

/* A recording on one device may refer to the others, so the plans of all ranks go before the first
 * device is closed. */
void rn_session_close(rn_session *session)
{
    if (!session)
        return;
    rn_team_close(session->team);
    destroy_plans(session);
    rn_store_destroy(session->store);
    for (int32_t i = session->n_ranks - 1; i >= 0; i--) {
        const rn_rank *rank = &session->ranks[i];
        if (rank->arena)
            rank->device->backend->buffer_destroy(rank->device->context, rank->arena);
        rn_device_close(rank->device);
    }
    free(session->ranks);
    free(session->probabilities);
    free(session->label);
    free(session);
}

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the session");
}

static rn_status open_device(rn_session *session, const char *name, rn_device **out)
{
    const rn_config *config = session->config;
    rn_device_params params = { .backend = config->backend.name,
                                .device = name,
                                .threads = rn_ranks_threads(config),
                                .precision = config->backend.precision,
                                .deterministic = config->backend.deterministic,
                                .strict = config->backend.strict,
                                .convolution = config->backend.convolution,
                                .tuning = config->backend.tune };
    return rn_device_open(session->registry, &params, out);
}

/* The name of the next rank's device, to be freed. */
static rn_status name_device(const rn_session *session, int32_t n_listed, char **name)
{
    const rn_config *config = session->config;
    const char *text = config->backend.device;
    const rn_backend *backend = NULL;
    rn_status status = RN_OK;
    if (!*text) {
        status = rn_registry_backend(session->registry, config->backend.name, &backend);
        *name = status ? NULL : rn_ranks_device(backend);
    } else {
        *name = n_listed > 1 ? rn_device_list_name(text, session->n_ranks) : strdup(text);
    }
    return status || *name ? status : no_memory();
}

/* Opens the next rank's device, one of the `n_listed` that the cfg names. */
static rn_status open_next(rn_session *session, int32_t n_listed)
{
    rn_rank *rank = &session->ranks[session->n_ranks];
    char *name = NULL;
    rn_status status = name_device(session, n_listed, &name);
    if (!status)
        status = open_device(session, name, &rank->device);
    free(name);
    if (!status)
        session->n_ranks++;
    return status;
}

/* Joins the opened devices and starts their threads. */
static rn_status open_team(rn_session *session)
{
    rn_device *devices[RN_MAX_RANKS];
    for (int32_t i = 0; i < session->n_ranks; i++)
        devices[i] = session->ranks[i].device;
    rn_status status =
        rn_ranks_settle(session->config, devices, session->n_ranks, &session->shared);
    if (status || session->shared.all == 1)
        return status;
    status = rn_team_open(&session->shared, &session->team);
    session->shared.devices = NULL;
    return status ? rn_fail_at(status, "backend %s", session->label) : RN_OK;
}

/* Opens `n` of the devices that the cfg lists. */
static rn_status open_listed(rn_session *session, int32_t n, int32_t n_listed)
{
    const char *backend = session->config->backend.name, *text = session->config->backend.device;
    rn_status status = open_next(session, n_listed);
    if (status)
        return status;
    size_t size = strlen(backend) + strlen(text) + 2;
    session->label = n > 1 ? malloc(size) : strdup(session->ranks[0].device->label);
    if (!session->label)
        return no_memory();
    if (n > 1)
        snprintf(session->label, size, "%s:%s", backend, text);
    while (!status && session->n_ranks < n)
        status = open_next(session, n_listed);
    return status;
}

static rn_status open_devices(rn_session *session, bool first_only, int32_t n_listed)
{
    session->shared = (rn_ranks){ .n = 1, .all = 1, .norm_group = 1 };
    rn_world_busy("opens its devices");
    rn_stage before = rn_start_enter(RN_STAGE_DEVICE);
    rn_status status = open_listed(session, first_only ? 1 : n_listed, n_listed);
    if (!status && !first_only)
        status = open_team(session);
    rn_start_enter(before);
    return status;
}

static rn_status open_session(const rn_config *config, rn_registry *registry, bool first_only,
                              rn_session **out)
{
    int32_t n_listed = 1;
    rn_status status = rn_device_list(config->backend.device, &n_listed);
    if (status)
        return rn_fail_at(status, "backend %s", config->backend.name);
    rn_session *session = calloc(1, sizeof *session);
    if (!session)
        return no_memory();
    session->config = config;
    session->registry = registry;
    session->ranks = calloc((size_t)n_listed, sizeof *session->ranks);
    status = session->ranks ? open_devices(session, first_only, n_listed) : no_memory();
    if (status)
        rn_session_close(session);
    else
        *out = session;
    return status;
}

rn_status rn_session_open(const rn_config *config, rn_registry *registry, rn_session **out)
{
    return open_session(config, registry, false, out);
}

rn_status rn_session_open_first(const rn_config *config, rn_registry *registry, rn_session **out)
{
    return open_session(config, registry, true, out);
}

/* ---- Passes ---- */

/* The devices cannot share this training batch. */
static rn_status refuse_batch(const rn_session *session, int64_t batch)
{
    const rn_config *config = session->config;
    int32_t n = session->shared.all;
    if (batch == config->train.batch)
        return rn_fail(RN_E_CONFIG,
                       "%s: train.batch is %lld, which the %d devices of %s cannot "
                       "share evenly; make it a multiple of %d",
                       config->path, (long long)batch, n, session->label, n);
    return rn_fail(RN_E_CONFIG,
                   "%s: the %d devices of %s cannot share a batch of %lld images "
                   "evenly; make it a multiple of %d, or, where it is the last and smaller one of "
                   "an epoch, leave it out by train.drop_last = true",
                   config->path, n, session->label, (long long)batch, n);
}

static rn_status choose_bytes(const rn_session *session, rn_pass pass, bool *bytes)
{
    *bytes = rn_pass_is_training(pass) ? session->train_bytes : session->evaluation_bytes;
    return *bytes ? rn_device_takes_bytes(session->ranks[0].device, bytes) : RN_OK;
}

static rn_status plan_rank(const rn_session *session, rn_pass_plans *plans, int32_t rank,
                           bool keep_all)
{
    rn_device *device = session->ranks[rank].device;
    rn_dag *dag = NULL;
    bool bytes;
    rn_status status = choose_bytes(session, plans->pass, &bytes);
    if (status)
        return status;
    const rn_build_params params = { .config = session->config,
                                     .registry = session->registry,
                                     .device = device,
                                     .pass = plans->pass,
                                     .batch = plans->batch / plans->n_all / plans->n_parts,
                                     .size = plans->size,
                                     .rank = plans->n_all > 1 ? session->shared.first + rank : 0,
                                     .n_ranks = plans->n_all,
                                     .norm_group = session->shared.norm_group,
                                     .keep_all = keep_all,
                                     .show_all = session->show_all,
                                     .unmerged = session->unmerged,
                                     .apart = session->apart,
                                     .bytes = bytes,
                                     .reuses_images = !session->resident &&
                                                      !rn_pass_is_training(session->passes[0].pass),
                                     .soft_labels = session->soft_labels,
                                     .outputs = session->outputs,
                                     .n_outputs = session->n_outputs,
                                     .births = session->births };
    rn_stage before = rn_start_enter(RN_STAGE_GRAPH);
    status = rn_build_graph(&params, &dag);
    rn_start_enter(RN_STAGE_PLAN);
    if (!status)
        status = rn_plan_create(device, dag, &plans->by_rank[rank]);
    rn_start_enter(before);
    if (status)
        return status;
    plans->by_rank[rank]->averaged = plans->pass == RN_PASS_EVALUATE_AVERAGE;
    rn_plan_log_created(plans->by_rank[rank]);
    return RN_OK;
}

/* Makes room for the targets of a pass that takes them. */
static rn_status create_targets(const rn_session *session, rn_pass_plans *plans)
{
    if (!session->soft_labels || !rn_pass_trains(plans->pass))
        return RN_OK;
    size_t count = (size_t)plans->batch * (size_t)session->config->network.classes;
    plans->targets = calloc(count, sizeof *plans->targets);
    return plans->targets ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the targets");
}

/* Does it evaluate alone, so that nothing but probabilities and losses is asked for? */
static bool may_part(const rn_session *session)
{
    bool shows = session->show_all || session->unmerged || session->n_outputs;
    return !shows && !session->resident && session->shared.all == 1 &&
           !rn_pass_is_training(session->passes[0].pass);
}

rn_status rn_session_add(rn_session *session, rn_pass pass, int64_t batch, bool keep_all,
                         rn_pass_plans **out)
{
    bool is_even = batch % session->shared.all == 0;
    if (!is_even && rn_pass_trains(pass))
        return refuse_batch(session, batch);
    if (session->n_passes == RN_MAX_PASSES)
        return rn_fail(RN_E_NOMEM, "a session has at most %d passes", RN_MAX_PASSES);
    if (session->n_passes == 0 && session->shared.all > 1 && rn_pass_trains(pass)) {
        rn_status settled = rn_ranks_train(session->config, &session->shared, session->label);
        if (settled)
            return settled;
    }
    rn_pass_plans *plans = &session->passes[session->n_passes++];
    *plans = (rn_pass_plans){ .pass = pass,
                              .batch = batch,
                              .size = rn_session_size(session, pass),
                              .n_all = is_even ? session->shared.all : 1,
                              .n_ranks = is_even ? session->n_ranks : 1 };
    plans->n_parts = keep_all || !may_part(session)
                         ? 1
                         : rn_parts_of(session->config, session->ranks[0].device, batch);
    rn_status status = create_targets(session, plans);
    for (int32_t rank = 0; rank < plans->n_ranks && !status; rank++)
        status = plan_rank(session, plans, rank, keep_all);
    if (!status)
        *out = plans;
    return status;
}

void rn_session_drop(rn_session *session)
{
    destroy_plans(session);
}

/* ---- Binding ---- */

/* The pass whose plan on this rank has the largest arena; NULL: the rank has no plan. */
static const rn_pass_plans *largest_pass(const rn_session *session, int32_t rank)
{
    const rn_pass_plans *largest = NULL;
    uint64_t most = 0;
    for (int32_t i = 0; i < session->n_passes; i++) {
        const rn_pass_plans *plans = &session->passes[i];
        const rn_plan *plan = plans->by_rank[rank];
        if (!plan || (largest && plan->memory->arena_bytes <= most))
            continue;
        largest = plans;
        most = plan->memory->arena_bytes;
    }
    return largest;
}

/* The option or key that sets the batch of a pass. */
static const char *batch_key(const rn_session *session, const rn_pass_plans *plans)
{
    if (session->batch_option)
        return session->batch_option;
    return rn_pass_trains(plans->pass) ? "train.batch" : "train.eval_batch";
}

/* Allocates a rank's arena, large enough for each of its plans. */
static rn_status create_arena(rn_session *session, int32_t i)
{
    rn_rank *rank = &session->ranks[i];
    const rn_device *device = rank->device;
    const rn_pass_plans *largest = largest_pass(session, i);
    uint64_t bytes = largest ? largest->by_rank[i]->memory->arena_bytes : 0;
    if (!bytes)
        return RN_OK;
    rn_status status = rn_device_buffer(device, bytes, &rank->arena);
    if (status == RN_E_NOMEM)
        rn_fit_advise(largest->by_rank[i], largest->batch, batch_key(session, largest));
    return status ? rn_fail_at(status, "backend %s", device->label) : RN_OK;
}

static rn_status bind_rank(rn_session *session, int32_t rank)
{
    bool spends = session->spends && session->n_passes == 1 && session->shared.all == 1;
    rn_status status = create_arena(session, rank);
    for (int32_t i = 0; i < session->n_passes && !status; i++) {
        rn_plan *plan = session->passes[i].by_rank[rank];
        if (!plan)
            continue;
        plan->spends = spends;
        status = rn_plan_bind(plan, session->store, rank, session->ranks[rank].arena);
        if (!status)
            rn_plan_log_bound(plan);
    }
    return status;
}

static rn_status create_store(rn_session *session)
{
    rn_device *devices[RN_MAX_RANKS];
    for (int32_t i = 0; i < session->n_ranks; i++)
        devices[i] = session->ranks[i].device;
    return rn_store_create(devices, session->n_ranks, session->passes[0].by_rank[0]->dag,
                           &session->store);
}

static rn_status create_probabilities(rn_session *session)
{
    int64_t largest_batch = 0;
    for (int32_t i = 0; i < session->n_passes; i++)
        if (session->passes[i].batch > largest_batch)
            largest_batch = session->passes[i].batch;
    size_t count = (size_t)largest_batch * (size_t)session->config->network.classes;
    session->probabilities = calloc(count, sizeof *session->probabilities);
    return session->probabilities ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the probabilities");
}

/* Binds one device after the other: the later ones reuse what a backend has found out on the
 * first. */
rn_status rn_session_bind(rn_session *session)
{
    rn_status status = rn_ranks_agree_plugins(session->registry);
    if (status)
        return status;
    rn_world_busy("prepares its kernels");
    rn_stage before = rn_start_enter(RN_STAGE_PREPARE);
    status = create_probabilities(session);
    if (!status)
        status = create_store(session);
    for (int32_t rank = 0; rank < session->n_ranks && !status; rank++)
        status = bind_rank(session, rank);
    rn_start_enter(before);
    return status;
}
