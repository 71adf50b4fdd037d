/* session.c: the stages in their order, on every device. */
#include "train/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/net.h"
#include "graph/op.h"
#include "passes/autodiff.h"
#include "passes/fold.h"
#include "passes/fuse.h"
#include "passes/optim.h"
#include "passes/parallel.h"
#include "plan/fit.h"

/* ---- Opening ---- */

static void destroy_plans(rn_session *session)
{
    for (int32_t i = 0; i < session->n_plans; i++)
        rn_plan_destroy(session->plans[i]);
    session->n_plans = 0;
}

static void close_one(rn_session *session)
{
    destroy_plans(session);
    rn_store_destroy(session->store);
    if (session->arena)
        session->device->backend->buffer_destroy(session->device->context, session->arena);
    rn_device_close(session->device);
    free(session->probabilities);
    free(session->label);
    free(session->replicas);
    free(session);
}

/* All recordings of what the ranks do together are gone before the first of them is. */
void rn_session_close(rn_session *session)
{
    if (!session)
        return;
    int32_t n_replicas = session->replicas ? session->n_ranks - 1 : 0;
    rn_ranks_close(session->ranks);
    destroy_plans(session);
    for (int32_t i = 0; i < n_replicas; i++)
        if (session->replicas[i])
            destroy_plans(session->replicas[i]);
    for (int32_t i = 0; i < n_replicas; i++)
        if (session->replicas[i])
            close_one(session->replicas[i]);
    close_one(session);
}

static rn_status open_one(const rn_config *config, rn_registry *registry, const char *device,
                          rn_session **out)
{
    rn_session *session = calloc(1, sizeof *session);
    if (!session)
        return rn_fail(RN_E_NOMEM, "no memory for the session");
    session->config = config;
    session->registry = registry;
    session->n_ranks = 1;
    rn_device_params params = { .backend = config->backend.name,
                                .device = device,
                                .threads = (int32_t)config->run.threads,
                                .precision = rn_precision_of(config->backend.precision),
                                .deterministic = config->backend.deterministic,
                                .convolution = rn_convolution_of(config->backend.convolution),
                                .tuning = rn_tuning_of(config->backend.tune) };
    rn_status status = rn_device_open(registry, &params, &session->device);
    if (!status && !(session->label = strdup(session->device->label)))
        status = rn_fail(RN_E_NOMEM, "no memory for the session");
    if (status)
        close_one(session);
    else
        *out = session;
    return status;
}

/* Opens device `index` of the cfg's list. */
static rn_status open_listed(const rn_config *config, rn_registry *registry, int32_t index,
                             rn_session **out)
{
    char *name = rn_device_list_name(config->backend.device, index);
    rn_status status = name ? open_one(config, registry, name, out)
                            : rn_fail(RN_E_NOMEM, "no memory for the session");
    free(name);
    return status;
}

/* The label of all, the other ranks' sessions, and the threads. */
static rn_status open_ranks(rn_session *session, int32_t n)
{
    const rn_config *config = session->config;
    rn_device *devices[RN_MAX_RANKS] = { session->device };
    size_t size = strlen(config->backend.name) + strlen(config->backend.device) + 2;
    char *label = malloc(size);
    session->replicas = calloc((size_t)n, sizeof *session->replicas);
    if (!label || !session->replicas) {
        free(label);
        return rn_fail(RN_E_NOMEM, "no memory for the session");
    }
    snprintf(label, size, "%s:%s", config->backend.name, config->backend.device);
    free(session->label);
    session->label = label;
    session->n_ranks = n;
    if (!session->device->collective.size)
        return rn_fail(RN_E_UNSUPPORTED,
                       "backend %s works on one device at a time; give one, as "
                       "%s",
                       label, session->device->label);
    for (int32_t i = 1; i < n; i++) {
        rn_session **replica = &session->replicas[i - 1];
        rn_status status = open_listed(config, session->registry, i, replica);
        if (status)
            return status;
        (*replica)->rank = i;
        devices[i] = (*replica)->device;
    }
    rn_status status = rn_ranks_open(devices, n, &session->ranks);
    return status ? rn_fail_at(status, "backend %s", label) : RN_OK;
}

rn_status rn_session_open(const rn_config *config, rn_registry *registry, rn_session **out)
{
    int32_t n = 1;
    rn_session *session = NULL;
    rn_status status = rn_device_list(config->backend.device, &n);
    if (status)
        return rn_fail_at(status, "backend %s", config->backend.name);
    if (n == 1)
        return open_one(config, registry, config->backend.device, out);
    status = open_listed(config, registry, 0, &session);
    if (!status)
        status = open_ranks(session, n);
    if (status)
        rn_session_close(session);
    else
        *out = session;
    return status;
}

