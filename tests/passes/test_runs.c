/* test_runs.c: on every backend, training with updates in runs gives the bits of training with an
 * update for each tensor, with every optimizer, from several seeds. No two operators of the network
 * can be merged otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "passes/average.h"
#include "support/check.h"
#include "support/net_harness.h"
#include "support/op_oracle.h"

#define BATCH 3
#define N_STEPS 3

static const char NETWORK[] =
    "network = {\n"
    "  input = { channels = 3; height = 9; width = 7; };\n"
    "  classes = 5;\n"
    "  layers = (\n"
    "    { block = \"conv2d\"; name = \"conv1\"; channels = 16; kernel = 3; bias = true; },\n"
    "    { block = \"batch_norm\"; name = \"bn1\"; }, { block = \"silu\"; "
    "},\n"
    "    { block = \"conv2d\"; name = \"conv2\"; channels = 32; kernel = 3; padding = 1; },\n"
    "    { block = \"batch_norm\"; name = \"bn2\"; }, { block = \"silu\"; "
    "},\n"
    "    { block = \"conv2d\"; name = \"conv3\"; channels = 7; kernel = 3; bias = true; },\n"
    "    { block = \"batch_norm\"; name = \"bn3\"; },\n"
    "    { block = \"flatten\"; }, { block = \"linear\"; name = \"fc\"; }\n"
    "  );\n"
    "};\n";

typedef struct subject {
    const char *name, *train;
    bool is_merged; /* are there runs at all? */
} subject;

static const subject SUBJECTS[] = {
    { "sgd", "momentum = 0.9; weight_decay = 0.01;", true },
    { "sgd without momentum", "weight_decay = 0.01; decay_norm = false;", true },
    { "nesterov, groups",
      "momentum = 0.9; nesterov = true; weight_decay = 0.01; decay_bias = false;"
      "groups = ( { match = \"conv1.*\"; freeze = true; }, "
      "{ match = \"*bn*\"; rate_factor = 0.5; } );",
      true },
    { "adamw, averages", "optimizer = \"adamw\"; weight_decay = 0.01; ema_decay = 0.9;", true },
    { "rmsprop, sums", "optimizer = \"rmsprop\"; momentum = 0.9; accumulate = 2;", true },
    { "sgd, clip_norm", "momentum = 0.9; clip_norm = 0.1;", true },
    { "sgd, clip_value", "momentum = 0.9; clip_value = 0.01;", true },
    { "lamb", "optimizer = \"lamb\"; weight_decay = 0.01;", false },
    { "lars, averages", "optimizer = \"lars\"; momentum = 0.9; ema_decay = 0.9;", true },
};

/* ---- Training ---- */

static rn_status open_trial(net_trial *t, const op_backend *backend, const subject *s,
                            bool unmerged, uint64_t seed)
{
    char text[sizeof NETWORK + 400];
    rn_pass_plans *plans;
    snprintf(text, sizeof text, "%strain = { batch = %d; learning_rate = 0.1; %s };\n", NETWORK,
             BATCH, s->train);
    t->backend = backend;
    t->config = net_config_text(s->name, text, backend);
    if (!t->config || !net_registry())
        return rn_fail(RN_E_CONFIG, "no cfg");
    t->config->backend.deterministic = true; /* the clock chooses nothing */
    rn_status status = rn_session_open(t->config, net_registry(), &t->session);
    if (status)
        return status;
    t->session->unmerged = unmerged;
    status = rn_session_add(t->session, RN_PASS_TRAIN, BATCH, false, &t->train);
    if (!status)
        status = rn_session_add(t->session, RN_PASS_ACCUMULATE, BATCH, false, &plans);
    if (!status)
        status = rn_session_bind(t->session);
    return status ? status : rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, seed);
}

