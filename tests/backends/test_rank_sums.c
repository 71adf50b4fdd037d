/* test_rank_sums.c: batch norms that are synchronised through resnet.rank-sums/1: two or three
 * contexts of a backend, in threads, against the oracle with the whole batch, and against PyTorch's
 * results. The sums are made here. */
#include <math.h>
#include <pthread.h>
#include <resnet/collective.h>
#include <resnet/rank_sums.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/status.h"
#include "io/safetensors.h"
#include "support/check.h"
#include "support/op_backends.h"
#include "support/op_ranks.h"

/* (N,C,H,W) of each rank: channels and planes that are multiples of 8, and that are not; one value
 * per channel; planes of several parts; many channels with small planes. */
static const int64_t SHAPES[][4] = {
    { 3, 16, 9, 8 }, { 2, 5, 7, 3 }, { 1, 8, 1, 1 }, { 3, 3, 53, 41 }, { 4, 72, 20, 20 },
};

/* Where the ranks meet to add up their numbers. */
enum { MOST_VALUES = 512, WAIT_S = 60 };
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t all_here;
    int n, arrived;
    uint64_t meeting; /* number of the one under way */
    int64_t count;
    double of_rank[OP_RANKS_MAX][MOST_VALUES], sums[MOST_VALUES];
    bool has_failed; /* every sum fails */
} ranks_meet = { .mutex = PTHREAD_MUTEX_INITIALIZER, .all_here = PTHREAD_COND_INITIALIZER };

static int RANK_NUMBERS[OP_RANKS_MAX] = { 0, 1, 2, 3 };

/* The last to arrive adds up, in the ranks' order. */
static void add_up(void)
{
    for (int64_t i = 0; i < ranks_meet.count; i++) {
        ranks_meet.sums[i] = 0;
        for (int r = 0; r < ranks_meet.n; r++)
            ranks_meet.sums[i] += ranks_meet.of_rank[r][i];
    }
    ranks_meet.arrived = 0;
    ranks_meet.meeting++;
    pthread_cond_broadcast(&ranks_meet.all_here);
}

/* An rn_rank_sum. A rank that does not come fails the others. */
static rn_status meet(void *argument, double *values, int64_t count)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&ranks_meet.mutex);
    ranks_meet.has_failed |=
        count > MOST_VALUES || (ranks_meet.arrived && count != ranks_meet.count);
    if (!ranks_meet.has_failed) {
        uint64_t meeting = ranks_meet.meeting;
        ranks_meet.count = count;
        memcpy(ranks_meet.of_rank[*(int *)argument], values, (size_t)count * sizeof *values);
        if (++ranks_meet.arrived == ranks_meet.n)
            add_up();
        while (meeting == ranks_meet.meeting && !ranks_meet.has_failed)
            ranks_meet.has_failed |=
                pthread_cond_timedwait(&ranks_meet.all_here, &ranks_meet.mutex, &until) != 0;
        memcpy(values, ranks_meet.sums, (size_t)count * sizeof *values);
    }
    bool has_failed = ranks_meet.has_failed;
    pthread_mutex_unlock(&ranks_meet.mutex);
    return has_failed ? rn_fail(RN_E_DEVICE, "another rank has failed") : RN_OK;
}

/* Opens n contexts like the backend's. */
static bool ranks_open(const op_backend *like, op_rank *ranks, int n)
{
    const rn_open_params params = { .size = sizeof params,
                                    .threads = like->threads,
                                    .precision = like->precision,
                                    .convolution = like->convolution,
                                    .deterministic = 1,
                                    .device = "" };
    memset(ranks, 0, (size_t)n * sizeof *ranks);
    ranks_meet.n = n;
    ranks_meet.arrived = 0;
    ranks_meet.has_failed = false;
    for (int i = 0; i < n; i++) {
        ranks[i].backend = *like;
        ranks[i].backend.context = NULL;
        rn_status status = like->table->open(&params, &ranks[i].backend.context);
        op_check(!status, "%s: %s", like->label, rn_fail_text());
        if (status)
            return false;
        const rn_rank_sums *sums =
            like->table->extension(ranks[i].backend.context, RN_RANK_SUMS_ID);
        sums->set(ranks[i].backend.context, meet, &RANK_NUMBERS[i], n);
    }
    return true;
}

