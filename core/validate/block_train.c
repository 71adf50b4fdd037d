/* block_train.c: tests of networks with a block in them: the gradient by finite differences on the
 * reference, a checkpoint, and the other backends. */
#define _GNU_SOURCE /* mkdtemp */
#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "compare/compare.h"
#include "compare/report_rows.h"
#include "train/checkpoint.h"
#include "train/step.h"
#include "train/synthetic.h"
#include "validate/block.h"
#include "validate/present.h"
#include "validate/slope.h"
#include "validate/subject.h"

/* ---- A session around a block ---- */

/* A parameter's. */
typedef struct trained_gradient {
    float *elements;
    double norm;
} trained_gradient;

/* Zero-initialise it. */
typedef struct trained {
    rn_config *config;
    rn_session *session;
    rn_pass_plans *train, *forward;
    rn_synthetic data;
    trained_gradient *gradients; /* of trained parameters, in their order; for block.gradient */
    int32_t n_gradients;
} trained;

static void close_trained(trained *t)
{
    rn_session_close(t->session);
    rn_synthetic_clear(&t->data);
    rn_config_destroy(t->config);
    for (int32_t i = 0; i < t->n_gradients; i++)
        free(t->gradients[i].elements);
    free(t->gradients);
    *t = (trained){ 0 };
}

static rn_status open_trained(const rn_subject *s, uint64_t seed, trained *t)
{
    rn_status status = rn_subject_config(s, "reference", &t->config);
    if (!status)
        status = rn_session_open(t->config, s->checking->registry, &t->session);
    if (status)
        return status;
    t->session->unmerged = true;
    status = rn_session_add(t->session, RN_PASS_TRAIN, s->shape[0], true, &t->train);
    if (!status)
        status = rn_session_add(t->session, RN_PASS_EXAMINE_TRAIN, s->shape[0], false, &t->forward);
    if (!status)
        status = rn_session_bind(t->session);
    if (!status)
        status = rn_synthetic_make(t->config, s->shape[0], &t->data);
    return status ? status : rn_store_initialise(t->session->store, t->config->network.init, seed);
}

static rn_status step(trained *t, rn_pass_plans *plans, double learning_rate, double *loss)
{
    const rn_step_params params = { .learning_rate = learning_rate, .seed = 1 };
    rn_step_result result;
    rn_status status = rn_step_run(t->session, plans, &t->data.batch, &params, &result);
    *loss = result.loss;
    return status;
}

/* ---- block.gradient ---- */

#define LOSS_ROUNDING 4e-7 /* of a float of about ln 5 */
#define FLOOR 1e-4         /* of the largest gradient: weights before a norm have nearly none */
#define MOST_PARAMETERS 12 /* of a network, evenly chosen */
#define MOST_SECONDS 20.0  /* after which no further network is tried */

/* One parameter, and its gradient. */
typedef struct moved {
    trained *network;
    const rn_store_entry *entry;
    const float *gradient;
    float *start, *now;
    int64_t count;
    double norm, floor;
} moved;

static rn_status loss_at(void *context, int direction, double by, double *loss)
{
    const moved *m = context;
    for (int64_t i = 0; i < m->count; i++)
        m->now[i] = m->start[i] + (float)by * rn_slope_sign(direction, i);
    rn_status status = rn_store_upload(m->network->session->store, m->entry, m->now);
    return status ? status : step(m->network, m->network->forward, 0, loss);
}

static rn_status compare_parameter(rn_subject *s, moved *m)
{
    char text[RN_SUBJECT_TEXT];
    for (int direction = 0; direction < RN_SLOPE_DIRECTIONS; direction++) {
        rn_slope slope = { .at = loss_at,
                           .context = m,
                           .rounding = LOSS_ROUNDING,
                           .norm = m->norm,
                           .floor = m->floor };
        double off;
        bool too_far;
        for (int64_t i = 0; i < m->count; i++)
            slope.expected += (double)m->gradient[i] * (double)rn_slope_sign(direction, i);
        rn_status status = rn_slope_measure(&slope, direction, &off, &too_far);
        if (status)
            return status;
        if (!too_far)
            continue;
        rn_check_found(
            s->checking,
            "%s: the gradient of %s differs from finite differences of the loss by %.3g; "
            "its norm is %.3g",
            rn_subject_text(s, text), m->entry->name, off, m->norm);
        break;
    }
    return rn_store_upload(m->network->session->store, m->entry, m->start);
}

static bool is_trained(const rn_value *value)
{
    return value->role == RN_ROLE_PARAM && value->gradient;
}

