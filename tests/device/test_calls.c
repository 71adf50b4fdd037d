/* test_calls.c: what a backend does wrong is refused, by the name of the slot: on faulty.so
 * (tests/device/faulty), whose device says what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/profile.h"
#include "device/calls.h"
#include "support/check.h"
#include "train/step.h"
#include "train/synthetic.h"

#define BATCH 2
#define N_STEPS 3 /* the second is recorded, the third launched */

static rn_registry *registry;

/* ---- A training step ---- */

static rn_status take_steps(rn_session *session, rn_pass_plans *plans, const rn_batch *batch)
{
    rn_step_result result = { 0 };
    rn_profile_times *times = NULL;
    rn_status status = RN_OK;
    for (uint32_t step = 0; step < N_STEPS && !status; step++) {
        const rn_step_params params = { .learning_rate = 0.05, .step = step };
        status = rn_step_run(session, plans, batch, &params, &result);
    }
    const rn_step_params params = { .learning_rate = 0.05 };
    if (!status)
        status = rn_profile_measure(plans, batch, &params, 1, &times);
    rn_profile_destroy(times);
    return status ? status
                  : rn_device_synchronize(session->ranks[0].device); /* no step needs it alone */
}

static rn_status open_and_step(const rn_config *config, rn_session **session)
{
    rn_pass_plans *plans = NULL;
    rn_synthetic images = { 0 };
    rn_status status = rn_session_open(config, registry, session);
    if (!status)
        status = rn_session_add(*session, RN_PASS_TRAIN, BATCH, false, &plans);
    if (!status)
        status = rn_session_bind(*session);
    if (!status)
        status = rn_store_initialise((*session)->store, RN_WEIGHT_INIT_HE_NORMAL, 5);
    if (!status)
        status = rn_synthetic_make(config, BATCH, &images);
    if (!status)
        status = take_steps(*session, plans, &images.batch);
    rn_synthetic_clear(&images);
    return status;
}

/* The status of some steps on a device with this fault. */
static rn_status train(const char *fault, const char *setting)
{
    char path[CHECK_PATH_MAX], device[80];
    const char *settings[] = { "backend.name=faulty", device, "run.threads=1", setting };
    rn_config *config = NULL;
    rn_session *session = NULL;
    snprintf(device, sizeof device, "backend.device=\"%s\"", fault);
    rn_status status = rn_config_load(check_source(path, "tests/config/nets/norm_pool.cfg"),
                                      settings, setting ? 4 : 3, &config);
    CU_ASSERT_EQUAL_FATAL(status, RN_OK);
    status = open_and_step(config, &session);
    rn_session_close(session);
    rn_config_destroy(config);
    return status;
}

static void test_none(void)
{
    CU_ASSERT_EQUAL(train("", NULL), RN_OK);
    CU_ASSERT_EQUAL(train("", "backend.deterministic=true"), RN_OK);
    CU_ASSERT_EQUAL(train("query.varies", NULL), RN_OK);
    CU_ASSERT_EQUAL(train("query.text", NULL), RN_OK);
}

/* ---- Failures without a reason, and results that are missing ---- */

static void test_silent(void)
{
    static const char *const slots[] = { "open",          "context_info", "buffer_create",
                                         "upload",        "download",     "query",
                                         "prepare",       "run",          "synchronize",
                                         "capture.begin", "capture.end",  "capture.launch",
                                         "profile.start", "profile.stop", "profile.entry" };
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        char fault[64], words[128];
        snprintf(fault, sizeof fault, "%s.silent", slots[i]);
        snprintf(words, sizeof words, "its slot \"%s\" failed (the device is absent, lost",
                 slots[i]);
        CU_ASSERT(check_failed(train(fault, NULL), RN_E_DEVICE, words));
        snprintf(fault, sizeof fault, "%s.unknown", slots[i]);
        snprintf(words, sizeof words, "its slot \"%s\" failed (a status that this", slots[i]);
        if (i > 0)
            CU_ASSERT(check_failed(train(fault, NULL), 77, words));
    }
}