static void ranks_close(op_rank *ranks, int n)
{
    for (int i = 0; i < n; i++)
        if (ranks[i].backend.context)
            ranks[i].backend.table->close(ranks[i].backend.context);
}

/* A backend has this extension or collective operations of its own. */
static bool has_rank_sums(const op_backend *backend)
{
    const void *sums = backend->table->extension
                           ? backend->table->extension(backend->context, RN_RANK_SUMS_ID)
                           : NULL;
    op_check(sums || (backend->table->extension &&
                      backend->table->extension(backend->context, RN_COLLECTIVE_ID)),
             "%s can synchronise no norms", backend->label);
    return sums != NULL;
}

static const rn_batch_norm_attrs NORM = {
    .size = sizeof NORM, .training = 1, .epsilon = 1e-5, .momentum = 0.1
};

/* One case on n ranks, with masks of both kinds. */
static void case_check(op_rank *ranks, int n, const int64_t of_rank[4], int32_t epilogue)
{
    const int64_t shape[] = { n * of_rank[0], of_rank[1], of_rank[2], of_rank[3] };
    rn_batch_norm_attrs attrs = NORM;
    op_set in, expected = { .mask_dtype = RN_U8 };
    attrs.epilogue = epilogue;
    op_ranks_case(&in, shape, epilogue, n);
    op_check(!op_chain_batch_norm(op_backend_at(0), &in, &attrs, &expected), "the oracle: %s",
             rn_fail_text());
    attrs.synchronised = 1;
    for (int i = 0; i < (epilogue & RN_EPILOGUE_RELU ? 2 : 1); i++) {
        in.mask_dtype = i ? RN_U8 : RN_BIT;
        op_ranks_run(ranks, n, &in, &attrs);
        op_ranks_compare(ranks, n, &expected, (op_limit){ 1e-5, 1 });
        op_ranks_clear(ranks, n);
    }
    op_set_clear(&in);
    op_set_clear(&expected);
}

static void test_whole_batch(const op_backend *backend, const void *subject)
{
    op_rank ranks[OP_RANKS_MAX];
    (void)subject;
    if (!has_rank_sums(backend))
        return;
    for (int n = 2; n <= 3; n++) {
        bool is_open = ranks_open(backend, ranks, n);
        for (size_t i = 0; is_open && i < sizeof SHAPES / sizeof *SHAPES; i++)
            for (int32_t epilogue = 0; epilogue <= (RN_EPILOGUE_ADD | RN_EPILOGUE_RELU); epilogue++)
                case_check(ranks, n, SHAPES[i], epilogue);
        ranks_close(ranks, n);
    }
}

/* PyTorch's results for the whole batch. */
static void test_golden(const op_backend *backend, const void *subject)
{
    const op_set *golden = subject;
    rn_batch_norm_attrs attrs = NORM;
    op_rank ranks[2];
    attrs.synchronised = 1;
    if (!has_rank_sums(backend) || op_is_half(backend))
        return;
    if (ranks_open(backend, ranks, 2)) {
        const op_limit limit = { .tolerance = strstr(golden->name, "_offset") ? 1e-3 : 1e-5 };
        op_ranks_run(ranks, 2, golden, &attrs);
        op_ranks_compare(ranks, 2, golden, limit);
        op_ranks_clear(ranks, 2);
    }
    ranks_close(ranks, 2);
}