static rn_status read_gradient(trained *t, const rn_value *value)
{
    trained_gradient *gradient = &t->gradients[t->n_gradients];
    gradient->elements = malloc(rn_plan_bytes(value->gradient));
    if (!gradient->elements)
        return rn_fail(RN_E_NOMEM, "no memory for the gradient of %s", value->name);
    t->n_gradients++;
    rn_status status = rn_plan_download(t->train->by_rank[0], value->gradient, gradient->elements);
    double sum = 0;
    for (int64_t i = 0; i < rn_desc_count(&value->desc) && !status; i++)
        sum += (double)gradient->elements[i] * (double)gradient->elements[i];
    gradient->norm = sqrt(sum);
    return status;
}

/* Reads all of them before the first loss is measured: passes share an arena, so the forward pass
 * overwrites them. `largest` is the largest norm; not finite if one is not. */
static rn_status read_gradients(rn_subject *s, trained *t, double *largest)
{
    const rn_dag *dag = t->train->by_rank[0]->dag;
    rn_status status = RN_OK;
    *largest = 0;
    t->gradients = calloc((size_t)dag->n_values, sizeof *t->gradients);
    if (!t->gradients)
        return rn_fail(RN_E_NOMEM, "no memory for gradients");
    for (int32_t i = 0; i < dag->n_values && !status; i++) {
        if (!is_trained(dag->values[i]))
            continue;
        status = read_gradient(t, dag->values[i]);
        double norm = status ? 0 : t->gradients[t->n_gradients - 1].norm;
        if (!isfinite(norm))
            rn_check_found(s->checking, "%s: the gradient of %s is not finite", s->name,
                           dag->values[i]->name);
        *largest = norm > *largest || !isfinite(norm) ? norm : *largest;
    }
    return status;
}

static rn_status check_parameter(rn_subject *s, moved *m, const rn_value *value)
{
    rn_store *store = m->network->session->store;
    m->entry = rn_store_find(store, value->name);
    m->count = rn_desc_count(&value->desc);
    m->start = malloc(value->desc.size_bytes);
    m->now = malloc(value->desc.size_bytes);
    rn_status status = m->start && m->now && m->entry
                           ? rn_store_download(store, m->entry, m->start)
                           : rn_fail(RN_E_NOMEM, "no memory for %s", value->name);
    if (!status)
        status = compare_parameter(s, m);
    free(m->start);
    free(m->now);
    return status;
}

static rn_status check_parameters(rn_subject *s, trained *t)
{
    const rn_dag *dag = t->train->by_rank[0]->dag;
    double largest = 0;
    int32_t at = 0;
    rn_status status = read_gradients(s, t, &largest);
    int32_t every = t->n_gradients / MOST_PARAMETERS + 1;
    for (int32_t i = 0; i < dag->n_values && !status && isfinite(largest); i++) {
        if (!is_trained(dag->values[i]))
            continue;
        moved m = { .network = t,
                    .gradient = t->gradients[at].elements,
                    .norm = t->gradients[at].norm,
                    .floor = FLOOR * largest };
        if (at++ % every == 0)
            status = check_parameter(s, &m, dag->values[i]);
    }
    return status;
}

