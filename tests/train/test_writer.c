/* test_writer.c: checkpoints that are written beside the training. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/file.h"
#include "support/check.h"
#include "train/writer.h"

#define BATCH 4

static rn_registry *registry;

typedef struct trial {
    rn_config *config;
    rn_session *session;
} trial;

static void trial_open(trial *t)
{
    static const char *const settings[] = { "backend.name=reference", "run.threads=1" };
    char path[CHECK_PATH_MAX];
    rn_pass_plans *plans;
    CU_ASSERT_EQUAL_FATAL(rn_config_load(check_source(path, "tests/config/nets/dropout.cfg"),
                                         settings, 2, &t->config),
                          RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_session_open(t->config, registry, &t->session), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_session_add(t->session, RN_PASS_TRAIN, BATCH, false, &plans), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_session_bind(t->session), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_store_initialise(t->session->store, t->config->network.init, 5),
                          RN_OK);
}

static void trial_close(trial *t)
{
    rn_session_close(t->session);
    rn_config_destroy(t->config);
}

/* Sets every element of the first parameter. */
static void fill(trial *t, float value)
{
    const rn_store_entry *entry = &t->session->store->entries[0];
    int64_t n = rn_desc_count(&entry->desc);
    float *data = malloc((size_t)n * sizeof *data);
    for (int64_t i = 0; i < n; i++)
        data[i] = value;
    CU_ASSERT_EQUAL(rn_store_upload(t->session->store, entry, data), RN_OK);
    free(data);
}

static float first_of(trial *t)
{
    const rn_store_entry *entry = &t->session->store->entries[0];
    float *data = malloc(entry->desc.size_bytes);
    CU_ASSERT_EQUAL(rn_store_download(t->session->store, entry, data), RN_OK);
    float first = data[0];
    free(data);
    return first;
}

/* Begins to write a checkpoint of this step. */
static void begin(rn_writer *writer, trial *t, const char *folder, int64_t step)
{
    const rn_position position = { .run = "a", .step = step };
    rn_snapshot *snapshot;
    CU_ASSERT_EQUAL_FATAL(rn_snapshot_checkpoint(folder, t->session, &position, &snapshot), RN_OK);
    rn_writer_begin(writer, snapshot);
    CU_ASSERT_TRUE(rn_writer_is_busy(writer));
}

/* What is trained after the snapshot is not in the file. */
static void test_snapshot(void)
{
    char folder[CHECK_PATH_MAX];
    rn_writer writer = { 0 };
    rn_position read = { 0 };
    trial t;
    trial_open(&t);
    check_scratch(folder, "");
    CU_ASSERT_TRUE(rn_writer_is_done(&writer));
    CU_ASSERT_EQUAL(rn_writer_finish(&writer), RN_OK);
    for (int64_t step = 1; step <= 20; step++) {
        fill(&t, (float)step);
        begin(&writer, &t, folder, step);
        fill(&t, -1);
        CU_ASSERT_EQUAL(rn_writer_finish(&writer), RN_OK);
        CU_ASSERT_FALSE(rn_writer_is_busy(&writer));
        CU_ASSERT_TRUE(writer.seconds > 0);
        CU_ASSERT_EQUAL(rn_checkpoint_read(folder, t.session, false, &read), RN_OK);
        CU_ASSERT_EQUAL(read.step, step);
        CU_ASSERT_EQUAL(first_of(&t), (float)step);
    }
    trial_close(&t);
}

static void test_failures(void)
{
    char folder[CHECK_PATH_MAX];
    rn_writer writer = { 0 };
    rn_position read = { 0 };
    trial t;
    trial_open(&t);
    check_scratch(folder, "");
    begin(&writer, &t, "/nowhere/at/all", 1);
    CU_ASSERT_TRUE(check_failed(rn_writer_finish(&writer), RN_E_IO,
                                "/nowhere/at/all/checkpoint.safetensors: cannot write it"));
    begin(&writer, &t, folder, 2);
    CU_ASSERT_EQUAL(rn_writer_finish(&writer), RN_OK);
    fill(&t, NAN);
    begin(&writer, &t, folder, 3);
    CU_ASSERT_TRUE(check_failed(rn_writer_finish(&writer), RN_E_DIVERGED, "infinite or NaN"));
    CU_ASSERT_EQUAL(rn_checkpoint_read(folder, t.session, false, &read), RN_OK);
    CU_ASSERT_EQUAL(read.step, 2);
    /* Another failure's message stays. */
    begin(&writer, &t, "/nowhere/at/all", 4);
    rn_fail(RN_E_DATA, "the first");
    rn_writer_abandon(&writer);
    rn_writer_abandon(&writer);
    CU_ASSERT_STRING_EQUAL(rn_fail_text(), "the first");
    CU_ASSERT_FALSE(rn_writer_is_busy(&writer));
    trial_close(&t);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "a snapshot is what is written", test_snapshot },
        { "failures are told when the file is finished", test_failures },
        CU_TEST_INFO_NULL,
    };
    if (rn_registry_create(NULL, &registry))
        return 1;
    int failed = check_run("writer", tests);
    rn_registry_destroy(registry);
    return failed;
}
