/* test_loader_shares.c: what the loaders of several processes give together is what one gives: the
 * same pictures, mixed alike, in the same order, each made by one process. */
#include <stdlib.h>
#include <string.h>

#include "data/gang.h"
#include "data/pipelines.h"
#include "support/check.h"
#include "support/memory_set.h"

enum { COUNT = 103, SIDE = 6, MOST_PROCESSES = 5 };

static memory_set *make_set(const char *transforms)
{
    memory_set *set = memory_set_make(COUNT, 1, SIDE, SIDE);
    for (int i = 0; i < COUNT * SIDE * SIDE; i++)
        set->pixels[i] = (uint8_t)(i / (SIDE * SIDE) * 2 + i % 7);
    if (!transforms)
        return set;
    rn_pipeline_destroy(set->source.pipeline);
    set->source.pipeline = pipelines_make(transforms, (rn_size){ SIDE, SIDE }, 1);
    return set;
}

static rn_loader_params make_params(const memory_set *set, int64_t batch)
{
    return (rn_loader_params){
        .source = &set->source, .batch = batch, .shuffle = true, .seed = 7, .workers = 2
    };
}

/* Each row is made by one process, and where the ranks can share a batch, as many by each. */
static void check_makers(const epoch_rows *rows, int64_t batch, int32_t n, int64_t n_ranks)
{
    CU_ASSERT_EQUAL(rows->n_made, rows->count);
    for (int64_t i = 0; i < rows->count / batch * batch; i++) {
        bool is_shared = batch % n_ranks == 0;
        CU_ASSERT_EQUAL(rows->makers[i], is_shared ? i % batch / (batch / n) : 0);
    }
}

static void check_as_one(const rn_loader_params *params)
{
    epoch_rows *one = gang_run(params, 0, 0);
    for (int32_t n = 1; n <= MOST_PROCESSES; n++)
        for (int64_t n_ranks = n; n_ranks <= 2 * n; n_ranks += n) {
            epoch_rows *all = gang_run(params, n, n_ranks);
            CU_ASSERT(gang_same(one, all));
            check_makers(all, params->batch, n, n_ranks);
            gang_free(all);
        }
    gang_free(one);
}

static void test_shares(void)
{
    static const int64_t batches[] = { 1, 7, 12, 20, 60, COUNT, 120 };
    memory_set *set = make_set(NULL);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        rn_loader_params params = make_params(set, batches[i]);
        check_as_one(&params);
        params.drop_last = true;
        check_as_one(&params);
        params.drop_last = params.shuffle = false;
        params.pads = true;
        check_as_one(&params);
    }
    memory_set_free(set);
}

static void test_mixing(void)
{
    static const int64_t batches[] = { 2, 12, 60, 100 };
    memory_set *set = make_set("( { transform = \"random_crop\"; padding = 2; }, "
                               "{ transform = \"random_erasing\"; probability = 0.5; }, "
                               "{ transform = \"mixup\"; alpha = 1.0; }, "
                               "{ transform = \"cutmix\"; } )");
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        rn_loader_params params = make_params(set, batches[i]);
        params.drop_last = params.trains = true;
        params.epoch = 3;
        check_as_one(&params);
    }
    memory_set_free(set);
}

/* The last batch of training is one that all ranks share. */
static void test_even_end(void)
{
    memory_set *set = make_set("( { transform = \"mixup\"; alpha = 1.0; } )");
    set->dataset.count = 96;
    rn_loader_params params = make_params(set, 60);
    params.trains = true;
    epoch_rows *one = gang_run(&params, 0, 0);
    for (int32_t n = 2; n <= 4; n++) {
        epoch_rows *all = gang_run(&params, n, n);
        CU_ASSERT(gang_same(one, all));
        CU_ASSERT_EQUAL(all->n_batches, 2);
        gang_free(all);
    }
    gang_free(one);
    memory_set_free(set);
}

/* What is left of an epoch is the same for any number of processes before and after. */
static void test_resume(void)
{
    memory_set *set = make_set(NULL);
    rn_loader_params params = make_params(set, 12);
    params.epoch = 2;
    for (params.first_batch = 0; params.first_batch <= 9; params.first_batch += 3) {
        params.first = params.first_batch == 9 ? COUNT : 12 * params.first_batch;
        check_as_one(&params);
    }
    memory_set_free(set);
}