static double seconds_used(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static rn_status check_gradients(rn_subject *s)
{
    trained t = { 0 };
    double loss;
    if (seconds_used() > MOST_SECONDS || rn_subject_is_large(s))
        return RN_OK;
    rn_status status = open_trained(s, 1, &t);
    if (!status)
        status = step(&t, t.train, 0, &loss);
    if (!status)
        status = check_parameters(s, &t);
    close_trained(&t);
    return status;
}

rn_status rn_check_gradient(rn_checking *c)
{
    return rn_subject_each(c, 6, check_gradients, NULL);
}

/* ---- block.checkpoint ---- */

static int64_t count(const rn_named_tensor *tensor)
{
    int64_t n = 1;
    for (int32_t i = 0; i < tensor->rank; i++)
        n *= tensor->shape[i];
    return n;
}

static rn_status same_tensors(rn_subject *s, trained *a, trained *b)
{
    enum { ROLES = 1 << RN_ROLE_PARAM | 1 << RN_ROLE_STATE | 1 << RN_ROLE_OPTIMIZER };
    rn_named_tensor *of_a = NULL, *of_b = NULL;
    int64_t n_a = 0, n_b = 0;
    rn_status status = rn_store_tensors(a->session->store, ROLES, &of_a, &n_a);
    if (!status)
        status = rn_store_tensors(b->session->store, ROLES, &of_b, &n_b);
    if (!status && n_a != n_b)
        rn_check_found(s->checking, "%s: after a checkpoint it has %lld tensors, not %lld", s->name,
                       (long long)n_b, (long long)n_a);
    for (int64_t i = 0; i < n_a && i < n_b && !status; i++)
        if (strcmp(of_a[i].name, of_b[i].name) != 0 ||
            memcmp(of_a[i].data, of_b[i].data, (size_t)count(&of_a[i]) * sizeof(float)) != 0)
            rn_check_found(s->checking, "%s: a run that goes on from a checkpoint has another %s",
                           s->name, of_a[i].name);
    rn_store_tensors_free(of_a, n_a);
    rn_store_tensors_free(of_b, n_b);
    return status;
}

/* Two steps, a checkpoint, a third one; and the third one from the checkpoint. */
static rn_status go_on(rn_subject *s, const char *folder, trained *a, trained *b)
{
    double loss[2] = { 0 };
    rn_position position;
    rn_status status = rn_position_start(&position);
    for (int i = 0; i < 2 && !status; i++)
        status = step(a, a->train, 0.05, &loss[0]);
    if (!status && !isfinite(loss[0]))
        rn_check_found(s->checking, "%s: the loss of a training step is not finite", s->name);
    if (!status)
        status = rn_checkpoint_write(folder, a->session, &position);
    if (!status)
        status = rn_checkpoint_read(folder, b->session, false, &position);
    if (!status)
        status = step(a, a->train, 0.05, &loss[0]);
    if (!status)
        status = step(b, b->train, 0.05, &loss[1]);
    if (!status && memcmp(&loss[0], &loss[1], sizeof loss[0]) != 0)
        rn_check_found(s->checking, "%s: after a checkpoint the loss is %.9g, not %.9g", s->name,
                       loss[1], loss[0]);
    return status ? status : same_tensors(s, a, b);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

static rn_status check_checkpoint(rn_subject *s)
{
    trained a = { 0 }, b = { 0 };
    char folder[] = "/tmp/resnet-check-XXXXXX";
    if (rn_subject_is_large(s))
        return RN_OK;
    if (!mkdtemp(folder))
        return rn_fail(RN_E_IO, "cannot make a folder in /tmp");
    rn_status status = open_trained(s, 1, &a);
    if (!status)
        status = open_trained(s, 2, &b);
    if (!status)
        status = go_on(s, folder, &a, &b);
    close_trained(&a);
    close_trained(&b);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return status;
}

rn_status rn_check_checkpoint(rn_checking *c)
{
    return rn_subject_each(c, 4, check_checkpoint, NULL);
}

/* ---- block.backends ---- */

/* The error model is of networks of usual size. In one as small as these a mean of few values was
 * 1.1 times as far off as it allows, on onednn. */
#define SLACK 4

static bool is_far(const rn_compared *compared)
{
    return rn_verdict_fails(compared->verdict) &&
           !(rn_compared_relative(compared) <= SLACK * compared->tolerance);
}

/* True if a tensor of the side is wrong beyond doubt. */
static bool is_wrong(const rn_comparison *comparison, int32_t side)
{
    for (int32_t row = 0; row < comparison->n_rows; row++)
        for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
            if (is_far(&comparison->rows[row].sides[side][mode]))
                return true;
    return false;
}

static void judge(rn_subject *s, const rn_comparison *comparison)
{
    char text[RN_SUBJECT_TEXT];
    for (int32_t i = 1; i < comparison->n_sides; i++) {
        const rn_compare_side *side = &comparison->sides[i];
        if (side->declined)
            rn_check_skip(s->checking, "%s declines %s: %s", side->label, rn_subject_text(s, text),
                          side->sentence);
        else if (rn_verdict_fails(side->verdict) && is_wrong(comparison, i))
            rn_check_found(s->checking, "%s: on %s, compared with the reference, it is %s",
                           rn_subject_text(s, text), side->label, side->sentence);
    }
}

static rn_status check_backends(rn_subject *s)
{
    char sides[RN_PRESENT_TEXT];
    rn_config *config = NULL;
    rn_comparison comparison = { 0 };
    if (seconds_used() > MOST_SECONDS || rn_subject_is_large(s))
        return RN_OK;
    rn_status status = rn_present_backends(s->checking, sides);
    if (!status)
        status = rn_subject_config(s, "reference", &config);
    const rn_compare_options options = { .backends = sides,
                                         .input = "random",
                                         .batch = s->shape[0],
                                         .steps = 1,
                                         .repeats = 1,
                                         .phase = RN_COMPARE_STEP,
                                         .detail = RN_TRACE_FULL,
                                         .modes = { true, true } };
    if (!status && strchr(sides, ',')) {
        status = rn_compare_run(config, s->checking->registry, &options, &comparison);
        if (!status)
            judge(s, &comparison);
        rn_comparison_clear(&comparison);
    } else if (!status) {
        rn_check_skip(s->checking, "there is no other backend beside the reference");
    }
    rn_config_destroy(config);
    return status;
}

rn_status rn_check_backends(rn_checking *c)
{
    return rn_subject_each(c, 1, check_backends, NULL);
}
