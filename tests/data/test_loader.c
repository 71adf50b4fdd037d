/* test_loader.c: the loader returns every image once, in an order that depends only on seed and
 * epoch, for any number of workers; it can start anywhere, leave out what cannot be read, and be
 * destroyed at any time. */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/loader.h"
#include "support/check.h"
#include "support/memory_set.h"

#define COUNT 103

/* All bytes of image i are i, and so is its label. */
static memory_set *make_set(int64_t channels, int64_t side, int64_t to_side)
{
    memory_set *set = memory_set_make(COUNT, channels, side, to_side);
    int64_t size = channels * side * side;
    for (int i = 0; i < COUNT; i++)
        memset(set->pixels + i * size, i, (size_t)size);
    return set;
}

static rn_loader_params make_params(const memory_set *set, int64_t batch)
{
    return (rn_loader_params){
        .source = &set->source, .batch = batch, .shuffle = true, .seed = 7, .workers = 2
    };
}

/* Reads the rest of the epoch: stores its labels, returns their number, and checks that each image
 * belongs to its label. */
static int64_t read_labels(const rn_loader_params *params, int32_t *labels)
{
    const rn_config *config = params->source->config;
    rn_loader *loader = NULL;
    rn_batch batch;
    int64_t n = 0, index = params->first_batch;
    int64_t plane = config->network.height * config->network.width;
    CU_ASSERT_EQUAL_FATAL(rn_loader_create(params, &loader), RN_OK);
    for (;; index++) {
        CU_ASSERT_EQUAL_FATAL(rn_loader_next(loader, &batch), RN_OK);
        if (batch.count == 0)
            break;
        CU_ASSERT(batch.index == index || batch.count == 1);
        for (int64_t i = 0; i < batch.count; i++) {
            float pixel = batch.images[i * config->network.channels * plane + plane - 1];
            CU_ASSERT_EQUAL(pixel, (float)batch.labels[i] / 255.0f);
            CU_ASSERT_EQUAL(batch.samples[i], batch.labels[i]);
            labels[n++] = batch.labels[i];
        }
        CU_ASSERT(batch.end >= params->first + n || batch.count == 1);
    }
    CU_ASSERT_EQUAL(rn_loader_next(loader, &batch), RN_OK);
    CU_ASSERT_EQUAL(batch.count, 0);
    CU_ASSERT(rn_loader_waited_s(loader) >= 0);
    rn_loader_destroy(loader);
    return n;
}

static void test_once(void)
{
    static const int64_t batches[] = { 1, 2, 10, 102, 103, 104, 1000 };
    memory_set *set = make_set(1, 6, 6);
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++)
        for (int drop = 0; drop < 2; drop++) {
            int32_t labels[COUNT];
            int seen[COUNT] = { 0 }, twice = 0;
            rn_loader_params params = make_params(set, batches[b]);
            params.drop_last = drop;
            int64_t n = read_labels(&params, labels);
            CU_ASSERT_EQUAL(n, drop ? COUNT - COUNT % batches[b] : COUNT);
            for (int64_t i = 0; i < n; i++)
                twice += seen[labels[i]]++;
            CU_ASSERT_EQUAL(twice, 0);
        }
    memory_set_free(set);
}

static bool same_order(const rn_loader_params *a, const rn_loader_params *b)
{
    int32_t x[COUNT], y[COUNT];
    int64_t n = read_labels(a, x), m = read_labels(b, y);
    return n == m && memcmp(x, y, (size_t)n * sizeof *x) == 0;
}

static void test_order(void)
{
    memory_set *set = make_set(1, 6, 6);
    rn_loader_params a = make_params(set, 10), b = a;
    b.batch = 7; /* the batch does not change the order */
    CU_ASSERT(same_order(&a, &b));
    b.epoch = 1;
    CU_ASSERT_FALSE(same_order(&a, &b));
    b = a;
    b.seed = 8;
    CU_ASSERT_FALSE(same_order(&a, &b));
    b.seed = 7 + (1ull << 40);
    CU_ASSERT_FALSE(same_order(&a, &b));
    int32_t labels[COUNT];
    b.shuffle = false;
    read_labels(&b, labels);
    for (int i = 0; i < COUNT; i++)
        CU_ASSERT_EQUAL(labels[i], i);
    memory_set_free(set);
}

/* Over many epochs every image must be about equally often at the first, middle and last position:
 * chi-square with 102 degrees of freedom has mean 102 and standard deviation 14.3; the limit is 6
 * standard deviations above the mean. */
static void test_uniform(void)
{
    enum { EPOCHS = 2000, N_POSITIONS = 3 };
    static const int positions[N_POSITIONS] = { 0, 51, 102 };
    static int64_t seen[N_POSITIONS][COUNT];
    memory_set *set = make_set(1, 1, 1);
    rn_loader_params params = make_params(set, COUNT);
    memset(seen, 0, sizeof seen);
    for (params.epoch = 0; params.epoch < EPOCHS; params.epoch++) {
        int32_t labels[COUNT];
        read_labels(&params, labels);
        for (int p = 0; p < N_POSITIONS; p++)
            seen[p][labels[positions[p]]]++;
    }
    for (int p = 0; p < N_POSITIONS; p++) {
        double chi2 = 0, expected = (double)EPOCHS / COUNT;
        for (int i = 0; i < COUNT; i++)
            chi2 += pow((double)seen[p][i] - expected, 2) / expected;
        CU_ASSERT(chi2 < 102 + 6 * 14.3);
    }
    memory_set_free(set);
}