static void test_nothing_made(void)
{
    static const char *const slots[] = { "open", "buffer_create", "prepare", "capture.end" };
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        char fault[64], words[128];
        snprintf(fault, sizeof fault, "%s.null", slots[i]);
        snprintf(words, sizeof words, "its slot \"%s\" returned RN_OK and NULL", slots[i]);
        CU_ASSERT(check_failed(train(fault, NULL), RN_E_PLUGIN, words));
    }
    CU_ASSERT(check_failed(train("open.garbage", NULL), RN_E_DEVICE, "faulty:open.garbage: open"));
}

/* ---- Numbers that are none ---- */

static void test_numbers(void)
{
    static const struct {
        const char *fault, *words;
    } cases[] = {
        { "query.layout_negative", "wants operand 0 in layout -5, which a tensor of shape" },
        { "query.layout_unknown", "wants operand 0 in layout 7, which a tensor of shape" },
        { "query.layout_nhwc", "in layout 2" },
        { "query.layout_short", "wants 4 bytes for operand 0 in layout 1, whose numbers take" },
        { "query.layout_empty", "wants 0 bytes for operand 0 in layout 256" },
        { "query.layout_huge", "wants 18446744073709551615 bytes for operand 0 in layout 256" },
        { "query.workspace", "wants a workspace of 9223372036854775808 bytes" },
        { "query.inplace", "lets output 0 overwrite the inputs 0x80000000, but there are" },
        { "context_info.threads", "its slot \"context_info\" tells of -5 threads" },
        { "profile.stop.negative", "its slot \"profile.stop\" tells of -1 launches" },
        { "profile.stop.huge", "its slot \"profile.stop\" tells of 9223372036854775807 launches" },
        { "profile.entry.run", "is said to be of run -1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT(check_failed(train(cases[i].fault, NULL), RN_E_PLUGIN, cases[i].words));
}

static int32_t n_devices;

static rn_status count_devices(int32_t *count)
{
    *count = n_devices;
    return RN_OK;
}

static rn_status fail_silently(int32_t *count)
{
    *count = 1000000000;
    return RN_E_DEVICE;
}

static void test_counts(void)
{
    rn_backend backend = { .device_count = count_devices };
    int32_t count = 0;
    n_devices = RN_MAX_DEVICES;
    CU_ASSERT(rn_backend_count(&backend, &count) == RN_OK && count == RN_MAX_DEVICES);
    n_devices = -1;
    CU_ASSERT(check_failed(rn_backend_count(&backend, &count), RN_E_PLUGIN, "found -1 devices"));
    n_devices = INT32_MAX;
    CU_ASSERT(check_failed(rn_backend_count(&backend, &count), RN_E_PLUGIN, "found 2147483647"));
    CU_ASSERT_EQUAL(count, 0);
    backend.device_count = fail_silently;
    CU_ASSERT(check_failed(rn_backend_count(&backend, &count), RN_E_DEVICE,
                           "its slot \"device_count\" failed"));
    CU_ASSERT_EQUAL(count, 0);
}

/* ---- Results that may vary ---- */

static void test_deterministic(void)
{
    rn_status status = train("query.varies", "backend.deterministic=true");
    const char *text = rn_fail_text();
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "backend faulty:query.varies declines"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "(conv2d): equal inputs may give different bits"));
    CU_ASSERT(check_failed(status, RN_E_UNSUPPORTED, "which --deterministic does not allow"));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "nothing is wrong", test_none },
        { "failures without a reason", test_silent },
        { "results that are missing", test_nothing_made },
        { "numbers that are none", test_numbers },
        { "counts of devices", test_counts },
        { "results that may vary", test_deterministic },
        CU_TEST_INFO_NULL,
    };
    char plugins[CHECK_PATH_MAX];
    const char *builddir = getenv("builddir");
    snprintf(plugins, sizeof plugins, "%s/tests/device/.libs", builddir ? builddir : ".");
    if (rn_registry_create(plugins, &registry)) {
        fprintf(stderr, "%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run("calls", tests);
    rn_registry_destroy(registry);
    return result;
}
