/* test_loss_scale.c: training in half precision with a scaled loss: the rule for the scale, the
 * graph, and steps on half.so (half.c), whose gradients overflow. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "train/checkpoint.h"
#include "train/step.h"
#include "train/synthetic.h"

#define CFG "tests/config/nets/dropout.cfg"
#define BATCH 8

/* ---- The rule ---- */

static void test_rule(void)
{
    rn_loss_scale s = rn_loss_scale_start();
    CU_ASSERT_EQUAL(s.scale, 65536);
    for (int i = 0; i < 1999; i++)
        CU_ASSERT_EQUAL(rn_loss_scale_update(&s, false), RN_OK);
    CU_ASSERT(s.scale == 65536 && s.n_good == 1999);
    CU_ASSERT_EQUAL(rn_loss_scale_update(&s, false), RN_OK);
    CU_ASSERT(s.scale == 131072 && s.n_good == 0);
    for (int i = 0; i < 1999; i++)
        CU_ASSERT_EQUAL(rn_loss_scale_update(&s, false), RN_OK);
    CU_ASSERT_EQUAL(rn_loss_scale_update(&s, true), RN_OK);
    CU_ASSERT(s.scale == 65536 && s.n_good == 0);
    CU_ASSERT_EQUAL(rn_loss_scale_update(&s, true), RN_OK);
    CU_ASSERT_EQUAL(rn_loss_scale_update(&s, false), RN_OK);
    CU_ASSERT(s.scale == 32768 && s.n_good == 1);
}

