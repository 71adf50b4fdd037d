/* grow_run.c: the command grow. */
#include "commands/grow_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "base/text.h"
#include "config/config_record.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "train/grow.h"
#include "train/step.h"
#include "train/synthetic.h"

#define BATCH 8

/* Of a probability: the sums of the two networks round differently. */
#define LIMIT 1e-4
#define LIMIT_ROUNDED 1e-2 /* in other precisions than fp32 */

#define ROLES (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE)

/* A network that is ready to evaluate the images. */
static rn_status open_network(const rn_config *config, rn_registry *registry, rn_session **session,
                              rn_pass_plans **plans)
{
    rn_status status = rn_session_open_first(config, registry, session);
    if (!status)
        status = rn_session_add(*session, RN_PASS_EVALUATE, BATCH, false, plans);
    return status ? status : rn_session_bind(*session);
}

static rn_status evaluate(rn_session *session, rn_pass_plans *plans, const rn_batch *batch)
{
    const rn_step_params nothing = { 0 };
    rn_step_result result;
    return rn_step_run(session, plans, batch, &nothing, &result);
}

/* The kept tensors of the trained network, and the probabilities of the images, which the caller
 * frees. */
typedef struct trained {
    rn_named_tensor *tensors;
    int64_t n_tensors;
    float *probabilities;
} trained;

static rn_status run_trained(const rn_config *config, rn_registry *registry,
                             const rn_model_choice *choice, const rn_batch *batch, trained *t)
{
    rn_session *session = NULL;
    rn_pass_plans *plans = NULL;
    size_t bytes = BATCH * (size_t)config->network.classes * sizeof(float);
    rn_status status = open_network(config, registry, &session, &plans);
    if (!status)
        status = rn_model_read(session, choice);
    if (!status)
        status = evaluate(session, plans, batch);
    if (!status)
        status = rn_store_tensors(session->store, ROLES, &t->tensors, &t->n_tensors);
    t->probabilities = status ? NULL : malloc(bytes);
    if (t->probabilities)
        memcpy(t->probabilities, session->probabilities, bytes);
    else if (!status)
        status = rn_fail(RN_E_NOMEM, "no memory for the probabilities");
    rn_session_close(session);
    return status;
}

static rn_status compare(const rn_config *config, const float *before, const float *after,
                         double *largest)
{
    double limit = config->backend.precision == RN_PRECISION_FP32 ? LIMIT : LIMIT_ROUNDED;
    *largest = 0;
    for (int64_t i = 0; i < BATCH * config->network.classes; i++) {
        double d = fabs((double)before[i] - (double)after[i]);
        *largest = d > *largest || isnan(d) ? d : *largest;
    }
    if (*largest <= limit)
        return RN_OK;
    return rn_fail(RN_E_MISMATCH,
                   "the networks differ by more than the growth: probabilities of the same images "
                   "by %g, expected at most %g; compare their layers and their attributes",
                   *largest, limit);
}

/* Both networks compute the same images. */
static rn_status check_sizes(const rn_config *config, const rn_config *larger)
{
    const int64_t a[4] = { config->network.channels, config->network.height, config->network.width,
                           config->network.classes };
    const int64_t b[4] = { larger->network.channels, larger->network.height, larger->network.width,
                           larger->network.classes };
    if (memcmp(a, b, sizeof a) == 0)
        return RN_OK;
    return rn_fail(RN_E_CONFIG,
                   "%s: network: found an input of %lld channels and %lldx%lld pixels, and %lld "
                   "classes; expected those of the trained network: %lld, %lldx%lld, %lld",
                   larger->path, (long long)b[0], (long long)b[1], (long long)b[2], (long long)b[3],
                   (long long)a[0], (long long)a[1], (long long)a[2], (long long)a[3]);
}

