/* batch_auto.c: plans the passes of training for several batches and compares their memory with
 * what is free. */
#include "train/batch_auto.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "plan/fit.h"
#include "report/run_files.h"
#include "train/evaluate.h"
#include "train/train.h"

#define KEPT_SHARE 8     /* of what is free, an eighth is left to everything that no plan knows */
#define LEAST_PER_RANK 8 /* images */
#define MOST 65536       /* images, as in config_keys.c */
#define FEW_STEPS 20     /* an epoch of fewer deserves a word */

/* ---- What is needed and what is free ---- */

static bool is_host(const rn_device *device)
{
    return device->info.threads > 0;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The passes of a device share the largest arena, and have constants of their own. */
static uint64_t rank_bytes(const rn_session *session, int32_t rank)
{
    uint64_t arena = 0, constants = 0;
    for (int32_t i = 0; i < session->n_passes; i++) {
        const rn_plan *plan = session->passes[i].by_rank[rank];
        if (!plan)
            continue;
        arena = most(arena, plan->memory->arena_bytes);
        constants += plan->memory->constant_bytes;
    }
    return arena + constants;
}

rn_status rn_batch_needs(const rn_session *session, const rn_source *train, rn_batch_need *need)
{
    rn_loader_params loader = rn_evaluate_loader(session, train, NULL);
    rn_store *store = NULL;
    rn_status status = rn_store_create(NULL, 0, session->passes[0].by_rank[0]->dag, &store);
    if (status)
        return status;
    *need = (rn_batch_need){ 0 };
    for (int32_t rank = 0; rank < session->n_ranks; rank++)
        need->device = most(need->device, store->size_bytes + rank_bytes(session, rank));
    loader.batch = session->config->train.batch;
    loader.bytes = rn_session_takes_bytes(session, true);
    need->host = store->size_bytes + rn_loader_bytes(&loader);
    if (is_host(session->ranks[0].device))
        need->host += need->device;
    rn_store_destroy(store);
    return RN_OK;
}

typedef struct free_bytes {
    uint64_t device, host;
} free_bytes;

static free_bytes find_free(const rn_session *session)
{
    free_bytes found = { .device = UINT64_MAX, .host = rn_memory_free("") };
    for (int32_t i = 0; i < session->n_ranks; i++) {
        const rn_device *device = session->ranks[i].device;
        uint64_t bytes = is_host(device) ? found.host : rn_fit_free(device);
        found.device = bytes < found.device ? bytes : found.device;
    }
    return found;
}

static bool fits(const rn_batch_need *need, const free_bytes *found)
{
    return need->device <= found->device - found->device / KEPT_SHARE &&
           need->host <= found->host - found->host / KEPT_SHARE;
}

/* ---- The choice ---- */

typedef struct search {
    rn_session *session;
    rn_config *config;
    const rn_source *train, *validation;
    free_bytes found;
    rn_batch_need need, too_much; /* of the batch that was chosen, and of the smallest that does not
                                   * fit; 0: it could not be planned */
    int64_t batch, too_large;     /* 0: none is too large */
} search;

/* Plans a batch and notes whether it fits. */
static rn_status try_batch(search *s, int64_t batch)
{
    s->config->train.batch = batch;
    rn_batch_need need = { 0 };
    rn_status status = rn_train_add_plans(s->session, s->train, s->validation);
    if (!status)
        status = rn_batch_needs(s->session, s->train, &need);
    rn_session_drop(s->session);
    if (!status && fits(&need, &s->found)) {
        s->need = need;
        s->batch = batch;
    } else {
        s->too_much = need;
        s->too_large = batch;
    }
    return status;
}

/* Doubles between the smallest, which fits, and the largest that the data set allows. A batch that
 * cannot be planned is too large: as the limits of a device may be reached before its memory is. */
static void find_largest(search *s, int64_t least, int64_t limit)
{
    int low = 0, high = 0;
    while (least << (high + 1) <= limit)
        high++;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        try_batch(s, least << middle);
        if (s->batch == least << middle)
            low = middle;
        else
            high = middle - 1;
    }
}

