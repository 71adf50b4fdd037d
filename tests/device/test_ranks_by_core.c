/* test_ranks_by_core.c: steps shared by several devices whose backend has no collective operations,
 * so that the core exchanges gradients and the sums of batch norms: ranks.so with RANKS_BY
 * (tests/device/ranks). */
#include <math.h>
#include <stdlib.h>

#include "device/ranks_rig.h"

static const char *const BY_CORE[] = { "core", "core,host" };

/* With copies of gradients and without: the same curves as one device, and equal bits twice. */
static void test_by_core(void)
{
    static const char *const LISTS[] = { "ranks:0,1", "ranks:0,1,2,3" };
    for (int i = 0; i < 4; i++) {
        ranks_outcome one, several, again;
        ranks_train(ranks_cfgs[i / 2], "reference", &one);
        setenv("RANKS_BY", BY_CORE[i % 2], 1);
        ranks_train(ranks_cfgs[i / 2], LISTS[i % 2], &several);
        ranks_train(ranks_cfgs[i / 2], LISTS[i % 2], &again);
        unsetenv("RANKS_BY");
        CU_ASSERT(ranks_same_bits(&several, &again) && !several.is_recorded);
        CU_ASSERT(several.count == one.count && ranks_distance(&several, &one) < RANKS_CURVE_LIMIT);
        for (int k = 0; k < RANKS_STEPS; k++)
            CU_ASSERT(fabs(several.losses[k] - one.losses[k]) < RANKS_CURVE_LIMIT);
        free(one.kept);
        free(several.kept);
        free(again.kept);
    }
}

static void test_copies_by_core(void)
{
    setenv("RANKS_BY", "core", 1);
    ranks_check_copies();
    unsetenv("RANKS_BY");
}

/* A rank that fails, before, in or after an exchange, ends the waits of the others. */
static void test_failures_by_core(void)
{
    static const char *const FAULTS[] = { "1:conv2d_grad_weight:5", "0:batch_norm:2",
                                          "2:download:2", "2:sgd:1", "0:upload:100" };
    setenv("RANKS_BY", "core", 1);
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        ranks_trial t;
        double loss;
        setenv("RANKS_FAULT", FAULTS[i], 1);
        rn_status status = ranks_trial_open(&t, ranks_cfgs[0], "ranks:0,1,2");
        for (uint32_t k = 0; k < RANKS_STEPS && !status; k++)
            status = ranks_trial_step(&t, k, &loss);
        CU_ASSERT(check_failed(status, RN_E_DEVICE, "the device was lost"));
        ranks_trial_close(&t);
    }
    unsetenv("RANKS_FAULT");
    unsetenv("RANKS_BY");
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "the core exchanges", test_by_core },
        { "ranks stay identical", test_copies_by_core },
        { "a rank that fails ends exchanges", test_failures_by_core },
        CU_TEST_INFO_NULL,
    };
    return ranks_run_tests("ranks_by_core", tests);
}
