/* test_cudnn_ranks.c: synchronised batch norms of the backend cudnn on two simulated GPUs. The two
 * halves of the batch have very different values; the statistics must be the oracle's for the whole
 * batch, bit-identical on both GPUs, and so must the gradients. */
#include <resnet/collective.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "cudasim/cudasim.h"
#include "plugin/registry.h"
#include "support/check.h"
#include "support/op_ranks.h"

enum { N_RANKS = 2 };

/* (N,C,H,W) of the whole batch: channels and planes that are multiples of 8, and that are not; one
 * value per channel on each GPU; and channels split among blocks. */
static const int64_t SHAPES[][4] = {
    { 6, 16, 9, 8 }, { 4, 5, 7, 3 }, { 2, 8, 1, 1 }, { 8, 64, 20, 20 }, { 6, 3, 23, 21 },
};

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

static void case_check(op_rank ranks[N_RANKS], const int64_t shape[4])
{
    rn_batch_norm_attrs attrs = { .size = sizeof attrs,
                                  .training = 1,
                                  .epsilon = 1e-5,
                                  .momentum = 0.1,
                                  .epilogue = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU };
    op_set in, expected = { .mask_dtype = RN_U8 };
    op_ranks_case(&in, shape, attrs.epilogue, N_RANKS);
    rn_status status = op_chain_batch_norm(&oracle, &in, &attrs, &expected);
    op_check(status == RN_OK, "the oracle: %s", rn_fail_text());
    attrs.synchronised = 1;
    op_ranks_run(ranks, N_RANKS, &in, &attrs);
    if (!status)
        op_ranks_compare(ranks, N_RANKS, &expected, (op_limit){ 1e-5, 1 });
    op_ranks_clear(ranks, N_RANKS);
    op_set_clear(&in);
    op_set_clear(&expected);
}

static void precision_check(int32_t precision)
{
    static const char *const DEVICES[N_RANKS] = { "0", "1" };
    op_rank ranks[N_RANKS] = { 0 };
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