static double mib(uint64_t bytes)
{
    return (double)bytes / (1 << 20);
}

static void print_choice(const search *s)
{
    const rn_device *device = s->session->ranks[0].device;
    int64_t n_steps =
        rn_loader_n_batches(s->train->dataset->count, s->batch, s->config->train.drop_last);
    bool on_host = is_host(device);
    rn_print(stdout,
             "train.batch = %" PRId64 ": it takes %.1f MiB of the %.1f MiB that are free on %s",
             s->batch, mib(on_host ? s->need.host : s->need.device), mib(s->found.device),
             s->session->label);
    if (!s->too_large)
        printf("; twice as many would be more than the data set has\n");
    else if (s->too_much.device)
        printf("; %" PRId64 " would take %.1f MiB, and an eighth is left free\n", s->too_large,
               mib(on_host ? s->too_much.host : s->too_much.device));
    else
        printf("; %" PRId64 " cannot be planned\n", s->too_large);
    if (n_steps < FEW_STEPS)
        printf("An epoch has only %" PRId64 " steps with it: --batch=N takes fewer images\n",
               n_steps);
}

static rn_status refuse(const search *s)
{
    return rn_fail(RN_E_NOMEM,
                   "--batch=auto: not even %" PRId64
                   " images fit: they take %.1f MiB on %s and %.1f "
                   "MiB of host memory, of which %.1f and %.1f MiB are free, and an eighth is left "
                   "free",
                   s->too_large, mib(s->too_much.device), s->session->label, mib(s->too_much.host),
                   mib(s->found.device), mib(s->found.host));
}

rn_status rn_batch_choose(rn_session *session, rn_config *config, const rn_source *train,
                          const rn_source *validation, bool quiet)
{
    int64_t count = train->dataset->count, n_ranks = session->shared.all;
    int64_t limit = count < MOST ? count - count % n_ranks : MOST;
    int64_t least = LEAST_PER_RANK * n_ranks < limit ? LEAST_PER_RANK * n_ranks : limit;
    search s = { .session = session,
                 .config = config,
                 .train = train,
                 .validation = validation,
                 .found = find_free(session) };
    if (least == 0)
        return rn_fail(RN_E_CONFIG, "--batch=auto: %" PRId64 " images are too few for %d devices",
                       count, session->shared.all);
    rn_status status = try_batch(&s, least);
    if (status)
        return status;
    if (!s.batch)
        return refuse(&s);
    find_largest(&s, least, limit);
    config->train.batch = s.batch;
    if (!quiet)
        print_choice(&s);
    return RN_OK;
}

/* ---- A run that goes on ---- */

/* The record has one line for each key. */
static bool find_recorded(const char *record, int64_t *batch)
{
    static const char key[] = "train.batch = ";
    const char *line = record;
    while (line && strncmp(line, key, strlen(key)) != 0) {
        line = strchr(line, '\n');
        line += line ? 1 : 0;
    }
    return line && sscanf(line + strlen(key), "%" SCNd64, batch) == 1 && *batch >= 1 &&
           *batch <= MOST;
}

rn_status rn_batch_of_checkpoint(rn_config *config)
{
    char path[RN_PATH_SIZE];
    rn_safetensors *file = NULL;
    rn_status status = rn_path_join(path, config->run.output, RN_CHECKPOINT_FILE);
    if (status)
        return status;
    status = rn_safetensors_read(path, &file);
    if (status)
        return status;
    if (!find_recorded(rn_safetensors_metadata(file, "config"), &config->train.batch))
        status =
            rn_fail(RN_E_DATA, "%s: it does not tell its train.batch; give it by --batch", path);
    rn_safetensors_destroy(file);
    return status;
}