/* Failed sums end the kernel with their status, and a NaN on one rank shows on all. */
static void test_failures(const op_backend *backend, const void *subject)
{
    rn_batch_norm_attrs attrs = NORM;
    op_rank ranks[2];
    op_set in;
    (void)subject;
    if (!has_rank_sums(backend))
        return;
    attrs.synchronised = 1;
    op_ranks_case(&in, (const int64_t[]){ 2, 5, 7, 3 }, 0, 2);
    if (ranks_open(backend, ranks, 2)) {
        ((float *)op_set_find(&in, "x")->data)[0] = NAN;
        op_ranks_run(ranks, 2, &in, &attrs);
        for (int i = 0; i < 2; i++) {
            const float *mean = op_set_find(&ranks[i].out, "mean")->data;
            op_check(!ranks[i].status && isnan(mean[0]) && !isnan(mean[1]),
                     "%s: rank %d does not see the NaN of rank 0: %s", backend->label, i,
                     ranks[i].text);
        }
        op_ranks_clear(ranks, 2);
        ranks_meet.has_failed = true;
        op_ranks_run(ranks, 2, &in, &attrs);
        for (int i = 0; i < 2; i++)
            op_check(ranks[i].status == RN_E_DEVICE &&
                         !strcmp(ranks[i].text, "another rank has failed"),
                     "%s: failed sums gave %d: %s", backend->label, ranks[i].status, ranks[i].text);
        op_ranks_clear(ranks, 2);
    }
    ranks_close(ranks, 2);
    op_set_clear(&in);
}

/* A context without sums refuses; it takes what needs none. */
static void test_alone(const op_backend *backend, const void *subject)
{
    rn_batch_norm_attrs attrs = NORM;
    op_set in, out = { .n = 0 };
    (void)subject;
    if (!has_rank_sums(backend))
        return;
    op_ranks_case(&in, (const int64_t[]){ 2, 5, 7, 3 }, 0, 2);
    attrs.synchronised = 1;
    rn_status status = op_chain_batch_norm(backend, &in, &attrs, &out);
    op_check(status == RN_E_UNSUPPORTED && strstr(rn_fail_text(), "sums over the ranks"),
             "%s: synchronised without sums gave %d: %s", backend->label, status, rn_fail_text());
    op_set_clear(&out);
    attrs.training = 0;
    op_set_find(&in, "dy")->name[0] = '-'; /* no gradient */
    op_check(!op_chain_batch_norm(backend, &in, &attrs, &out), "%s: given statistics: %s",
             backend->label, rn_fail_text());
    op_set_clear(&out);
    op_set_clear(&in);
}

/* The batch norms of tests/golden/ops whose batch two ranks can share. */
static void goldens_add(void)
{
    static const char *const NAMES[] = { "batchnorm_train_small", "batchnorm_train_wide",
                                         "batchnorm_train_offset" };
    static op_set goldens[sizeof NAMES / sizeof *NAMES];
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char path[CHECK_PATH_MAX], file[64];
        rn_safetensors *loaded = NULL;
        snprintf(goldens[i].name, sizeof goldens[i].name, "%s", NAMES[i]);
        snprintf(file, sizeof file, "ops/%s.safetensors", NAMES[i]);
        if (!check_golden(path, file) || rn_safetensors_read(path, &loaded)) {
            op_tests_skip(NAMES[i], rn_fail_text());
            continue;
        }
        for (int64_t t = 0; t < loaded->n_tensors; t++) {
            const rn_named_tensor *tensor = &loaded->tensors[t];
            op_tensor *copy =
                op_set_add(&goldens[i], tensor->name, tensor->dtype, tensor->rank, tensor->shape);
            memcpy(copy->data, tensor->data, copy->desc.size_bytes);
        }
        rn_safetensors_destroy(loaded);
        op_tests_add(NAMES[i], test_golden, &goldens[i]);
    }
}

int main(int argc, char **argv)
{
    op_backends_open();
    op_backends_add_halves();
    op_tests_add("parts of a batch against the whole", test_whole_batch, NULL);
    goldens_add();
    op_tests_add("sums that fail", test_failures, NULL);
    op_tests_add("a context without sums", test_alone, NULL);
    op_tests_only(argc, argv);
    return op_tests_run("batch norms over ranks");
}
