/* test_loader_tar.c: the shards of a shuffled stream are dealt to processes: each reads few of them
 * and every sample is used once; an epoch goes on with another number of processes. */
#include <stdlib.h>
#include <string.h>

#include "data/caches.h"
#include "data/gang.h"
#include "data/set_files.h"
#include "io/file.h"

enum { N_SHARDS = 10, COUNT = 100 };

/* Shards of 1, 3, 5, … pictures. */
static void write_shards(void)
{
    char path[CHECK_PATH_MAX], name[64];
    uint8_t *data = NULL;
    uint64_t size = 0;
    check_source(path, "tests/fuzz/corpus/decode/grey8.png");
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &data, &size), RN_OK);
    for (int s = 0, n = 0; s < N_SHARDS; s++) {
        snprintf(name, sizeof name, "shards/%d.tar", s);
        struct archive *archive = set_files_shard(name);
        for (int i = 0; i < 1 + 2 * s; i++, n++) {
            snprintf(name, sizeof name, "%03d.png", n);
            set_files_add(archive, name, data, (size_t)size);
            snprintf(name, sizeof name, "%03d.cls", n);
            set_files_add(archive, name, n % 2 ? "1" : "0", 1);
        }
        archive_write_free(archive);
    }
    free(data);
}

static caches_trial open_shards(void)
{
    const caches_params params = {
        .kind = "tar", .path = "", .train = "shards", .more = "data.shuffle_buffer=8"
    };
    static bool is_written;
    if (!is_written)
        write_shards();
    is_written = true;
    caches_trial trial = caches_open(&params);
    CU_ASSERT_EQUAL_FATAL(trial.source->dataset->count, COUNT);
    return trial;
}

static rn_loader_params make_params(const caches_trial *trial)
{
    return (rn_loader_params){
        .source = trial->source, .batch = 12, .shuffle = true, .seed = 5, .epoch = 1, .workers = 2
    };
}

static void check_once(const epoch_rows *rows)
{
    int seen[COUNT] = { 0 }, wrong = 0;
    CU_ASSERT_EQUAL(rows->count, COUNT);
    CU_ASSERT_EQUAL(rows->n_made, COUNT);
    for (int64_t i = 0; i < rows->count; i++)
        wrong += seen[rows->samples[i]]++;
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Sample s * s is the first of shard s. */
static int shard_of(int64_t sample)
{
    int s = 0;
    while ((int64_t)(s + 1) * (s + 1) <= sample)
        s++;
    return s;
}

/* Of the whole batches. */
static int64_t shards_read(const epoch_rows *rows, int32_t process)
{
    bool is_read[N_SHARDS] = { false };
    int64_t n = 0;
    for (int64_t i = 0; i < 96; i++)
        if (rows->makers[i] == process)
            is_read[shard_of(rows->samples[i])] = true;
    for (int s = 0; s < N_SHARDS; s++)
        n += is_read[s];
    return n;
}

/* A process reads a stretch of the shuffled shards: together they open each one once, and again
 * where it lies in two stretches. */
static void test_dealt(void)
{
    caches_trial trial = open_shards();
    rn_loader_params params = make_params(&trial);
    for (int32_t n = 1; n <= 4; n++) {
        epoch_rows *rows = gang_run(&params, n, n);
        int64_t n_read = 0;
        check_once(rows);
        for (int32_t i = 0; i < n; i++)
            n_read += shards_read(rows, i);
        CU_ASSERT(n_read <= N_SHARDS + n - 1);
        gang_free(rows);
    }
    caches_close(&trial);
}

/* Without shuffling, the order is that of the shards, for any number. */
static void test_in_order(void)
{
    caches_trial trial = open_shards();
    rn_loader_params params = make_params(&trial);
    params.shuffle = false;
    for (int32_t n = 1; n <= 4; n++) {
        epoch_rows *rows = gang_run(&params, n, n);
        int wrong = 0;
        check_once(rows);
        for (int64_t i = 0; i < COUNT; i++)
            wrong += rows->samples[i] != i;
        CU_ASSERT_EQUAL(wrong, 0);
        gang_free(rows);
    }
    caches_close(&trial);
}

/* The rest of an epoch that three processes began is read by any number in their order. */
static void test_resume(void)
{
    caches_trial trial = open_shards();
    rn_loader_params params = make_params(&trial);
    epoch_rows *whole = gang_run(&params, 3, 3);
    params.n_parts = 3;
    params.first = 48;
    params.first_batch = 4;
    for (int32_t n = 1; n <= 4; n++) {
        epoch_rows *rest = gang_run(&params, n, n);
        CU_ASSERT_EQUAL(rest->count, COUNT - 48);
        CU_ASSERT_EQUAL(memcmp(rest->samples, whole->samples + 48, (COUNT - 48) * sizeof(int64_t)),
                        0);
        gang_free(rest);
    }
    gang_free(whole);
    caches_close(&trial);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "each process reads a stretch of the shards", test_dealt },
        { "without shuffling the order stays", test_in_order },
        { "an epoch goes on with another number", test_resume },
        CU_TEST_INFO_NULL,
    };
    return check_run("loader of shards", tests);
}
