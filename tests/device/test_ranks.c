/* test_ranks.c: steps shared by several devices, and recorded steps, on ranks.so
 * (tests/device/ranks), which checks what backends may rely on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "train/synthetic.h"
#include "passes/parallel.h"
#include "support/check.h"
#include "train/step.h"

#define N_STEPS 6
#define BATCH 12

static rn_registry *registry;

/* A training plan, bound and initialised, and its images. */
typedef struct trial {
    rn_config *config;
    rn_session *session;
    rn_pass_plans *plans;
    rn_synthetic images;
} trial;

static rn_status trial_open(trial *t, const char *cfg, const char *backend)
{
    char path[CHECK_PATH_MAX], name[64], device[64];
    const char *settings[] = { name, device, "run.threads=1" };
    const char *colon = strchr(backend, ':');
    int length = colon ? (int)(colon - backend) : (int)strlen(backend);
    snprintf(name, sizeof name, "backend.name=%.*s", length, backend);
    snprintf(device, sizeof device, "backend.device=\"%s\"", colon ? colon + 1 : "");
    *t = (trial){ 0 };
    rn_status status = rn_config_load(check_source(path, cfg), settings, 3, &t->config);
    if (status)
        return status;
    status = rn_session_open(t->config, registry, &t->session);
    if (status)
        return status;
    status = rn_session_add(t->session, RN_PASS_TRAIN, BATCH, false, &t->plans);
    if (status)
        return status;
    status = rn_session_bind(t->session);
    if (status)
        return status;
    status = rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, 5);
    if (status)
        return status;
    return rn_synthetic_make(t->config, BATCH, &t->images);
}

static void trial_close(trial *t)
{
    rn_synthetic_clear(&t->images);
    rn_session_close(t->session);
    rn_config_destroy(t->config);
}

static rn_status trial_step(trial *t, uint32_t step, double *loss)
{
    rn_step_result result = { 0 };
    const rn_step_params params = { .learning_rate = 0.05, .seed = 3, .step = step };
    rn_status status = rn_step_run(t->session, t->plans, &t->images.batch, &params, &result);
    *loss = result.loss;
    return status;
}

/* Losses of some steps, and all kept tensors after them, concatenated. */
typedef struct outcome {
    double losses[N_STEPS];
    float *kept;
    int64_t count;
    bool is_recorded;
} outcome;

/* Those of one rank. */
static rn_status copy_kept(const trial *t, int32_t rank, outcome *o)
{
    rn_status status = RN_OK;
    const rn_store *store = t->session->store;
    const rn_store_copy *copy = &store->copies[rank];
    o->kept = calloc(store->size_bytes, 1);
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = &store->entries[i];
        const rn_operand from = { copy->buffer, entry->offset_bytes };
        status = copy->device->backend->download(copy->device->context, o->kept + o->count, from,
                                                 entry->desc.size_bytes);
        o->count += rn_desc_count(&entry->desc);
    }
    return status;
}

/* Trains for N_STEPS; a failure is an assertion. */
static void train(const char *cfg, const char *backend, outcome *o)
{
    trial t;
    *o = (outcome){ 0 };
    rn_status status = trial_open(&t, cfg, backend);
    for (uint32_t i = 0; i < N_STEPS && !status; i++)
        status = trial_step(&t, i, &o->losses[i]);
    if (!status)
        status = copy_kept(&t, 0, o);
    if (status)
        check_note("%s on %s: %s", cfg, backend, rn_fail_text());
    CU_ASSERT_EQUAL(status, RN_OK);
    o->is_recorded = t.plans && t.plans->by_rank[0]->recording;
    trial_close(&t);
}

static double relative_rms(const outcome *a, const outcome *b)
{
    double difference = 0, size = 0;
    for (int64_t i = 0; i < a->count; i++) {
        difference += pow((double)(a->kept[i] - b->kept[i]), 2);
        size += pow((double)b->kept[i], 2);
    }
    return sqrt(difference / size);
}

static bool same_bits(const outcome *a, const outcome *b)
{
    return a->count == b->count && memcmp(a->losses, b->losses, sizeof a->losses) == 0 &&
           memcmp(a->kept, b->kept, (size_t)a->count * sizeof *a->kept) == 0;
}

/* ---- Several devices ---- */

/* Sums in another order differ in a float's last bit (6e-8); training amplifies that. */
#define CURVE_LIMIT 2e-5

static const char *const CFGS[] = { "tests/config/nets/bottleneck.cfg",
                                    "tests/config/nets/dropout.cfg" };

