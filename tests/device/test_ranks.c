/* test_ranks.c: steps shared by several devices, and recorded steps, on ranks.so
 * (tests/device/ranks), which checks what backends may rely on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/ranks_rig.h"
#include "passes/parallel.h"

/* ---- Several devices ---- */

static void test_curves(void)
{
    static const char *const LISTS[] = { "ranks:0", "ranks:0,1", "ranks:2,0,1", "ranks:0,1,2,3" };
    for (size_t c = 0; c < RANKS_N_CFGS; c++) {
        ranks_outcome one, several;
        ranks_train(ranks_cfgs[c], "reference", &one);
        CU_ASSERT(fabs(one.losses[0] - one.losses[RANKS_STEPS - 1]) > 0.01);
        for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
            ranks_train(ranks_cfgs[c], LISTS[i], &several);
            bool is_near =
                several.count == one.count && ranks_distance(&several, &one) < RANKS_CURVE_LIMIT;
            for (int k = 0; k < RANKS_STEPS; k++)
                is_near = is_near && fabs(several.losses[k] - one.losses[k]) < RANKS_CURVE_LIMIT;
            if (!is_near)
                check_note("%s on %s: losses %.8g to %.8g, not %.8g to %.8g", ranks_cfgs[c],
                           LISTS[i], several.losses[0], several.losses[RANKS_STEPS - 1],
                           one.losses[0], one.losses[RANKS_STEPS - 1]);
            CU_ASSERT(is_near && several.is_recorded);
            free(several.kept);
        }
        free(one.kept);
    }
}

/* ---- The graph ---- */

static int32_t index_of(const rn_dag *dag, const rn_node *node)
{
    int32_t i = 0;
    while (i < dag->n_nodes && dag->nodes[i] != node)
        i++;
    return i;
}

/* Index of the all_reduce that takes the value or its reordered copy; -1: none; -2: several. */
static int32_t find_reduction(const rn_dag *dag, const rn_value *value)
{
    int32_t index = -1;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        for (int32_t k = 0; rn_node_is(dag->nodes[i], "all_reduce") && k < dag->nodes[i]->n_inputs;
             k++)
            if (dag->nodes[i]->inputs[k] == value || dag->nodes[i]->inputs[k] == value->moved)
                index = index == -1 ? i : -2;
    return index;
}

static void test_graph(void)
{
    ranks_trial t;
    int n_gradients = 0, n_moved = 0, n_before_last = 0;
    if (ranks_trial_open(&t, ranks_cfgs[0], "ranks:0,1")) {
        CU_FAIL("no session");
        ranks_trial_close(&t);
        return;
    }
    const rn_dag *dag = t.plans->by_rank[1]->dag;
    int32_t first_sgd = 0;
    while (!rn_node_is(dag->nodes[first_sgd], "sgd"))
        first_sgd++;
    CU_ASSERT(find_reduction(dag, dag->loss) >= 0);
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *gradient = dag->values[i]->gradient;
        if (dag->values[i]->role != RN_ROLE_PARAM)
            continue;
        int32_t index = find_reduction(dag, gradient);
        CU_ASSERT(index > index_of(dag, gradient->producer) && index < first_sgd);
        n_gradients++;
        n_moved += gradient->moved != NULL;
        n_before_last += index < first_sgd - 1;
    }
    CU_ASSERT(n_gradients > 30 && n_moved > 9 && n_before_last > 15);
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_node *node = dag->nodes[i];
        const rn_dropout_attrs *dropout = node->attrs;
        const rn_batch_norm_attrs *norm = node->attrs;
        if (rn_node_is(node, "batch_norm") || rn_node_is(node, "batch_norm_grad"))
            CU_ASSERT_EQUAL(norm->synchronised, 1);
        if (rn_node_is(node, "dropout"))
            CU_ASSERT_EQUAL(dropout->first_element,
                            rn_desc_count(&node->inputs[RN_DROPOUT_X]->desc));
    }
    ranks_trial_close(&t);
}

/* ResNet-18 has 47 MB of gradients in 62 tensors. */
static void test_buckets(void)
{
    char path[CHECK_PATH_MAX];
    const char *settings[] = { "backend.name=ranks", "backend.device=\"0,1\"", "run.threads=1" };
    rn_config *config = NULL;
    rn_session *session = NULL;
    rn_pass_plans *plans = NULL;
    int n = 0, n_tensors = 0;
    CU_ASSERT_EQUAL_FATAL(rn_config_load(check_source(path, "share/models/resnet18.cfg"), settings,
                                         3, &config),
                          RN_OK);
    rn_status status = rn_session_open(config, ranks_registry, &session);
    if (!status)
        status = rn_session_add(session, RN_PASS_TRAIN, 2, false, &plans);
    CU_ASSERT_EQUAL(status, RN_OK);
    for (int32_t i = 0; plans && i < plans->by_rank[0]->dag->n_nodes; i++) {
        const rn_node *node = plans->by_rank[0]->dag->nodes[i];
        uint64_t bytes = 0;
        for (int32_t k = 0; k < node->n_inputs; k++)
            bytes += node->inputs[k] ? node->inputs[k]->desc.size_bytes : 0;
        if (!rn_node_is(node, "all_reduce"))
            continue;
        CU_ASSERT(bytes <= RN_PARALLEL_BUCKET_BYTES || node->n_inputs == 1);
        n++;
        n_tensors += node->n_inputs;
    }
    CU_ASSERT(n_tensors == 63 && n >= 5 && n <= 7);
    rn_session_close(session);
    rn_config_destroy(config);
}

