/* test_parts.c: with backend.memory = "lean" a batch is evaluated in parts: its results are those
 * of the parts as batches of their own, to the bit, and those of the whole batch but for rounding;
 * and less is in memory. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "support/net_harness.h"

#define CFG "share/models/fashion_mnist_small.cfg"
#define BATCH 12 /* of which a part is 6: the most that divide it, up to 8 */
#define PART 6
#define PIXELS (28 * 28)
#define CLASSES 10

static float images[BATCH * PIXELS];
static const int32_t labels[BATCH] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8 };

typedef struct results {
    float probabilities[BATCH * CLASSES];
    double loss;
    int64_t n_correct;
    uint64_t arena_bytes;
    int32_t n_parts;
} results;

/* Evaluates all images in steps of `batch`; their losses are averaged. */
static rn_status evaluate(rn_session *session, int64_t batch, results *r)
{
    const rn_step_params nothing = { 0 };
    rn_pass_plans *plans = NULL;
    rn_status status = rn_session_add(session, RN_PASS_EVALUATE, batch, false, &plans);
    if (!status)
        status = rn_session_bind(session);
    if (!status)
        status = rn_store_initialise(session->store, RN_WEIGHT_INIT_HE_NORMAL, 5);
    for (int64_t i = 0; i < BATCH && !status; i += batch) {
        const rn_batch part = {
            .images = images + i * PIXELS, .labels = labels + i, .count = batch, .n_here = batch
        };
        rn_step_result result;
        status = rn_step_run(session, plans, &part, &nothing, &result);
        if (status)
            break;
        memcpy(r->probabilities + i * CLASSES, session->probabilities,
               (size_t)(batch * CLASSES) * sizeof(float));
        r->loss += result.loss * (double)batch / BATCH;
        r->n_correct += result.n_correct;
    }
    if (status)
        return status;
    r->arena_bytes = plans->by_rank[0]->memory->arena_bytes;
    r->n_parts = plans->n_parts;
    return RN_OK;
}

static void run(const op_backend *backend, int32_t memory, int64_t batch, results *r)
{
    char path[CHECK_PATH_MAX];
    rn_config *config = net_config(check_source(path, CFG), backend);
    rn_session *session = NULL;
    *r = (results){ 0 };
    for (int i = 0; i < BATCH * PIXELS; i++)
        images[i] = (float)(i * 37 % 251) / 251;
    rn_status status = config ? RN_OK : RN_E_CONFIG;
    if (config) {
        config->backend.memory = memory;
        config->backend.deterministic = 1; /* all choose the same algorithms */
    }
    if (!status)
        status = rn_session_open(config, net_registry(), &session);
    if (!status)
        status = evaluate(session, batch, r);
    op_check(!status, "%s", rn_fail_text());
    rn_session_close(session);
    rn_config_destroy(config);
}

static void test_parts(const op_backend *backend, const void *unused)
{
    results fast, lean, parts;
    (void)unused;
    run(backend, RN_MEMORY_FAST, BATCH, &fast);
    run(backend, RN_MEMORY_LEAN, BATCH, &lean);
    run(backend, RN_MEMORY_FAST, PART, &parts);
    if (lean.n_parts == 1) { /* not a processor */
        op_check(!memcmp(lean.probabilities, fast.probabilities, sizeof lean.probabilities),
                 "other results");
        return;
    }
    op_check(fast.n_parts == 1 && lean.n_parts == BATCH / PART, "%d parts", (int)lean.n_parts);
    op_check(!memcmp(lean.probabilities, parts.probabilities, sizeof lean.probabilities) &&
                 lean.n_correct == parts.n_correct && fabs(lean.loss - parts.loss) <= 1e-12,
             "a part is not computed as a batch: the losses are %.17g and %.17g", lean.loss,
             parts.loss);
    for (int i = 0; i < BATCH * CLASSES; i++)
        op_check(fabsf(lean.probabilities[i] - fast.probabilities[i]) <= 1e-5f,
                 "probability %d is %.8g, not %.8g", i, (double)lean.probabilities[i],
                 (double)fast.probabilities[i]);
    op_check(fabs(lean.loss - fast.loss) <= 1e-5 * fast.loss, "the loss is %.8g, not %.8g",
             lean.loss, fast.loss);
    op_check(lean.arena_bytes == parts.arena_bytes && lean.arena_bytes < fast.arena_bytes,
             "the arena has %llu bytes, not %llu", (unsigned long long)lean.arena_bytes,
             (unsigned long long)parts.arena_bytes);
}

/* A training session's evaluation is not in parts: its arena is that of training anyway. */
static void test_training(const op_backend *backend, const void *unused)
{
    char path[CHECK_PATH_MAX];
    rn_config *config = net_config(check_source(path, CFG), backend);
    rn_session *session = NULL;
    rn_pass_plans *train = NULL, *evaluate = NULL;
    (void)unused;
    if (config)
        config->backend.memory = RN_MEMORY_LEAN;
    bool is_ready = config && !rn_session_open(config, net_registry(), &session) &&
                    !rn_session_add(session, RN_PASS_TRAIN, BATCH, false, &train) &&
                    !rn_session_add(session, RN_PASS_EVALUATE, BATCH, false, &evaluate);
    op_check(is_ready && train->n_parts == 1 && evaluate->n_parts == 1, "%s", rn_fail_text());
    rn_session_close(session);
    rn_config_destroy(config);
}

int main(void)
{
    op_backends_open();
    op_tests_add("a batch in parts", test_parts, NULL);
    op_tests_add("in training", test_training, NULL);
    int result = op_tests_run("parts");
    net_registry_close();
    return result;
}
