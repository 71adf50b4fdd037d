/* test_loader.c: the loader returns every image once, in an order that depends only on seed and
 * epoch; it can start at any batch and be destroyed at any time. */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "data/loader.h"
#include "data/transform.h"
#include "support/check.h"

#define COUNT 103

static const double mean[2] = { 0.2860, 0.5 }, std[2] = { 0.3530, 0.25 };

/* All bytes of image i are i, and so is its label. */
static void make_dataset(rn_dataset *data, int64_t channels, int64_t side)
{
    int64_t item = channels * side * side;
    *data = (rn_dataset){
        .count = COUNT, .channels = channels, .height = side, .width = side, .n_classes = 256
    };
    data->images = malloc((size_t)(COUNT * item));
    data->labels = malloc(COUNT);
    for (int i = 0; i < COUNT; i++) {
        memset(data->images + i * item, i, (size_t)item);
        data->labels[i] = (uint8_t)i;
    }
}

static void free_dataset(rn_dataset *data)
{
    free(data->images);
    free(data->labels);
}

static rn_loader_params make_params(const rn_dataset *data, int64_t batch)
{
    return (rn_loader_params){ .dataset = data,
                               .height = data->height,
                               .width = data->width,
                               .mean = mean,
                               .std = std,
                               .n_mean = 1,
                               .n_std = 1,
                               .batch = batch,
                               .shuffle = true,
                               .seed = 7 };
}

/* Reads the rest of the epoch: stores its labels, returns their number, and checks that each image
 * belongs to its label. */
static int64_t read_labels(const rn_loader_params *params, int32_t *labels)
{
    rn_loader *loader = NULL;
    rn_batch batch;
    int64_t n = 0, index = params->first_batch;
    int64_t plane = params->height * params->width;
    CU_ASSERT_EQUAL_FATAL(rn_loader_create(params, &loader), RN_OK);
    for (;; index++) {
        CU_ASSERT_EQUAL_FATAL(rn_loader_next(loader, &batch), RN_OK);
        if (batch.count == 0)
            break;
        CU_ASSERT_EQUAL(batch.index, index);
        for (int64_t i = 0; i < batch.count; i++) {
            float pixel = batch.images[i * params->dataset->channels * plane + plane - 1];
            float wanted = ((float)batch.labels[i] / 255.0f - (float)mean[0]) / (float)std[0];
            CU_ASSERT_EQUAL(pixel, wanted);
            labels[n++] = batch.labels[i];
        }
    }
    CU_ASSERT_EQUAL(index, rn_loader_n_batches(COUNT, params->batch, params->drop_last));
    CU_ASSERT_EQUAL(rn_loader_next(loader, &batch), RN_OK);
    CU_ASSERT_EQUAL(batch.count, 0);
    CU_ASSERT(rn_loader_waited_s(loader) >= 0);
    rn_loader_destroy(loader);
    return n;
}

static void test_once(void)
{
    static const int64_t batches[] = { 1, 2, 10, 102, 103, 104, 1000 };
    rn_dataset data;
    make_dataset(&data, 1, 6);
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++)
        for (int drop = 0; drop < 2; drop++) {
            int32_t labels[COUNT];
            int seen[COUNT] = { 0 }, twice = 0;
            rn_loader_params params = make_params(&data, batches[b]);
            params.drop_last = drop;
            int64_t n = read_labels(&params, labels);
            CU_ASSERT_EQUAL(n, drop ? COUNT - COUNT % batches[b] : COUNT);
            for (int64_t i = 0; i < n; i++)
                twice += seen[labels[i]]++;
            CU_ASSERT_EQUAL(twice, 0);
        }
    free_dataset(&data);
}

static bool same_order(const rn_loader_params *a, const rn_loader_params *b)
{
    int32_t x[COUNT], y[COUNT];
    int64_t n = read_labels(a, x), m = read_labels(b, y);
    return n == m && memcmp(x, y, (size_t)n * sizeof *x) == 0;
}

static void test_order(void)
{
    rn_dataset data;
    make_dataset(&data, 1, 6);
    rn_loader_params a = make_params(&data, 10), b = a;
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
    free_dataset(&data);
}

/* Over many epochs every image must be about equally often at the first, middle and last position:
 * chi-square with 102 degrees of freedom has mean 102 and standard deviation 14.3; the limit is 6
 * standard deviations above the mean. */
static void test_uniform(void)
{
    enum { EPOCHS = 2000, N_POSITIONS = 3 };
    static const int positions[N_POSITIONS] = { 0, 51, 102 };
    static int64_t seen[N_POSITIONS][COUNT];
    rn_dataset data;
    make_dataset(&data, 1, 1);
    rn_loader_params params = make_params(&data, COUNT);
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
    free_dataset(&data);
}