static void test_curves(void)
{
    static const char *const LISTS[] = { "ranks:0", "ranks:0,1", "ranks:2,0,1", "ranks:0,1,2,3" };
    for (size_t c = 0; c < sizeof CFGS / sizeof *CFGS; c++) {
        outcome one, several;
        train(CFGS[c], "reference", &one);
        CU_ASSERT(fabs(one.losses[0] - one.losses[N_STEPS - 1]) > 0.01);
        for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
            train(CFGS[c], LISTS[i], &several);
            bool is_near = several.count == one.count && relative_rms(&several, &one) < CURVE_LIMIT;
            for (int k = 0; k < N_STEPS; k++)
                is_near = is_near && fabs(several.losses[k] - one.losses[k]) < CURVE_LIMIT;
            if (!is_near)
                check_note("%s on %s: losses %.8g to %.8g, not %.8g to %.8g", CFGS[c], LISTS[i],
                           several.losses[0], several.losses[N_STEPS - 1], one.losses[0],
                           one.losses[N_STEPS - 1]);
            CU_ASSERT(is_near && several.is_recorded);
            free(several.kept);
        }
        free(one.kept);
    }
}

/* All ranks hold the same bits after some steps. */
static void test_copies(void)
{
    trial t;
    double loss;
    rn_status status = trial_open(&t, CFGS[0], "ranks:0,1,2");
    for (uint32_t i = 0; i < N_STEPS && !status; i++)
        status = trial_step(&t, i, &loss);
    CU_ASSERT_EQUAL(status, RN_OK);
    outcome first = { 0 };
    CU_ASSERT(!status && !copy_kept(&t, 0, &first));
    for (int32_t rank = 1; rank < 3 && !status; rank++) {
        outcome o = { 0 };
        CU_ASSERT_EQUAL(copy_kept(&t, rank, &o), RN_OK);
        CU_ASSERT(same_bits(&o, &first));
        free(o.kept);
    }
    free(first.kept);
    trial_close(&t);
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
    trial t;
    int n_gradients = 0, n_moved = 0, n_before_last = 0;
    if (trial_open(&t, CFGS[0], "ranks:0,1")) {
        CU_FAIL("no session");
        trial_close(&t);
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
    trial_close(&t);
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
    rn_status status = rn_session_open(config, registry, &session);
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
    CU_ASSERT_EQUAL_FATAL(rn_config_load(check_source(path, CFGS[0]), settings, 3, &config), RN_OK);
    rn_status status = rn_session_open(config, registry, &session);
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
    trial t;
    CU_ASSERT(check_failed(trial_open(&t, CFGS[0], "reference:0,1"), RN_E_UNSUPPORTED,
                           "works on one device at a time"));
    trial_close(&t);
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
        trial t;
        double loss;
        setenv("RANKS_FAULT", CASES[i].fault, 1);
        rn_status status = trial_open(&t, CFGS[0], "ranks:0,1,2");
        for (uint32_t k = 0; k < N_STEPS && !status; k++)
            status = trial_step(&t, k, &loss);
        bool is_known = check_failed(status, CASES[i].status, CASES[i].words);
        if (!is_known)
            check_note("%s", CASES[i].fault);
        CU_ASSERT(is_known);
        trial_close(&t);
        unsetenv("RANKS_FAULT");
    }
}

/* ---- Recordings ---- */

static void test_recorded(void)
{
    static const char *const FAULTS[] = { "0:no_capture:1", "0:begin:1", "0:record:9", "0:end:1" };
    for (size_t c = 0; c < sizeof CFGS / sizeof *CFGS; c++) {
        outcome recorded, each;
        train(CFGS[c], "ranks:0", &recorded);
        CU_ASSERT(recorded.is_recorded);
        for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
            setenv("RANKS_FAULT", FAULTS[i], 1);
            train(CFGS[c], "ranks:0", &each);
            unsetenv("RANKS_FAULT");
            CU_ASSERT(!each.is_recorded && same_bits(&recorded, &each));
            free(each.kept);
        }
        free(recorded.kept);
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "several devices match one", test_curves },
        { "ranks stay identical", test_copies },
        { "where gradients are exchanged", test_graph },
        { "gradients fill buckets", test_buckets },
        { "invalid configurations are rejected", test_refusals },
        { "a rank that fails ends the step", test_failures },
        { "recorded steps give the same bits", test_recorded },
        CU_TEST_INFO_NULL,
    };
    char plugins[CHECK_PATH_MAX];
    const char *builddir = getenv("builddir");
    snprintf(plugins, sizeof plugins, "%s/tests/device/.libs", builddir ? builddir : ".");
    if (rn_registry_create(plugins, &registry)) {
        fprintf(stderr, "%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run("ranks", tests);
    rn_registry_destroy(registry);
    return result;
}
