/* test_cudnn_ranks.c: synchronised batch norms of the backend cudnn on two simulated GPUs. The two
 * halves of the batch have very different values; the statistics must be the oracle's for the whole
 * batch, bit-identical on both GPUs, and so must the gradients. */
#include <pthread.h>
#include <resnet/collective.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "cudasim/cudasim.h"
#include "plugin/registry.h"
#include "support/check.h"
#include "support/op_chains.h"
#include "support/op_harness.h"

enum { N_RANKS = 2 };

/* (N,C,H,W) of the whole batch: channels and planes that are multiples of 8, and that are not; one
 * value per channel on each GPU; and channels split among blocks. */
static const int64_t SHAPES[][4] = {
    { 6, 16, 9, 8 }, { 4, 5, 7, 3 }, { 2, 8, 1, 1 }, { 8, 64, 20, 20 }, { 6, 3, 23, 21 },
};

/* One GPU's half of a case. */
typedef struct rank {
    op_backend backend;
    const rn_batch_norm_attrs *attrs;
    op_set in, out;
    rn_status status;
    char text[512]; /* the failure's message */
} rank;

static rn_registry *registry;
static op_backend oracle;

static bool open_backend(const rn_backend *table, int32_t precision, const char *device,
                         op_backend *b)
{
    const rn_open_params params = { .size = sizeof params,
                                    .threads = 1,
                                    .precision = precision,
                                    .deterministic = 1,
                                    .device = device };
    *b = (op_backend){ .table = table, .threads = 1, .precision = precision, .complete = true };
    snprintf(b->label, sizeof b->label, "%s:%s, precision %d", table->name, device, (int)precision);
    bool is_open = table->open(&params, &b->context) == RN_OK;
    op_check(is_open, "%s: %s", b->label, rn_fail_text());
    return is_open;
}

static void *rank_run(void *argument)
{
    rank *r = argument;
    r->status = op_chain_batch_norm(&r->backend, &r->in, r->attrs, &r->out);
    if (r->status)
        snprintf(r->text, sizeof r->text, "%s", rn_fail_text());
    return NULL;
}

/* Rank `index`'s part of an image's memory; all of a vector. */
static op_tensor part_of(const op_tensor *whole, int index)
{
    op_tensor part = *whole;
    if (whole->desc.rank == 4) {
        part.desc.shape[0] /= N_RANKS;
        part.desc.size_bytes /= N_RANKS;
        part.data = (char *)whole->data + (uint64_t)index * part.desc.size_bytes;
    }
    return part;
}

static void ranks_run(rank ranks[N_RANKS], const op_set *whole, const rn_batch_norm_attrs *attrs)
{
    pthread_t threads[N_RANKS];
    for (int i = 0; i < N_RANKS; i++) {
        ranks[i].attrs = attrs;
        ranks[i].in = ranks[i].out = (op_set){ .mask_dtype = RN_BIT };
        memcpy(ranks[i].in.name, whole->name, sizeof whole->name);
        for (int t = 0; t < whole->n; t++) {
            const op_tensor part = part_of(whole->tensors[t], i);
            op_tensor *copy = op_set_like(&ranks[i].in, part.name, &part);
            memcpy(copy->data, part.data, part.desc.size_bytes);
        }
    }
    for (int i = 0; i < N_RANKS; i++)
        if (pthread_create(&threads[i], NULL, rank_run, &ranks[i]))
            abort();
    for (int i = 0; i < N_RANKS; i++) {
        pthread_join(threads[i], NULL);
        op_check(ranks[i].status == RN_OK, "%s: %s", ranks[i].backend.label, ranks[i].text);
    }
}

/* Values that depend on the whole batch have the same bits on both GPUs. */
static void compare_ranks(const rank ranks[N_RANKS])
{
    static const char *const SAME[] = { "mean", "inv_std", "running_mean_out", "running_var_out" };
    for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++) {
        const op_tensor *a = op_set_find(&ranks[0].out, SAME[i]);
        const op_tensor *b = op_set_find(&ranks[1].out, SAME[i]);
        op_check(!memcmp(a->data, b->data, a->desc.size_bytes), "%s: %s differs between the GPUs",
                 ranks[0].in.name, SAME[i]);
    }
}

/* Each rank's loss is the mean over its own half, and the trainer averages over the ranks; so the
 * sum of the ranks' gradients must equal the oracle's, which was given the same gradients of y. */
static void compare_sum(rank ranks[N_RANKS], const op_tensor *expected, op_limit limit)
{
    op_tensor *a = op_set_find(&ranks[0].out, expected->name);
    const op_tensor *b = op_set_find(&ranks[1].out, expected->name);
    for (int64_t i = 0; i < op_count(a); i++)
        ((float *)a->data)[i] += ((const float *)b->data)[i];
    op_compare(&ranks[0].backend, ranks[0].in.name, a, expected, limit);
}

static void compare_all(rank ranks[N_RANKS], const op_set *expected)
{
    compare_ranks(ranks);
    for (int t = 0; t < expected->n; t++) {
        const op_tensor *e = expected->tensors[t];
        const op_limit limit = { 1e-5, 1 };
        if (e->desc.dtype != RN_F32)
            continue;
        if (!strcmp(e->name, "dweight") || !strcmp(e->name, "dbias")) {
            compare_sum(ranks, e, limit);
            continue;
        }
        for (int i = 0; i < N_RANKS; i++) {
            const op_tensor part = part_of(e, i);
            const op_tensor *got = op_set_find(&ranks[i].out, e->name);
            op_compare(&ranks[i].backend, ranks[i].in.name, got, &part,
                       op_limit_on(&ranks[i].backend, &part, limit));
        }
    }
}