static void test_bounds(void)
{
    rn_loss_scale s = rn_loss_scale_start();
    int n = 0;
    while (n < 100 && !rn_loss_scale_update(&s, true))
        n++;
    CU_ASSERT(check_failed(rn_loss_scale_update(&s, true), RN_E_DIVERGED, "learning_rate"));
    CU_ASSERT(n == 30 && s.scale == 0x1p-14 && rn_loss_scale_is_valid(&s));
    s = rn_loss_scale_start();
    for (int i = 0; i < 2000 * 17; i++)
        CU_ASSERT_EQUAL(rn_loss_scale_update(&s, false), RN_OK);
    CU_ASSERT(s.scale == 0x1p32 && s.n_good == 0 && rn_loss_scale_is_valid(&s));

    const rn_loss_scale bad[] = { { 0, 0 },        { -2, 0 },     { 3, 0 },
                                  { 0x1p-15, 0 },  { 0x1p33, 0 }, { NAN, 0 },
                                  { INFINITY, 0 }, { 1, -1 },     { 1, 2000 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_FALSE(rn_loss_scale_is_valid(&bad[i]));
}

/* ---- Sessions ---- */

static rn_registry *registry;

typedef struct trial {
    rn_config *config;
    rn_session *session;
    rn_pass_plans *plans;
    rn_synthetic images;
} trial;

static rn_status open_session(trial *t, const char *backend, const char *device,
                              const char *precision)
{
    char path[CHECK_PATH_MAX], settings[3][64];
    const char *list[] = { settings[0], settings[1], settings[2], "run.threads=1" };
    snprintf(settings[0], sizeof settings[0], "backend.name=%s", backend);
    snprintf(settings[1], sizeof settings[1], "backend.device=%s", device);
    snprintf(settings[2], sizeof settings[2], "backend.precision=%s", precision);
    *t = (trial){ 0 };
    rn_status status = rn_config_load(check_source(path, CFG), list, 4, &t->config);
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
    status = rn_store_initialise(t->session->store, t->config->network.init, 5);
    if (status)
        return status;
    return rn_synthetic_make(t->config, BATCH, &t->images);
}

/* Opens a training plan, bound and initialised; false and an assertion if that fails. */
static bool trial_open(trial *t, const char *backend, const char *device, const char *precision)
{
    rn_status status = open_session(t, backend, device, precision);
    if (status)
        check_note("%s", rn_fail_text());
    CU_ASSERT_EQUAL(status, RN_OK);
    return !status;
}

static void trial_close(trial *t)
{
    rn_synthetic_clear(&t->images);
    rn_session_close(t->session);
    rn_config_destroy(t->config);
}

static rn_step_result trial_step(trial *t, double loss_scale, uint32_t step)
{
    rn_step_result result = { 0 };
    const rn_step_params params = {
        .learning_rate = 0.05, .loss_scale = loss_scale, .seed = 3, .step = step
    };
    CU_ASSERT_EQUAL(rn_step_run(t->session, t->plans, &t->images.batch, &params, &result), RN_OK);
    return result;
}

/* All kept tensors of these roles, concatenated; the caller frees them. */
static char *trial_kept(const trial *t, uint32_t roles, size_t *size)
{
    const rn_store *store = t->session->store;
    char *all = NULL;
    *size = 0;
    for (int32_t i = 0; i < store->n_entries; i++) {
        const rn_store_entry *entry = &store->entries[i];
        if (!(roles >> entry->role & 1))
            continue;
        all = realloc(all, *size + entry->desc.size_bytes);
        CU_ASSERT_PTR_NOT_NULL_FATAL(all);
        CU_ASSERT_EQUAL(rn_store_download(t->session->store, entry, all + *size), RN_OK);
        *size += entry->desc.size_bytes;
    }
    return all;
}

#define TRAINED (1u << RN_ROLE_PARAM | 1u << RN_ROLE_OPTIMIZER)

static bool same_kept(const trial *a, const trial *b, uint32_t roles)
{
    size_t a_size, b_size;
    char *of_a = trial_kept(a, roles, &a_size), *of_b = trial_kept(b, roles, &b_size);
    bool same = a_size == b_size && a_size > 0 && !memcmp(of_a, of_b, a_size);
    free(of_a);
    free(of_b);
    return same;
}

/* ---- The graph ---- */

static void test_other_precisions(void)
{
    trial t;
    if (trial_open(&t, "reference", "", "fp32")) {
        const rn_dag *dag = t.plans->by_rank[0]->dag;
        CU_ASSERT_PTR_NULL(dag->loss_scale);
        for (int32_t i = 0; i < dag->n_nodes; i++) {
            CU_ASSERT_FALSE(rn_node_is(dag->nodes[i], "check_finite"));
            if (rn_node_is(dag->nodes[i], "sgd"))
                CU_ASSERT_PTR_NULL(dag->nodes[i]->inputs[RN_SGD_LOSS_SCALE]);
            if (rn_node_is(dag->nodes[i], "softmax_cross_entropy_grad"))
                CU_ASSERT_PTR_NULL(dag->nodes[i]->inputs[RN_SOFTMAX_CROSS_ENTROPY_GRAD_LOSS_SCALE]);
        }
        CU_ASSERT_FALSE(trial_step(&t, 65536, 0).overflowed);
    }
    trial_close(&t);
}

/* True if a check_finite before node `end` checks the gradient. */
static bool is_checked(const rn_dag *dag, int32_t end, const rn_value *gradient)
{
    for (int32_t i = 0; i < end; i++)
        for (int32_t k = RN_CHECK_FINITE_GRADIENT;
             rn_node_is(dag->nodes[i], "check_finite") && k < dag->nodes[i]->n_inputs; k++)
            if (dag->nodes[i]->inputs[k] == gradient)
                return true;
    return false;
}

/* An update of a run is one of all its parts. */
static int32_t count_params(const rn_node *update)
{
    const rn_value *params = update->inputs[RN_SGD_PARAM];
    return params->n_parts ? params->n_parts : 1;
}

static bool are_checked(const rn_dag *dag, int32_t end, const rn_value *gradient)
{
    bool are = gradient->n_parts || is_checked(dag, end, gradient);
    for (int32_t i = 0; i < gradient->n_parts; i++)
        are = are && is_checked(dag, end, gradient->parts[i]);
    return are;
}

static void test_graph(void)
{
    trial t;
    int32_t n_checks = 0, n_updates = 0, last_check = 0, first_update = 0;
    if (trial_open(&t, "half", "", "fp16")) {
        const rn_dag *dag = t.plans->by_rank[0]->dag;
        for (int32_t i = dag->n_nodes - 1; i >= 0; i--) {
            const rn_node *node = dag->nodes[i];
            if (rn_node_is(node, "check_finite") && !n_checks++)
                last_check = i;
            if (!rn_node_is(node, "sgd"))
                continue;
            n_updates += count_params(node);
            first_update = i;
            CU_ASSERT_PTR_NOT_NULL(dag->update_scale);
            CU_ASSERT_PTR_EQUAL(node->inputs[RN_SGD_LOSS_SCALE], dag->update_scale);
        }
        CU_ASSERT(n_checks >= 2 && last_check < first_update); /* more than one operator can hold */
        CU_ASSERT_EQUAL(n_updates, 18);
        for (int32_t i = first_update; i < dag->n_nodes; i++)
            CU_ASSERT(are_checked(dag, first_update, dag->nodes[i]->inputs[RN_SGD_GRADIENT]));
    }
    trial_close(&t);
}

/* ---- Steps ---- */

/* A step whose gradients overflow changes no bit, but returns its loss. */
static void test_skipped(void)
{
    trial skipped, untouched;
    bool both = trial_open(&skipped, "half", "", "fp16");
    both = trial_open(&untouched, "half", "", "fp16") && both;
    for (uint32_t step = 0; both && step < 3; step++) {
        rn_step_result good = trial_step(&untouched, 1024, step);
        CU_ASSERT_FALSE(good.overflowed);
        CU_ASSERT_FALSE(same_kept(&skipped, &untouched, TRAINED));
        rn_step_result bad = trial_step(&skipped, 0x1p30, step);
        CU_ASSERT(bad.overflowed && bad.loss > 0 && bad.loss == good.loss);
        CU_ASSERT_EQUAL(bad.n_correct, good.n_correct);
        CU_ASSERT_FALSE(same_kept(&skipped, &untouched, TRAINED));
        CU_ASSERT_FALSE(trial_step(&skipped, 1024, step).overflowed);
        CU_ASSERT(same_kept(&skipped, &untouched, TRAINED));
    }
    trial_close(&skipped);
    trial_close(&untouched);
}

/* If nothing is rounded, a scale that is a power of two changes no bit, whether it varies between
 * steps or not. */
static void test_exact(void)
{
    static const double SCALES[] = { 65536, 1, 1024, 0x1p-14, 0x1p32 };
    trial scaled, plain;
    bool both = trial_open(&scaled, "half", "exact", "fp16");
    both = trial_open(&plain, "reference", "", "fp32") && both;
    for (uint32_t step = 0; both && step < 10; step++) {
        rn_step_result a = trial_step(&scaled, SCALES[step % 5], step);
        rn_step_result b = trial_step(&plain, 0, step);
        CU_ASSERT_EQUAL(a.loss, b.loss);
        CU_ASSERT(same_kept(&scaled, &plain, TRAINED | 1u << RN_ROLE_STATE));
    }
    trial_close(&scaled);
    trial_close(&plain);
}

/* ---- Checkpoints ---- */

/* Writes a position, and reads it back into *read. */
static rn_status write_and_read_position(trial *t, const rn_position *position, rn_position *read)
{
    char folder[CHECK_PATH_MAX];
    check_scratch(folder, "");
    CU_ASSERT_EQUAL(rn_checkpoint_write(folder, t->session, position), RN_OK);
    return rn_checkpoint_read(folder, t->session, false, read);
}

static rn_status write_and_read(trial *t, rn_loss_scale scale, rn_position *read)
{
    const rn_position position = { .run = "a", .epoch = 1, .step = 7, .loss_scale = scale };
    return write_and_read_position(t, &position, read);
}

static void test_checkpoint(void)
{
    trial t;
    rn_position read = { 0 };
    if (trial_open(&t, "half", "", "fp16")) {
        CU_ASSERT_EQUAL(write_and_read(&t, (rn_loss_scale){ 0x1p-13, 1234 }, &read), RN_OK);
        CU_ASSERT(read.loss_scale.scale == 0x1p-13 && read.loss_scale.n_good == 1234);
        CU_ASSERT_EQUAL(read.step, 7);
        /* As from a run without a scale, or from earlier releases. */
        CU_ASSERT_EQUAL(write_and_read(&t, (rn_loss_scale){ 0, 0 }, &read), RN_OK);
        CU_ASSERT(read.loss_scale.scale == 0 && read.loss_scale.n_good == 0);
        CU_ASSERT(check_failed(write_and_read(&t, (rn_loss_scale){ 3, 0 }, &read), RN_E_DATA,
                               "loss_scale of 3"));
        CU_ASSERT(check_failed(write_and_read(&t, (rn_loss_scale){ 8, 2000 }, &read), RN_E_DATA,
                               "2000 good_steps"));
        CU_ASSERT(check_failed(write_and_read(&t, (rn_loss_scale){ 8, -1 }, &read), RN_E_DATA,
                               "good_steps"));
    }
    trial_close(&t);
}

/* Numbers that would overflow sums, or are not valid. */
static void test_positions(void)
{
    const struct {
        rn_position position;
        const char *words;
    } bad[] = {
        { { .run = "a", .step = INT64_MAX }, "\"step\" is 9223372036854775807" },
        { { .run = "a", .step = -1 }, "\"step\" is -1" },
        { { .run = "a", .epoch = INT64_MAX }, "\"epoch\" is" },
        { { .run = "a", .batch = INT64_MIN }, "\"batch\" is" },
        { { .run = "a", .n_images = INT64_MAX / 2 }, "\"n_images\" is" },
        { { .run = "a", .loss_sum = NAN }, "\"loss_sum\" is" },
        { { .run = "a", .time_s = INFINITY }, "\"time_s\" is inf" },
        { { .run = "a", .epoch_time_s = -1 }, "\"epoch_time_s\" is -1" },
        { { .run = "" }, "\"run\" is \"\"" },
    };
    trial t;
    rn_position read = { 0 };
    if (trial_open(&t, "reference", "", "fp32"))
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
            CU_ASSERT(check_failed(write_and_read_position(&t, &bad[i].position, &read), RN_E_DATA,
                                   bad[i].words));
    trial_close(&t);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "halved after an overflow, doubled after 2000 good steps", test_rule },
        { "limits of the scale", test_bounds },
        { "other precisions have no scale", test_other_precisions },
        { "all gradients are checked before the first update", test_graph },
        { "skipped steps", test_skipped },
        { "exact without rounding", test_exact },
        { "checkpoints", test_checkpoint },
        { "invalid positions", test_positions },
        CU_TEST_INFO_NULL,
    };
    char folder[CHECK_PATH_MAX];
    const char *build = getenv("builddir");
    snprintf(folder, sizeof folder, "%s/tests/backends/.libs", build ? build : ".");
    if (rn_registry_create(folder, &registry)) {
        fprintf(stderr, "%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run("loss scale", tests);
    rn_registry_destroy(registry);
    return result;
}
