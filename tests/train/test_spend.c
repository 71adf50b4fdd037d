/* test_spend.c: weights that are packed are not kept besides where nothing but packing reads them:
 * the kernel (mincore) has no page of them left, probabilities have the same bits as where they are
 * kept, and new weights are packed anew. */
#define _DEFAULT_SOURCE /* mincore */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "plan/spend.h"
#include "support/check.h"
#include "support/net_harness.h"

#define CFG "share/models/fashion_mnist_small.cfg"
#define BATCH 3
#define PIXELS (28 * 28)
#define CLASSES 10
#define N_WEIGHTS 2 /* one set after the other */

typedef struct trial {
    rn_config *config;
    rn_session *session;
    rn_pass_plans *plans;
    float probabilities[N_WEIGHTS][BATCH * CLASSES];
} trial;

static rn_status open_session(trial *t, const op_backend *backend, bool spends)
{
    char path[CHECK_PATH_MAX];
    t->config = net_config(check_source(path, CFG), backend);
    if (!t->config || !net_registry())
        return rn_fail(RN_E_CONFIG, "no cfg");
    t->config->backend.deterministic = 1; /* both choose the same algorithms */
    rn_status status = rn_session_open(t->config, net_registry(), &t->session);
    if (!status)
        status = rn_session_add(t->session, RN_PASS_PREDICT, BATCH, false, &t->plans);
    if (status)
        return status;
    t->session->spends = spends;
    return rn_session_bind(t->session);
}

/* Sets the weights of this seed and computes. */
static rn_status predict(trial *t, int seed)
{
    static float images[BATCH * PIXELS];
    const rn_batch batch = { .images = images, .count = BATCH, .n_here = BATCH };
    const rn_step_params nothing = { 0 };
    rn_step_result result;
    for (int i = 0; i < BATCH * PIXELS; i++)
        images[i] = (float)(i * 37 % 251) / 251;
    rn_status status =
        rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, (uint64_t)seed);
    if (!status)
        status = rn_step_run(t->session, t->plans, &batch, &nothing, &result);
    if (!status)
        memcpy(t->probabilities[seed], t->session->probabilities, sizeof t->probabilities[seed]);
    return status;
}

/* The pages within a tensor's memory, and those of them that the kernel has. */
typedef struct pages {
    int64_t all, present;
} pages;

static void count_pages(const rn_session *session, const rn_store_entry *entry, pages *count)
{
    const rn_store_copy *copy = &session->store->copies[0];
    const rn_operand at = { copy->buffer, entry->offset_bytes };
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = (uintptr_t)copy->device->host_memory.pointer(copy->device->context, at);
    uintptr_t first = (from + page - 1) & ~(page - 1);
    uintptr_t end = (from + entry->desc.size_bytes) & ~(page - 1);
    for (; first < end; first += page) {
        unsigned char has = 1;
        op_check(!mincore((void *)first, page, &has), "mincore");
        count->all++;
        count->present += has & 1;
    }
}

/* Of the tensors that the plan spends. */
static pages count_spent(const trial *t)
{
    const rn_dag *dag = t->plans->by_rank[0]->dag;
    pages count = { 0 };
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->last_constant)
            count_pages(t->session, rn_store_find(t->session->store, dag->values[i]->name), &count);
    return count;
}

static void run(trial *t, const op_backend *backend, bool spends)
{
    *t = (trial){ 0 };
    rn_status status = open_session(t, backend, spends);
    for (int i = 0; i < N_WEIGHTS && !status; i++)
        status = predict(t, i);
    op_check(!status, "%s", rn_fail_text());
}

static void close_trial(trial *t)
{
    rn_session_close(t->session);
    rn_config_destroy(t->config);
}

static void check_gone(const trial *t)
{
    const rn_plan *plan = t->plans->by_rank[0];
    pages count = count_spent(t);
    uint64_t bytes = rn_spend_bytes(plan);
    float *values = malloc(rn_store_largest_bytes(t->session->store) + 1);
    /* Layers 2 and 3 have weights of 346112 bytes in convolutions of 3x3. */
    op_check(bytes > 300000 && bytes < t->session->store->size_bytes, "%llu bytes are spent",
             (unsigned long long)bytes);
    op_check(count.all > 60 && count.present == 0, "%lld of %lld pages are still there",
             (long long)count.present, (long long)count.all);
    op_check(values && rn_store_download(t->session->store, &t->session->store->entries[0],
                                         values) == RN_E_DEVICE,
             "a weight that is not there can be read");
    free(values);
}

static void test_spend(const op_backend *backend, const void *unused)
{
    trial keeps, spends;
    (void)unused;
    run(&keeps, backend, false);
    run(&spends, backend, true);
    if (!keeps.plans || !spends.plans)
        goto done;
    op_check(!memcmp(keeps.probabilities, spends.probabilities, sizeof keeps.probabilities),
             "other probabilities");
    op_check(memcmp(keeps.probabilities[0], keeps.probabilities[1], sizeof keeps.probabilities[0]),
             "both sets of weights give the same");
    if (spends.session->ranks[0].device->host_memory.size) {
        check_gone(&spends);
        pages kept = count_spent(&keeps);
        op_check(kept.all > 60 && kept.present == kept.all, "%lld of %lld pages are gone",
                 (long long)(kept.all - kept.present), (long long)kept.all);
    } else {
        op_check(rn_spend_bytes(spends.plans->by_rank[0]) == 0, "memory of a device is spent");
    }
done:
    close_trial(&keeps);
    close_trial(&spends);
}

int main(void)
{
    op_backends_open();
    op_tests_add("weights are kept once", test_spend, NULL);
    int result = op_tests_run("spend");
    net_registry_close();
    return result;
}
