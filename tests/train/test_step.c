/* test_step.c: steps over a loader's batches: the next batch is copied during a step, without
 * changing a bit of the results; one that stays on the device is copied once. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "support/memory_set.h"
#include "support/net_harness.h"
#include "train/step.h"

#define CFG "tests/config/nets/dropout.cfg"
#define SIDE 16
#define COUNT 26
#define BATCH 8 /* the last batch has 2 */
#define REST (COUNT % BATCH)
#define N_BATCHES 4

/* The backend's calls: I: upload of images, r: run, d: download; repeats are recorded once. */
static char calls[64];
static const rn_backend *inner;

static void record_call(char call)
{
    size_t n = strlen(calls);
    if (n + 1 < sizeof calls && (n == 0 || calls[n - 1] != call))
        calls[n] = call;
}

static rn_status recording_upload(rn_context *context, rn_operand to, const void *from,
                                  uint64_t bytes)
{
    const uint64_t image = SIDE * SIDE * sizeof(float);
    if (bytes == BATCH * image || bytes == REST * image)
        record_call('I');
    return inner->upload(context, to, from, bytes);
}

static rn_status recording_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                               rn_operand workspace)
{
    record_call('r');
    return inner->run(context, kernel, operands, workspace);
}

static rn_status recording_download(rn_context *context, void *to, rn_operand from, uint64_t bytes)
{
    record_call('d');
    return inner->download(context, to, from, bytes);
}

typedef struct trial {
    rn_config *config;
    rn_session *session;
    rn_backend backend; /* records its calls */
    rn_pass_plans *train, *rest, *evaluate;
    memory_set *data;
    rn_loader *loader;
} trial;

static memory_set *make_data(void)
{
    memory_set *data = memory_set_make(COUNT, 1, SIDE, SIDE);
    for (int i = 0; i < COUNT * SIDE * SIDE; i++)
        data->pixels[i] = (uint8_t)(i * 37 % 251);
    for (int i = 0; i < COUNT; i++)
        data->labels[i] = i % 10;
    return data;
}

static rn_status open_session(trial *t, const op_backend *backend)
{
    char path[CHECK_PATH_MAX];
    t->config = net_config(check_source(path, CFG), backend);
    if (!t->config || !net_registry())
        return rn_fail(RN_E_CONFIG, "no cfg");
    t->config->backend.deterministic = 1; /* all sessions choose the same algorithms */
    rn_status status = rn_session_open(t->config, net_registry(), &t->session);
    if (status)
        return status;
    inner = t->session->ranks[0].device->backend;
    t->backend = *inner;
    t->backend.upload = recording_upload;
    t->backend.run = recording_run;
    t->backend.download = recording_download;
    t->session->ranks[0].device->backend = &t->backend;
    status = rn_session_add(t->session, RN_PASS_TRAIN, BATCH, false, &t->train);
    if (status)
        return status;
    status = rn_session_add(t->session, RN_PASS_TRAIN, REST, false, &t->rest);
    if (status)
        return status;
    status = rn_session_add(t->session, RN_PASS_EVALUATE, BATCH, false, &t->evaluate);
    if (status)
        return status;
    status = rn_session_bind(t->session);
    if (status)
        return status;
    return rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, 5);
}

static bool open_trial(trial *t, const op_backend *backend)
{
    *t = (trial){ .data = make_data() };
    rn_status status = open_session(t, backend);
    rn_loader_params params = { .source = &t->data->source, .batch = BATCH, .shuffle = true };
    if (!status)
        status = rn_loader_create(&params, &t->loader);
    op_check(!status, "%s", rn_fail_text());
    memset(calls, 0, sizeof calls);
    return !status;
}

static void close_trial(trial *t)
{
    rn_loader_destroy(t->loader);
    rn_session_close(t->session);
    rn_config_destroy(t->config);
    memory_set_free(t->data);
}

static rn_step_params params_of(int step)
{
    return (rn_step_params){ .learning_rate = 0.05, .seed = 3, .step = (uint32_t)step };
}

/* The next batch's images are uploaded between the launch of a step and the wait for its loss, if
 * the plan stays the same. */