rn_status rn_session_open_first(const rn_config *config, rn_registry *registry, rn_session **out)
{
    int32_t n = 1;
    rn_status status = rn_device_list(config->backend.device, &n);
    if (status)
        return rn_fail_at(status, "backend %s", config->backend.name);
    return n == 1 ? open_one(config, registry, config->backend.device, out)
                  : open_listed(config, registry, 0, out);
}

/* ---- Plans ---- */

/* Values that the host reads after a step; and those that it writes for the next one while a step
 * is under way. */
static void pin(rn_dag *dag, bool keep_all)
{
    rn_value *wanted[] = { dag->loss, dag->probabilities, dag->loss_scale, dag->images,
                           dag->labels };
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

/* What a plan is to be. */
typedef struct wanted {
    rn_pass pass;
    int64_t batch; /* of this device */
    bool keep_all;
    bool is_shared; /* by several devices */
} wanted;

/* A batch norm that is trained takes the variance of each channel. */
static rn_status check_norms(const rn_session *session, const rn_dag *dag)
{
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_node *node = dag->nodes[i];
        const rn_tensor_desc *x = node->n_inputs ? &node->inputs[RN_BATCH_NORM_X]->desc : NULL;
        if (strcmp(node->op->name, "batch_norm") != 0 || rn_desc_count(x) > x->shape[1])
            continue;
        return rn_fail(RN_E_CONFIG,
                       "%s: %s: a batch of one image gives each channel one value, "
                       "and a batch norm that is trained needs more; give it more images, or, "
                       "where it is the last and smaller batch of an epoch, leave it out by "
                       "train.drop_last = true, or change train.batch or data.train_limit",
                       session->config->path, node->name);
    }
    return RN_OK;
}

/* The forward graph, with what can be merged in it. */
static rn_status make_forward(rn_session *session, const wanted *w, rn_dag **dag)
{
    rn_device *device = session->device;
    bool examines = w->pass == RN_PASS_EXAMINE_TRAIN || w->pass == RN_PASS_EXAMINE_EVALUATE;
    rn_net_params params = { .config = session->config,
                             .registry = session->registry,
                             .batch = w->batch,
                             .training =
                                 w->pass == RN_PASS_TRAIN || w->pass == RN_PASS_EXAMINE_TRAIN,
                             .has_labels = w->pass != RN_PASS_PREDICT };
    rn_status status = rn_device_mask_dtype(device, &params.mask_dtype);
    if (!status)
        status = rn_net_build(&params, dag);
    if (!status && params.training && !w->is_shared)
        status = check_norms(session, *dag);
    if (!status && params.training && w->is_shared)
        rn_parallel_mark(*dag, session->rank);
    if (!status && !params.training && !examines)
        status = rn_fold_norm(*dag, device);
    if (!status && !params.training && !examines)
        status = rn_fuse_conv(*dag, device);
    if (!status && !examines)
        status = rn_fuse_norm(*dag, device);
    return status;
}

/* Stages build, differentiate and update. */
static rn_status make_graph(rn_session *session, const wanted *w, rn_dag **out)
{
    rn_dag *dag = NULL;
    bool trains = w->pass == RN_PASS_TRAIN;
    rn_status status = make_forward(session, w, &dag);
    if (!status && trains && scales_loss(session->config))
        status = rn_optim_scale_loss(dag);
    if (!status && trains)
        status = rn_autodiff_append(dag, dag->loss, NULL);
    if (!status && trains && w->is_shared)
        status = rn_parallel_reduce(dag);
    if (!status && trains)
        status = rn_optim_append(dag, session->config);
    if (status)
        rn_dag_destroy(dag);
    else
        *out = dag;
    return status;
}

static rn_status add_one(rn_session *session, const wanted *w, rn_plan **out)
{
    rn_dag *dag = NULL;
    rn_plan *plan = NULL;
    if (session->n_plans == RN_MAX_PLANS)
        return rn_fail(RN_E_NOMEM, "a session has at most %d plans", RN_MAX_PLANS);
    rn_status status = make_graph(session, w, &dag);
    if (status)
        return status;
    pin(dag, w->keep_all);
    status = rn_plan_create(session->device, dag, &plan);
    if (status)
        return status;
    plan->pass = (int32_t)w->pass;
    plan->batch = w->batch;
    session->plans[session->n_plans++] = plan;
    if (plan->memory->arena_bytes > session->arena_bytes)
        session->arena_bytes = plan->memory->arena_bytes;
    *out = plan;
    return RN_OK;
}