/* Makes x's second half lie 40 standard deviations from the first. No y is near 0, where rounding
 * could flip its mask. */
static void case_make(op_set *in, const int64_t shape[4])
{
    static const char *const IMAGES[] = { "x", "z", "dy" };
    static const char *const VECTORS[] = { "weight", "bias", "running_mean", "running_var" };
    uint32_t seed = 1;
    *in = (op_set){ .mask_dtype = RN_BIT };
    snprintf(in->name, sizeof in->name, "batch_norm %lldx%lldx%lldx%lld", (long long)shape[0],
             (long long)shape[1], (long long)shape[2], (long long)shape[3]);
    for (size_t i = 0; i < 3; i++)
        op_fill(op_set_image(in, IMAGES[i], shape), seed++);
    for (size_t i = 0; i < 4; i++) {
        op_tensor *v = op_set_vector(in, VECTORS[i], shape[1]);
        op_fill(v, seed++);
        for (int64_t c = 0; c < shape[1]; c++)
            ((float *)v->data)[c] = (i % 3 ? 0.0f : 1.0f) + 0.25f * ((float *)v->data)[c];
    }
    float *x = op_set_find(in, "x")->data, *z = op_set_find(in, "z")->data;
    int64_t count = op_count(op_set_find(in, "x"));
    for (int64_t i = 0; i < count; i++) {
        x[i] += i < count / 2 ? 0.0f : 24.0f;
        z[i] += z[i] < 0 ? -6.0f : 6.0f;
    }
    op_set_round(in);
}

static void case_check(rank ranks[N_RANKS], const int64_t shape[4])
{
    rn_batch_norm_attrs attrs = { .size = sizeof attrs,
                                  .training = 1,
                                  .epsilon = 1e-5,
                                  .momentum = 0.1,
                                  .epilogue = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU };
    op_set in, expected = { .mask_dtype = RN_U8 };
    case_make(&in, shape);
    in.mask_dtype = RN_U8;
    rn_status status = op_chain_batch_norm(&oracle, &in, &attrs, &expected);
    op_check(status == RN_OK, "the oracle: %s", rn_fail_text());
    attrs.synchronised = 1;
    ranks_run(ranks, &in, &attrs);
    if (!status && !ranks[0].status && !ranks[1].status)
        compare_all(ranks, &expected);
    for (int i = 0; i < N_RANKS; i++) {
        op_set_clear(&ranks[i].in);
        op_set_clear(&ranks[i].out);
    }
    op_set_clear(&in);
    op_set_clear(&expected);
}

static void precision_check(int32_t precision)
{
    static const char *const DEVICES[N_RANKS] = { "0", "1" };
    rank ranks[N_RANKS] = { 0 };
    rn_context *contexts[N_RANKS] = { NULL };
    const rn_backend *table = NULL;
    op_check(!rn_registry_backend(registry, "cudnn", &table), "%s", rn_fail_text());
    bool is_open = table != NULL;
    for (int i = 0; i < N_RANKS && is_open; i++) {
        is_open = open_backend(table, precision, DEVICES[i], &ranks[i].backend);
        contexts[i] = ranks[i].backend.context;
    }
    const rn_collective *collective =
        is_open ? table->extension(contexts[0], RN_COLLECTIVE_ID) : NULL;
    op_check(collective != NULL, "cudnn has no " RN_COLLECTIVE_ID);
    if (collective) {
        bool is_joined = collective->join(contexts, N_RANKS) == RN_OK;
        op_check(is_joined, "join: %s", rn_fail_text());
        for (size_t i = 0; is_joined && i < sizeof SHAPES / sizeof *SHAPES; i++)
            case_check(ranks, SHAPES[i]);
    }
    for (int i = 0; i < N_RANKS; i++)
        if (contexts[i])
            table->close(contexts[i]);
    op_check(cudasim_live(true) == 0, "leaks on the GPUs");
    op_check(cudasim_blames() == 0, "misuse");
}

static void test_fp32(void)
{
    precision_check(RN_PRECISION_FP32);
}
static void test_tf32(void)
{
    precision_check(RN_PRECISION_TF32);
}
static void test_bf16(void)
{
    precision_check(RN_PRECISION_BF16);
}
static void test_fp16(void)
{
    precision_check(RN_PRECISION_FP16);
}

int main(int argc, char **argv)
{
    static const CU_TestInfo tests[] = { { "fp32", test_fp32 },
                                         { "tf32", test_tf32 },
                                         { "bf16", test_bf16 },
                                         { "fp16", test_fp16 },
                                         CU_TEST_INFO_NULL };
    const rn_backend *reference = NULL;
    (void)argc;
    const char *devices = getenv("CUDASIM_DEVICES"); /* read when the library is loaded */
    if (!devices || strcmp(devices, "2") != 0) {
        setenv("CUDASIM_DEVICES", "2", 1);
        execv("/proc/self/exe", argv);
        return 1;
    }
    if (rn_registry_create(NULL, &registry) ||
        rn_registry_backend(registry, "reference", &reference)) {
        fprintf(stderr, "no oracle to compare with: %s\n", rn_fail_text());
        return 1;
    }
    const rn_open_params params = {
        .size = sizeof params, .threads = 1, .precision = RN_PRECISION_FP32, .device = ""
    };
    oracle = (op_backend){ .label = "reference",
                           .table = reference,
                           .threads = 1,
                           .precision = RN_PRECISION_FP32,
                           .complete = true };
    if (reference->open(&params, &oracle.context))
        return 1;
    int result = check_run("batch norms over several GPUs", tests);
    reference->close(oracle.context);
    rn_registry_destroy(registry);
    return result;
}