static void test_resume(void)
{
    int32_t whole[COUNT], rest[COUNT];
    memory_set *set = make_set(1, 6, 6);
    rn_loader_params params = make_params(set, 10);
    params.epoch = 3;
    read_labels(&params, whole);
    for (params.first_batch = 0; params.first_batch <= 11; params.first_batch++) {
        params.first = params.first_batch == 11 ? COUNT : 10 * params.first_batch;
        int64_t n = read_labels(&params, rest);
        CU_ASSERT_EQUAL(n, COUNT - params.first);
        CU_ASSERT_EQUAL(memcmp(rest, whole + params.first, (size_t)n * sizeof *rest), 0);
    }
    memory_set_free(set);
}

static void test_workers(void)
{
    static const int64_t n_workers[] = { 1, 2, 7, 40 };
    int32_t wanted[COUNT], found[COUNT];
    for (int is_stream = 0; is_stream < 2; is_stream++) {
        memory_set *set = make_set(1, 6, 6);
        set->is_slow = true;
        if (is_stream)
            memory_set_stream(set);
        rn_loader_params params = make_params(set, 10);
        params.workers = 1;
        CU_ASSERT_EQUAL(read_labels(&params, wanted), COUNT);
        CU_ASSERT(!is_stream || (wanted[0] == COUNT - 1 && wanted[COUNT - 1] == 0));
        for (size_t i = 0; i < sizeof n_workers / sizeof *n_workers; i++) {
            params.workers = n_workers[i];
            CU_ASSERT_EQUAL(read_labels(&params, found), COUNT);
            CU_ASSERT_EQUAL(memcmp(found, wanted, sizeof found), 0);
        }
        memory_set_free(set);
    }
}

/* ---- Samples that cannot be read ---- */

typedef struct heard {
    char names[COUNT][32];
    int count;
} heard;

static rn_status hear(void *context, const char *name, const char *reason)
{
    heard *h = context;
    CU_ASSERT_PTR_NOT_NULL(strstr(reason, "it is broken"));
    snprintf(h->names[h->count++], sizeof h->names[0], "%s", name);
    return RN_OK;
}

/* With any share of broken samples, and any batch, the others come in the same order. */
static void test_skip(void)
{
    static const int64_t batches[] = { 1, 7, 10, COUNT, 200 };
    static const int shares[] = { 1, 2, 10, 50 }; /* one of so many is broken */
    int32_t order[COUNT], found[COUNT];
    bool broken[COUNT];
    memory_set *set = make_set(1, 6, 6);
    rn_loader_params params = make_params(set, 10);
    read_labels(&params, order);
    set->is_slow = true;
    set->broken = broken;
    set->config.data.on_error = RN_ON_ERROR_SKIP;
    params.skipped = hear;
    params.workers = 3;
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++)
        for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
            heard h = { .count = 0 };
            int64_t n = 0;
            for (int i = 0; i < COUNT; i++)
                broken[i] = i % shares[s] == 0;
            params.batch = batches[b];
            params.context = &h;
            int64_t n_found = read_labels(&params, found);
            for (int i = 0; i < COUNT; i++)
                if (!broken[order[i]])
                    CU_ASSERT(n < n_found && found[n++] == order[i]);
            CU_ASSERT_EQUAL(n, n_found);
            CU_ASSERT_EQUAL(h.count, COUNT - n_found);
        }
    memory_set_free(set);
}

/* Training leaves out what remains; going on from a batch's end gives the same rest. */
static void test_skip_resume(void)
{
    int32_t found[COUNT], rest[COUNT];
    bool broken[COUNT] = { [3] = true, [40] = true, [41] = true, [99] = true };
    memory_set *set = make_set(1, 6, 6);
    rn_loader *loader = NULL;
    rn_batch batch;
    set->broken = broken;
    set->config.data.on_error = RN_ON_ERROR_SKIP;
    rn_loader_params params = make_params(set, 10);
    params.trains = true;
    CU_ASSERT_EQUAL(read_labels(&params, found), 90); /* 99 can be read, planned for were 103 */
    CU_ASSERT_EQUAL_FATAL(rn_loader_create(&params, &loader), RN_OK);
    for (int i = 1; i < 9; i++) {
        CU_ASSERT_EQUAL_FATAL(rn_loader_next(loader, &batch), RN_OK);
        rn_loader_params later = params;
        later.first = batch.end;
        later.first_batch = i;
        CU_ASSERT_EQUAL(read_labels(&later, rest), 90 - 10 * i);
        CU_ASSERT_EQUAL(memcmp(rest, found + 10 * i, (size_t)(90 - 10 * i) * sizeof *rest), 0);
    }
    rn_loader_destroy(loader);
    memory_set_free(set);
}