/* ---- Samples that cannot be read ---- */

static void check_heard(const epoch_rows *rows, const bool *broken)
{
    char name[32];
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "image %d\n", i);
        CU_ASSERT_EQUAL(strstr(rows->heard, name) != NULL, broken[i]);
    }
}

/* Whichever process finds a broken sample, later ones move up in all of them. */
static void test_skip(void)
{
    static const int64_t batches[] = { 12, 60, COUNT };
    static const int shares[] = { 1, 2, 10, 50 }; /* one of so many is broken */
    bool broken[COUNT];
    memory_set *set = make_set(NULL);
    set->broken = broken;
    set->is_slow = true;
    set->config.data.on_error = RN_ON_ERROR_SKIP;
    for (size_t i = 0; i < 3 * sizeof shares / sizeof *shares; i++) {
        rn_loader_params params = make_params(set, batches[i % 3]);
        for (int k = 0; k < COUNT; k++)
            broken[k] = k % shares[i / 3] == 0;
        epoch_rows *one = gang_run(&params, 0, 0);
        for (int32_t n = 2; n <= 4; n++) {
            epoch_rows *all = gang_run(&params, n, n);
            CU_ASSERT(gang_same(one, all));
            CU_ASSERT_EQUAL(all->n_made, all->count);
            check_heard(all, broken);
            gang_free(all);
        }
        gang_free(one);
    }
    memory_set_free(set);
}

/* Training leaves out what remains, and a batch's end is where a resumed epoch goes on. */
static void test_skip_resume(void)
{
    bool broken[COUNT] = { [3] = true, [40] = true, [41] = true, [99] = true };
    memory_set *set = make_set("( { transform = \"mixup\"; alpha = 1.0; } )");
    set->broken = broken;
    set->config.data.on_error = RN_ON_ERROR_SKIP;
    rn_loader_params params = make_params(set, 12);
    params.trains = true;
    epoch_rows *one = gang_run(&params, 0, 0);
    for (int32_t n = 2; n <= 4; n++) {
        epoch_rows *all = gang_run(&params, n, n);
        CU_ASSERT_EQUAL(one->count, 96);
        CU_ASSERT(gang_same(one, all));
        CU_ASSERT_EQUAL(memcmp(one->ends, all->ends, 95 * sizeof *all->ends), 0);
        rn_loader_params later = params;
        later.first = all->ends[47];
        later.first_batch = 4;
        epoch_rows *rest = gang_run(&later, n, n);
        CU_ASSERT_EQUAL(rest->count, 48);
        CU_ASSERT_EQUAL(memcmp(rest->images, one->images + 48 * SIDE * SIDE,
                               48 * SIDE * SIDE * sizeof(float)),
                        0);
        gang_free(rest);
        gang_free(all);
    }
    gang_free(one);
    memory_set_free(set);
}

/* A broken sample ends the epoch of the process that reads it, as of one process. */
static void test_stop(void)
{
    bool broken[COUNT] = { [20] = true };
    rn_loader *loader = NULL;
    rn_batch batch;
    memory_set *set = make_set(NULL);
    set->broken = broken;
    rn_loader_params params = make_params(set, 12);
    params.shuffle = false;
    for (int32_t process = 0; process < 2; process++) {
        params.share = (rn_share){ process, 2, 2 };
        CU_ASSERT_EQUAL_FATAL(rn_loader_create(&params, &loader), RN_OK);
        CU_ASSERT_EQUAL(rn_loader_next(loader, &batch), RN_OK);
        rn_status status = rn_loader_next(loader, &batch);
        if (process == 1)
            CU_ASSERT(check_failed(status, RN_E_DATA, "image 20: it is broken"));
        CU_ASSERT(process == 1 || (status == RN_OK && batch.n_here == 6));
        rn_loader_destroy(loader);
    }
    memory_set_free(set);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "any number of processes gives one's epoch", test_shares },
        { "pictures are mixed with those of other processes", test_mixing },
        { "a smaller last batch of training is shared", test_even_end },
        { "a resumed epoch gives the same rest", test_resume },
        { "samples that cannot be read are left out by all", test_skip },
        { "training with skipped samples is resumed", test_skip_resume },
        { "a broken sample ends its process's epoch", test_stop },
        CU_TEST_INFO_NULL,
    };
    return check_run("loader shares", tests);
}