static rn_status take_step(net_trial *t, op_random *random, int step)
{
    const rn_config *config = t->config;
    float images[BATCH * 3 * 9 * 7];
    int32_t labels[BATCH];
    const rn_batch batch = { .images = images, .labels = labels, .count = BATCH };
    rn_status status = RN_OK;
    for (int64_t i = 0; i < config->train.accumulate && !status; i++) {
        rn_step_params params = { .learning_rate = config->train.learning_rate,
                                  .loss_scale = 1024,
                                  .n_updates = step,
                                  .n_summed = i,
                                  .average_decay = rn_average_decay(config, step) };
        rn_step_result result = { 0 };
        bool is_last = i == config->train.accumulate - 1;
        for (size_t k = 0; k < sizeof images / sizeof *images; k++)
            images[k] = (float)op_pick(random, -1000, 1000) / 500.0f;
        for (int k = 0; k < BATCH; k++)
            labels[k] = (int32_t)op_pick(random, 0, 4);
        status = rn_step_run(t->session,
                             rn_session_find(t->session,
                                             is_last ? RN_PASS_TRAIN : RN_PASS_ACCUMULATE, BATCH),
                             &batch, &params, &result);
    }
    return status;
}

/* How many operators update parameters or averages. */
static int count_updates(const net_trial *t)
{
    const rn_dag *dag = t->train->by_rank[0]->dag;
    int n = 0;
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_value *updated = dag->nodes[i]->n_inputs ? dag->nodes[i]->inputs[0] : NULL;
        n += updated && rn_op_updates(dag->nodes[i]->op, 0) &&
             (updated->role == RN_ROLE_PARAM || updated->role == RN_ROLE_AVERAGE ||
              updated->role == RN_ROLE_RUN);
    }
    return n;
}

static rn_status train(net_trial *t, const op_backend *backend, const subject *s, bool unmerged,
                       uint32_t seed)
{
    op_random random = { .seed = seed };
    rn_status status = open_trial(t, backend, s, unmerged, seed);
    for (int step = 0; step < N_STEPS && !status; step++)
        status = take_step(t, &random, step);
    return status;
}

static void compare(const net_trial *merged, const net_trial *single, uint32_t seed)
{
    rn_store *a = merged->session->store, *b = single->session->store;
    op_check(a->n_entries == b->n_entries, "%d and %d tensors", a->n_entries, b->n_entries);
    for (int32_t i = 0; i < a->n_entries; i++) {
        const rn_store_entry *entry = &a->entries[i], *other = rn_store_find(b, entry->name);
        char *x = calloc(1, entry->desc.size_bytes), *y = calloc(1, entry->desc.size_bytes);
        bool is_same = x && y && other && !rn_store_download(a, entry, x) &&
                       !rn_store_download(b, other, y) && memcmp(x, y, entry->desc.size_bytes) == 0;
        op_check(is_same, "seed %u: %s differs", seed, entry->name);
        free(x);
        free(y);
    }
}

static void test_same_bits(const op_backend *backend, const void *context)
{
    const subject *s = context;
    const uint32_t n_seeds = check_is_long() ? 5 : 1;
    for (uint32_t seed = 1; seed <= n_seeds; seed++) {
        net_trial merged = { .backend = NULL }, single = { .backend = NULL };
        rn_status status = train(&merged, backend, s, false, seed);
        status = status ? status : train(&single, backend, s, true, seed);
        if (op_accepted(backend, status, s->name)) {
            int n_merged = count_updates(&merged), n_single = count_updates(&single);
            op_check(s->is_merged ? n_merged < n_single : n_merged == n_single,
                     "%d operators instead of %d", n_merged, n_single);
            compare(&merged, &single, seed);
        }
        net_close(&merged);
        net_close(&single);
    }
}

int main(int n_args, char **args)
{
    op_backends_open();
    op_backends_add_halves();
    for (size_t i = 0; i < sizeof SUBJECTS / sizeof *SUBJECTS; i++)
        op_tests_add(SUBJECTS[i].name, test_same_bits, &SUBJECTS[i]);
    op_tests_only(n_args, args);
    int result = op_tests_run("runs");
    net_registry_close();
    return result;
}