static void test_resume(void)
{
    int32_t whole[COUNT], rest[COUNT];
    rn_dataset data;
    make_dataset(&data, 1, 6);
    rn_loader_params params = make_params(&data, 10);
    params.epoch = 3;
    read_labels(&params, whole);
    for (params.first_batch = 0; params.first_batch <= 11; params.first_batch++) {
        int64_t n = read_labels(&params, rest);
        int64_t done = params.first_batch == 11 ? COUNT : 10 * params.first_batch;
        CU_ASSERT_EQUAL(n, COUNT - done);
        CU_ASSERT_EQUAL(memcmp(rest, whole + done, (size_t)n * sizeof *rest), 0);
    }
    free_dataset(&data);
}

/* A batch that was returned does not change while the thread fills others. */
static void test_stable(void)
{
    rn_dataset data;
    rn_loader *loader = NULL;
    rn_batch batch, last = { 0 };
    make_dataset(&data, 1, 6);
    rn_loader_params params = make_params(&data, 5);
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
    free_dataset(&data);
}

static void test_destroy_early(void)
{
    rn_dataset data;
    make_dataset(&data, 1, 28);
    rn_loader_params params = make_params(&data, 20);
    params.height = params.width = 96;
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
    free_dataset(&data);
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
    rn_dataset data;
    rn_loader *loader = NULL;
    sigset_t one, before, after;
    make_dataset(&data, 1, 6);
    rn_loader_params params = make_params(&data, 5);
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
    free_dataset(&data);
}

/* The checksum is that of PyTorch's values: torch.arange(256, dtype=uint8).float().div(255), then
 * sub_(float32(0.2860)).div_(float32(0.3530)), as ToTensor and Normalize compute them. */
static void test_values(void)
{
    uint8_t bytes[2 * 256];
    float values[2 * 256];
    rn_transform *transform = NULL;
    const rn_transform_params params = { .channels = 2,
                                         .from_height = 16,
                                         .from_width = 16,
                                         .to_height = 16,
                                         .to_width = 16,
                                         .mean = mean,
                                         .std = std,
                                         .n_mean = 2,
                                         .n_std = 2 };
    for (int i = 0; i < 2 * 256; i++)
        bytes[i] = (uint8_t)i;
    CU_ASSERT_EQUAL_FATAL(rn_transform_create(&params, &transform), RN_OK);
    rn_transform_image(transform, bytes, values);
    CU_ASSERT_EQUAL(crc32(0, (const Bytef *)values, 256 * sizeof *values), 0x4ae0e75b);
    CU_ASSERT_EQUAL(values[256 + 255], (1.0f - 0.5f) / 0.25f);
    rn_transform_destroy(transform);
}

static void test_bad_params(void)
{
    static const double zero = 0, nan = NAN;
    rn_dataset data;
    rn_loader *loader = NULL;
    make_dataset(&data, 1, 6);
    rn_loader_params p = make_params(&data, 0);
    CU_ASSERT(check_failed(rn_loader_create(&p, &loader), RN_E_CONFIG, "batch is 0"));
    p = make_params(&data, 10);
    p.first_batch = 12;
    CU_ASSERT(check_failed(rn_loader_create(&p, &loader), RN_E_CONFIG, "expected 0 to 11"));
    p = make_params(&data, 10);
    p.std = &zero;
    CU_ASSERT(check_failed(rn_loader_create(&p, &loader), RN_E_CONFIG, "standard deviation is 0"));
    p = make_params(&data, 10);
    p.mean = &nan;
    CU_ASSERT(check_failed(rn_loader_create(&p, &loader), RN_E_CONFIG, "mean is nan"));
    p = make_params(&data, 10);
    p.n_std = 3;
    CU_ASSERT(check_failed(rn_loader_create(&p, &loader), RN_E_CONFIG, "one for each channel"));
    p = make_params(&data, 10);
    p.height = 0;
    CU_ASSERT(check_failed(rn_loader_create(&p, &loader), RN_E_SHAPE, "0x6"));
    CU_ASSERT_PTR_NULL(loader);
    free_dataset(&data);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "every image exactly once", test_once },
        { "the order depends only on seed and epoch", test_order },
        { "every order is equally likely", test_uniform },
        { "a resumed epoch returns the same remaining images", test_resume },
        { "a batch does not change while it is used", test_stable },
        { "a loader can be destroyed at any time", test_destroy_early },
        { "the thread receives no signals", test_signals },
        { "values equal PyTorch's", test_values },
        { "invalid parameters are refused", test_bad_params },
        CU_TEST_INFO_NULL,
    };
    return check_run("loader", tests);
}