/* The batches before the broken sample are given, then the error, for any number of workers. */
static void test_stop_at_broken(void)
{
    bool broken[COUNT] = { [57] = true, [90] = true };
    memory_set *set = make_set(1, 6, 6);
    set->broken = broken;
    set->is_slow = true;
    rn_loader_params params = make_params(set, 10);
    params.shuffle = false;
    for (params.workers = 1; params.workers <= 4; params.workers++) {
        rn_loader *loader = NULL;
        rn_batch batch;
        CU_ASSERT_EQUAL_FATAL(rn_loader_create(&params, &loader), RN_OK);
        for (int i = 0; i < 5; i++) {
            CU_ASSERT_EQUAL(rn_loader_next(loader, &batch), RN_OK);
            CU_ASSERT_EQUAL(batch.count, 10);
        }
        CU_ASSERT(
            check_failed(rn_loader_next(loader, &batch), RN_E_DATA, "image 57: it is broken"));
        rn_loader_destroy(loader);
    }
    memory_set_free(set);
}

/* A batch that was returned does not change while the thread fills others. */
static void test_stable(void)
{
    rn_loader *loader = NULL;
    rn_batch batch, last = { 0 };
    memory_set *set = make_set(1, 6, 6);
    rn_loader_params params = make_params(set, 5);
    CU_ASSERT_EQUAL_FATAL(rn_loader_create(&params, &loader), RN_OK);
    float before[2][5 * 36];
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL_FATAL(rn_loader_next(loader, &batch), RN_OK);
        memcpy(before[i % 2], batch.images, sizeof before[0]);
        usleep(2000);
        CU_ASSERT_EQUAL(memcmp(before[i % 2], batch.images, sizeof before[0]), 0);
        if (i > 0)
            CU_ASSERT_EQUAL(memcmp(before[(i + 1) % 2], last.images, sizeof before[0]), 0);
        last = batch;
    }
    rn_loader_destroy(loader);
    memory_set_free(set);
}

static void test_destroy_early(void)
{
    memory_set *set = make_set(1, 28, 96);
    rn_loader_params params = make_params(set, 20);
    for (int i = 0; i < 60; i++) {
        rn_loader *loader = NULL;
        rn_batch batch;
        CU_ASSERT_EQUAL_FATAL(rn_loader_create(&params, &loader), RN_OK);
        for (int k = 0; k < i % 4; k++)
            CU_ASSERT_EQUAL(rn_loader_next(loader, &batch), RN_OK);
        if (i % 5 == 0)
            usleep(500);
        rn_loader_destroy(loader);
    }
    rn_loader_destroy(NULL);
    memory_set_free(set);
}

static volatile sig_atomic_t n_signals;

static void count_signal(int number)
{
    (void)number;
    n_signals++;
}

/* A signal that is blocked here must also be blocked in the loader's thread. */
static void test_signals(void)
{
    rn_loader *loader = NULL;
    sigset_t one, before, after;
    memory_set *set = make_set(1, 6, 6);
    rn_loader_params params = make_params(set, 5);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    CU_ASSERT_EQUAL_FATAL(rn_loader_create(&params, &loader), RN_OK);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    CU_ASSERT_EQUAL(sigismember(&before, SIGUSR1), sigismember(&after, SIGUSR1));
    signal(SIGUSR1, count_signal);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &one, NULL);
    kill(getpid(), SIGUSR1);
    usleep(20000);
    CU_ASSERT_EQUAL(n_signals, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    CU_ASSERT_EQUAL(n_signals, 1);
    rn_loader_destroy(loader);
    memory_set_free(set);
}

static void test_bad_params(void)
{
    rn_loader *loader = NULL;
    memory_set *set = make_set(1, 6, 6);
    rn_loader_params p = make_params(set, 0);
    CU_ASSERT(check_failed(rn_loader_create(&p, &loader), RN_E_CONFIG, "batch is 0"));
    p = make_params(set, 10);
    p.first = COUNT + 1;
    CU_ASSERT(check_failed(rn_loader_create(&p, &loader), RN_E_CONFIG, "expected 0 to 103"));
    CU_ASSERT_PTR_NULL(loader);
    memory_set_free(set);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "every image exactly once", test_once },
        { "the order depends only on seed and epoch", test_order },
        { "every order is equally likely", test_uniform },
        { "a resumed epoch returns the same remaining images", test_resume },
        { "the number of workers changes nothing", test_workers },
        { "samples that cannot be read are left out", test_skip },
        { "an epoch with skipped samples is resumed", test_skip_resume },
        { "a broken sample ends the epoch", test_stop_at_broken },
        { "a batch does not change while it is used", test_stable },
        { "a loader can be destroyed at any time", test_destroy_early },
        { "the threads receive no signals", test_signals },
        { "invalid parameters are refused", test_bad_params },
        CU_TEST_INFO_NULL,
    };
    return check_run("loader", tests);
}