/* A training batch that the devices cannot share. */
static rn_status refuse_batch(const rn_session *session, int64_t batch)
{
    const rn_config *config = session->config;
    if (batch == config->train.batch)
        return rn_fail(RN_E_CONFIG,
                       "%s: train.batch is %lld, which the %d devices of %s cannot "
                       "share evenly; make it a multiple of %d",
                       config->path, (long long)batch, session->n_ranks, session->label,
                       session->n_ranks);
    return rn_fail(RN_E_CONFIG,
                   "%s: the %d devices of %s cannot share a batch of %lld images "
                   "evenly; make it a multiple of %d, or, where it is the last and smaller one of "
                   "an epoch, leave it out by train.drop_last = true",
                   config->path, session->n_ranks, session->label, (long long)batch,
                   session->n_ranks);
}

rn_status rn_session_add(rn_session *session, rn_pass pass, int64_t batch, bool keep_all,
                         rn_plan **out)
{
    bool is_even = batch % session->n_ranks == 0;
    if (!is_even && pass == RN_PASS_TRAIN)
        return refuse_batch(session, batch);
    int32_t n_ranks = is_even ? session->n_ranks : 1;
    wanted w = {
        .pass = pass, .batch = batch / n_ranks, .keep_all = keep_all, .is_shared = n_ranks > 1
    };
    rn_plan *first = NULL, **next = &first;
    for (int32_t i = 0; i < n_ranks; i++) {
        rn_status status = add_one(i ? session->replicas[i - 1] : session, &w, next);
        if (status)
            return status;
        (*next)->n_ranks = n_ranks;
        next = &(*next)->replica;
    }
    first->batch = batch;
    if (batch > session->largest_batch)
        session->largest_batch = batch;
    *out = first;
    return RN_OK;
}

static const rn_plan *largest_plan(const rn_session *session)
{
    const rn_plan *largest = session->plans[0];
    for (int32_t i = 1; i < session->n_plans; i++)
        if (session->plans[i]->memory->arena_bytes > largest->memory->arena_bytes)
            largest = session->plans[i];
    return largest;
}

/* What sets the batch of a plan. */
static const char *key_of(const rn_session *session, const rn_plan *plan)
{
    if (session->batch_option)
        return session->batch_option;
    return plan->pass == RN_PASS_TRAIN ? "train.batch" : "train.eval_batch";
}

static rn_status bind_one(rn_session *session, const rn_dag *kept)
{
    const rn_device *device = session->device;
    rn_status status = rn_store_create(session->device, kept, &session->store);
    if (!status && session->arena_bytes)
        status =
            device->backend->buffer_create(device->context, session->arena_bytes, &session->arena);
    if (status == RN_E_NOMEM && session->store)
        rn_fit_advise(largest_plan(session), key_of(session, largest_plan(session)));
    if (status)
        return rn_fail_at(status, "backend %s", device->label);
    for (int32_t i = 0; i < session->n_plans && !status; i++)
        status = rn_plan_bind(session->plans[i], session->store, session->arena);
    return status;
}

/* One device after the other: what a backend finds out on the first, it need not on the others. */
rn_status rn_session_bind(rn_session *session)
{
    size_t n_probabilities =
        (size_t)session->largest_batch * (size_t)session->config->network.classes;
    session->probabilities = calloc(n_probabilities, sizeof *session->probabilities);
    if (!session->probabilities)
        return rn_fail(RN_E_NOMEM, "no memory for the probabilities");
    rn_status status = bind_one(session, session->plans[0]->dag);
    rn_store *last = session->store;
    for (int32_t i = 0; i < session->n_ranks - 1 && !status; i++) {
        status = bind_one(session->replicas[i], session->plans[0]->dag);
        if (!status)
            last = last->replica = session->replicas[i]->store;
    }
    return status;
}

rn_plan *rn_session_plan(const rn_session *session, rn_pass pass, int64_t batch)
{
    for (int32_t i = 0; i < session->n_plans; i++) {
        rn_plan *plan = session->plans[i];
        if (plan->pass == (int32_t)pass && plan->batch == batch)
            return plan;
    }
    return NULL;
}