static rn_status write_weights(const char *path, rn_session *session, const char *class_names)
{
    char *record = NULL;
    rn_named_tensor *tensors = NULL;
    int64_t count = 0;
    rn_status status = rn_config_record(session->config, &record);
    if (!status)
        status = rn_store_tensors(session->store, ROLES, &tensors, &count);
    const char *const metadata[] = { "format", "pt",   "network",     session->config->name,
                                     "config", record, "class_names", class_names };
    int64_t n = sizeof metadata / sizeof *metadata - (class_names ? 0 : 2);
    if (!status)
        status = rn_safetensors_write(path, tensors, count, metadata, n);
    rn_store_tensors_free(tensors, count);
    free(record);
    return status;
}

/* A larger network to make of a trained one, and the images that both compute. */
typedef struct growing {
    const rn_config *larger;
    rn_registry *registry;
    const rn_grown *grown;
    const char *path, *class_names;
    rn_synthetic images;
    double largest; /* difference of probabilities */
} growing;

/* Fills the larger network, compares what it computes, and writes its weights. */
static rn_status write_larger(growing *g, const trained *t)
{
    const rn_config *larger = g->larger;
    rn_session *session = NULL;
    rn_pass_plans *plans = NULL;
    rn_status status = open_network(larger, g->registry, &session, &plans);
    if (!status)
        status = rn_grow_fill(g->grown, session, t->tensors, t->n_tensors);
    if (!status)
        status = evaluate(session, plans, &g->images.batch);
    if (!status)
        status = compare(larger, t->probabilities, session->probabilities, &g->largest);
    if (!status)
        status = rn_folder_create(larger->run.output);
    if (!status)
        status = write_weights(g->path, session, g->class_names);
    rn_session_close(session);
    return status;
}

static rn_status check_target(const rn_config *larger, const rn_run_options *run, char *path)
{
    rn_status status = rn_path_join(path, larger->run.output, RN_GROWN_FILE);
    if (status || run->start == RN_START_OVERWRITE || access(path, F_OK))
        return status;
    return rn_fail(RN_E_USAGE, "%s: it exists; replace it with --overwrite", path);
}

static rn_status grow(growing *g, const rn_config *config, const rn_model_choice *choice)
{
    trained t = { 0 };
    rn_status status = rn_synthetic_make(config, BATCH, &g->images);
    if (!status)
        status = run_trained(config, g->registry, choice, &g->images.batch, &t);
    if (!status)
        status = write_larger(g, &t);
    rn_synthetic_clear(&g->images);
    rn_store_tensors_free(t.tensors, t.n_tensors);
    free(t.probabilities);
    return status;
}

static rn_status compare_networks(const rn_config *config, const rn_config *larger,
                                  rn_registry *registry, rn_grown **grown)
{
    rn_status status = rn_grow_compare(config, larger, registry, grown);
    if (status || rn_grown_is_larger(*grown))
        return status;
    rn_grown_destroy(*grown);
    return rn_fail(RN_E_CONFIG, "network: found the parameters of the trained network, expected "
                                "more; raise the repeat or the width_factor of a stage");
}

rn_status rn_grow_run(const rn_config *config, const rn_config *larger, rn_registry *registry,
                      const rn_run_options *run)
{
    char path[RN_PATH_SIZE];
    rn_grown *grown = NULL;
    rn_status status = check_target(larger, run, path);
    if (!status)
        status = check_sizes(config, larger);
    if (status)
        return status;
    status = compare_networks(config, larger, registry, &grown);
    if (status)
        return rn_fail_at(status, "%s", larger->path);
    growing g = { .larger = larger,
                  .registry = registry,
                  .grown = grown,
                  .path = path,
                  .class_names = run->model.opened->class_names };
    status = grow(&g, config, &run->model);
    rn_grown_destroy(grown);
    if (status || run->quiet)
        return status;
    rn_print(stdout,
             "%s: the larger network; its probabilities of %d random images differ by at most "
             "%.3g\nTrain it: resnet-run train %s --weights=%s\n",
             path, BATCH, g.largest, larger->path, path);
    return RN_OK;
}