/* ---- Invalid configurations ---- */

static void check_open(const char *backend, rn_pass pass, int64_t batch, rn_status expected,
                       const char *words)
{
    char path[CHECK_PATH_MAX], device[64];
    const char *settings[] = { "backend.name=ranks", device, "run.threads=1" };
    rn_config *config = NULL;
    rn_session *session = NULL;
    rn_pass_plans *plans = NULL;
    snprintf(device, sizeof device, "backend.device=\"%s\"", backend);
    CU_ASSERT_EQUAL_FATAL(rn_config_load(check_source(path, ranks_cfgs[0]), settings, 3, &config),
                          RN_OK);
    rn_status status = rn_session_open(config, ranks_registry, &session);
    if (!status)
        status = rn_session_add(session, pass, batch, false, &plans);
    CU_ASSERT(expected ? check_failed(status, expected, words) : plans && plans->n_ranks == 1);
    rn_session_close(session);
    rn_config_destroy(config);
}

static void test_refusals(void)
{
    check_open("0,1,2,3,4", RN_PASS_TRAIN, 12, RN_E_CONFIG,
               "train.batch is 12, which the 5 devices");
    check_open("0,1", RN_PASS_TRAIN, 7, RN_E_CONFIG, "train.drop_last");
    check_open("0,1", RN_PASS_EVALUATE, 7, RN_OK, NULL);
    check_open("0,1,0", RN_PASS_TRAIN, 12, RN_E_CONFIG, "device 0 is named twice");
    check_open("0,8", RN_PASS_TRAIN, 12, RN_E_DEVICE, "there is no device \"8\"");
    check_open("0,", RN_PASS_TRAIN, 12, RN_E_DEVICE, "there is no device \"0,\"");
    check_open("0,x", RN_PASS_TRAIN, 12, RN_E_DEVICE, "there is no device \"0,x\"");
}

/* A rank that fails: the others do not wait for it, and its message is reported. */
static void test_failures(void)
{
    static const struct {
        const char *fault;
        rn_status status;
        const char *words;
    } CASES[] = {
        { "1:conv2d_grad_weight:5", RN_E_DEVICE, "ranks:1: " },
        { "0:batch_norm:2", RN_E_DEVICE, "ranks:0: layer1.0.bn1 (batch_norm): the device was" },
        { "2:upload:100", RN_E_DEVICE, "ranks:2: the device was lost" },
        { "1:download:2", RN_E_DEVICE, "ranks:1: the device was lost" },
        { "2:sgd:1", RN_E_DEVICE, "(sgd): the device was lost" },
        { "1:record_lost:3", RN_E_DEVICE, "ranks:1: recording a step: " },
        { "0:end_lost:1", RN_E_DEVICE, "ranks:0: recording a step: the device was lost" },
        { "2:launch:2", RN_E_DEVICE, "ranks:2: a recorded step: the device was lost" },
        { "1:buffer:1", RN_E_NOMEM, "ranks:1: no memory for a buffer" },
        { "0:join:1", RN_E_UNSUPPORTED, "ranks:0,1,2: these devices cannot reach each other" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        ranks_trial t;
        double loss;
        setenv("RANKS_FAULT", CASES[i].fault, 1);
        rn_status status = ranks_trial_open(&t, ranks_cfgs[0], "ranks:0,1,2");
        for (uint32_t k = 0; k < RANKS_STEPS && !status; k++)
            status = ranks_trial_step(&t, k, &loss);
        bool is_known = check_failed(status, CASES[i].status, CASES[i].words);
        if (!is_known)
            check_note("%s", CASES[i].fault);
        CU_ASSERT(is_known);
        ranks_trial_close(&t);
        unsetenv("RANKS_FAULT");
    }
}

/* ---- Recordings ---- */

static void test_recorded(void)
{
    static const char *const FAULTS[] = { "0:no_capture:1", "0:begin:1", "0:record:9", "0:end:1" };
    for (size_t c = 0; c < RANKS_N_CFGS; c++) {
        ranks_outcome recorded, each;
        ranks_train(ranks_cfgs[c], "ranks:0", &recorded);
        CU_ASSERT(recorded.is_recorded);
        for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
            setenv("RANKS_FAULT", FAULTS[i], 1);
            ranks_train(ranks_cfgs[c], "ranks:0", &each);
            unsetenv("RANKS_FAULT");
            CU_ASSERT(!each.is_recorded && ranks_same_bits(&recorded, &each));
            free(each.kept);
        }
        free(recorded.kept);
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "several devices match one", test_curves },
        { "ranks stay identical", ranks_check_copies },
        { "where gradients are exchanged", test_graph },
        { "gradients fill buckets", test_buckets },
        { "invalid configurations are rejected", test_refusals },
        { "a rank that fails ends the step", test_failures },
        { "recorded steps give the same bits", test_recorded },
        CU_TEST_INFO_NULL,
    };
    return ranks_run_tests("ranks", tests);
}
