/* ranks_rig.c: trains small networks on one or several devices. */
#include "device/ranks_rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

rn_registry *ranks_registry;

const char *const ranks_cfgs[RANKS_N_CFGS] = { "tests/config/nets/bottleneck.cfg",
                                               "tests/config/nets/dropout.cfg" };

rn_status ranks_trial_open(ranks_trial *t, const char *cfg, const char *backend)
{
    char path[CHECK_PATH_MAX], name[64], device[64];
    const char *settings[] = { name, device, "run.threads=1" };
    const char *colon = strchr(backend, ':');
    int length = colon ? (int)(colon - backend) : (int)strlen(backend);
    snprintf(name, sizeof name, "backend.name=%.*s", length, backend);
    snprintf(device, sizeof device, "backend.device=\"%s\"", colon ? colon + 1 : "");
    *t = (ranks_trial){ 0 };
    rn_status status = rn_config_load(check_source(path, cfg), settings, 3, &t->config);
    if (status)
        return status;
    status = rn_session_open(t->config, ranks_registry, &t->session);
    if (status)
        return status;
    status = rn_session_add(t->session, RN_PASS_TRAIN, RANKS_BATCH, false, &t->plans);
    if (status)
        return status;
    status = rn_session_bind(t->session);
    if (status)
        return status;
    status = rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, 5);
    if (status)
        return status;
    return rn_synthetic_make(t->config, RANKS_BATCH, &t->images);
}

void ranks_trial_close(ranks_trial *t)
{
    rn_synthetic_clear(&t->images);
    rn_session_close(t->session);
    rn_config_destroy(t->config);
}

rn_status ranks_trial_step(ranks_trial *t, uint32_t step, double *loss)
{
    rn_step_result result = { 0 };
    const rn_step_params params = { .learning_rate = 0.05, .seed = 3, .step = step };
    rn_status status = rn_step_run(t->session, t->plans, &t->images.batch, &params, &result);
    *loss = result.loss;
    return status;
}

rn_status ranks_copy_kept(const ranks_trial *t, int32_t rank, ranks_outcome *o)
{
    rn_status status = RN_OK;
    const rn_store *store = t->session->store;
    const rn_store_copy *copy = &store->copies[rank];
    o->kept = calloc(store->size_bytes, 1);
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = &store->entries[i];
        const rn_operand from = { copy->buffer, entry->offset_bytes };
        status = copy->device->backend->download(copy->device->context, o->kept + o->count, from,
                                                 entry->desc.size_bytes);
        o->count += rn_desc_count(&entry->desc);
    }
    return status;
}

void ranks_train(const char *cfg, const char *backend, ranks_outcome *o)
{
    ranks_trial t;
    *o = (ranks_outcome){ 0 };
    rn_status status = ranks_trial_open(&t, cfg, backend);
    for (uint32_t i = 0; i < RANKS_STEPS && !status; i++)
        status = ranks_trial_step(&t, i, &o->losses[i]);
    if (!status)
        status = ranks_copy_kept(&t, 0, o);
    if (status)
        check_note("%s on %s: %s", cfg, backend, rn_fail_text());
    CU_ASSERT_EQUAL(status, RN_OK);
    o->is_recorded = t.plans && t.plans->by_rank[0]->recording;
    ranks_trial_close(&t);
}

double ranks_distance(const ranks_outcome *a, const ranks_outcome *b)
{
    double difference = 0, size = 0;
    for (int64_t i = 0; i < a->count; i++) {
        difference += pow((double)(a->kept[i] - b->kept[i]), 2);
        size += pow((double)b->kept[i], 2);
    }
    return sqrt(difference / size);
}

bool ranks_same_bits(const ranks_outcome *a, const ranks_outcome *b)
{
    return a->count == b->count && memcmp(a->losses, b->losses, sizeof a->losses) == 0 &&
           memcmp(a->kept, b->kept, (size_t)a->count * sizeof *a->kept) == 0;
}

void ranks_check_copies(void)
{
    ranks_trial t;
    double loss;
    rn_status status = ranks_trial_open(&t, ranks_cfgs[0], "ranks:0,1,2");
    for (uint32_t i = 0; i < RANKS_STEPS && !status; i++)
        status = ranks_trial_step(&t, i, &loss);
    CU_ASSERT_EQUAL(status, RN_OK);
    ranks_outcome first = { 0 };
    CU_ASSERT(!status && !ranks_copy_kept(&t, 0, &first));
    for (int32_t rank = 1; rank < 3 && !status; rank++) {
        ranks_outcome o = { 0 };
        CU_ASSERT_EQUAL(ranks_copy_kept(&t, rank, &o), RN_OK);
        CU_ASSERT(ranks_same_bits(&o, &first));
        free(o.kept);
    }
    free(first.kept);
    ranks_trial_close(&t);
}

int ranks_run_tests(const char *name, const CU_TestInfo *tests)
{
    char plugins[CHECK_PATH_MAX];
    const char *builddir = getenv("builddir");
    snprintf(plugins, sizeof plugins, "%s/tests/device/.libs", builddir ? builddir : ".");
    if (rn_registry_create(plugins, &ranks_registry)) {
        fprintf(stderr, "%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run(name, tests);
    rn_registry_destroy(ranks_registry);
    return result;
}