static void test_overlap(const op_backend *backend, const void *unused)
{
    trial t;
    (void)unused;
    rn_step_result ahead[N_BATCHES + 1] = { 0 }, plain[N_BATCHES] = { 0 };
    if (open_trial(&t, backend)) {
        rn_steps steps = { .session = t.session, .pass = RN_PASS_TRAIN, .loader = t.loader };
        for (int i = 0; i <= N_BATCHES; i++) {
            const rn_step_params params = params_of(i);
            op_check(!rn_step_next(&steps, &params, &ahead[i]), "%s", rn_fail_text());
        }
        op_check(steps.batch.count == 0, "%d images after the last", (int)steps.batch.count);
        op_check(t.session->ranks[0].device->capture.size || strcmp(calls, "IrIdrIdrdIrd") == 0,
                 "the calls are %s", calls);
    }
    close_trial(&t);
    if (open_trial(&t, backend)) {
        for (int i = 0; i < N_BATCHES; i++) {
            const rn_step_params params = params_of(i);
            rn_batch batch;
            rn_status status = rn_loader_next(t.loader, &batch);
            if (!status)
                status = rn_step_run(t.session, batch.count == BATCH ? t.train : t.rest, &batch,
                                     &params, &plain[i]);
            op_check(!status, "%s", rn_fail_text());
        }
        for (int i = 0; i < N_BATCHES; i++)
            op_check(ahead[i].loss == plain[i].loss && ahead[i].n_correct == plain[i].n_correct,
                     "step %d: loss %.9g, but %.9g without copying ahead", i, ahead[i].loss,
                     plain[i].loss);
    }
    close_trial(&t);
}

/* A batch copied ahead is discarded if another plan runs or another batch follows. */
static void test_discarded(const op_backend *backend, const void *unused)
{
    trial t;
    (void)unused;
    const rn_step_params params = params_of(0);
    rn_step_result result;
    rn_batch one, other;
    bool is_open = open_trial(&t, backend) && !rn_loader_next(t.loader, &one) &&
                   !rn_loader_next(t.loader, &other);
    for (int i = 0; i < 3 && is_open; i++) {
        rn_pass_plans *second = i == 1 ? t.evaluate : t.train;
        const rn_batch *next = i == 2 ? &one : &other;
        memset(calls, 0, sizeof calls);
        bool ran = !rn_step_begin(t.session, t.train, &one, &params) &&
                   !rn_step_feed(t.session, t.train, &other) &&
                   !rn_step_end(t.session, t.train, &one, &result) &&
                   !rn_step_run(t.session, second, next, &params, &result) &&
                   !rn_step_run(t.session, t.train, &other, &params, &result);
        op_check(ran, "%s", rn_fail_text());
        const char *expected = i == 0 ? "IrIdrdIrd" : "IrIdIrdIrd";
        op_check(t.session->ranks[0].device->capture.size || strcmp(calls, expected) == 0,
                 "the calls are %s, not %s", calls, expected);
    }
    close_trial(&t);
}

/* Steps on one batch for ever, which `stays` on the device or is copied for each. True if every run
 * is seen: a recorded step has none. */
static bool repeat(const op_backend *backend, bool stays, rn_step_result *results)
{
    trial t;
    rn_batch batch;
    bool is_seen = false;
    if (open_trial(&t, backend) && !rn_loader_next(t.loader, &batch)) {
        rn_steps steps = { .session = t.session, .pass = RN_PASS_TRAIN, .next = batch };
        steps.next.stays = stays;
        is_seen = !t.session->ranks[0].device->capture.size;
        for (int i = 0; i < N_BATCHES; i++) {
            const rn_step_params params = params_of(i);
            op_check(!rn_step_next(&steps, &params, &results[i]), "%s", rn_fail_text());
            op_check(steps.enqueue_ms > 0 && steps.wait_ms > 0, "%g ms and %g ms", steps.enqueue_ms,
                     steps.wait_ms);
        }
        /* Another pass may put its own images there. */
        steps.pass = RN_PASS_EVALUATE;
        op_check(!rn_step_next(&steps, &(rn_step_params){ 0 }, &results[N_BATCHES]), "%s",
                 rn_fail_text());
    }
    close_trial(&t);
    return is_seen;
}

/* A batch that stays on the device is copied once, and computed on as often as one that is copied
 * each time. */
static void test_stays(const op_backend *backend, const void *unused)
{
    rn_step_result copied[N_BATCHES + 1] = { 0 }, kept[N_BATCHES + 1] = { 0 };
    (void)unused;
    repeat(backend, false, copied);
    bool is_seen = repeat(backend, true, kept);
    const char *expected = is_seen ? "IrdrdrdrdIrd" : "IrdrdIrd";
    op_check(strcmp(calls, expected) == 0, "the calls are %s, not %s", calls, expected);
    for (int i = 0; i <= N_BATCHES; i++)
        op_check(kept[i].loss == copied[i].loss && kept[i].n_correct == copied[i].n_correct,
                 "step %d: loss %.9g, but %.9g where the batch is copied", i, kept[i].loss,
                 copied[i].loss);
}

int main(void)
{
    op_backends_open();
    op_tests_add("the next batch", test_overlap, NULL);
    op_tests_add("another batch, another plan", test_discarded, NULL);
    op_tests_add("a batch that stays", test_stays, NULL);
    int result = op_tests_run("step");
    net_registry_close();
    return result;
}
