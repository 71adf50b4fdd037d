/* test_soft_labels.c: training steps whose labels are shares of the classes, on every backend, and
 * on several devices (tests/device/ranks). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "support/net_harness.h"
#include "train/synthetic.h"

#define CFG "tests/config/nets/dropout.cfg"
#define BATCH 12
#define N_STEPS 4
#define CLASSES 10

/* A training plan, bound and initialised, and its batch. */
typedef struct trial {
    rn_config *config;
    rn_session *session;
    rn_pass_plans *train;
    rn_synthetic images;
    float targets[BATCH * CLASSES]; /* which the batch uses where batch.targets is set to them */
} trial;

static rn_status open_session(trial *t, rn_registry *registry, bool soft_labels)
{
    rn_status status = rn_session_open(t->config, registry, &t->session);
    if (status)
        return status;
    t->session->soft_labels = soft_labels;
    status = rn_session_add(t->session, RN_PASS_TRAIN, BATCH, false, &t->train);
    if (status)
        return status;
    status = rn_session_bind(t->session);
    if (status)
        return status;
    status = rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, 5);
    return status ? status : rn_synthetic_make(t->config, BATCH, &t->images);
}

/* False, and a failed check, if there is no session. */
static bool open_trial(trial *t, const op_backend *backend, bool soft_labels)
{
    char path[CHECK_PATH_MAX];
    *t = (trial){ .config = net_config(check_source(path, CFG), backend) };
    if (t->config)
        t->config->backend.deterministic = 1; /* all sessions choose the same algorithms */
    rn_status status = t->config ? open_session(t, net_registry(), soft_labels) : RN_E_CONFIG;
    op_check(!status, "%s", rn_fail_text());
    return !status;
}

static void close_trial(trial *t)
{
    rn_synthetic_clear(&t->images);
    rn_session_close(t->session);
    rn_config_destroy(t->config);
}

/* Gives the batch the targets share * (its labels) + (1 - share) * (other classes). */
static void mix_targets(trial *t, float share)
{
    memset(t->targets, 0, sizeof t->targets);
    for (int i = 0; i < BATCH; i++) {
        t->targets[i * CLASSES + t->images.labels[i]] += share;
        t->targets[i * CLASSES + (t->images.labels[i] + i) % CLASSES] += 1 - share;
    }
    t->images.batch.targets = t->targets;
}

static rn_step_result take_step(trial *t, double learning_rate, int step)
{
    rn_step_result result = { 0 };
    const rn_step_params params = {
        .learning_rate = learning_rate, .loss_scale = 1024, .seed = 3, .step = (uint32_t)step
    };
    op_check(!rn_step_run(t->session, t->train, &t->images.batch, &params, &result), "%s",
             rn_fail_text());
    return result;
}

/* ---- On one device ---- */

static double limit_on(const op_backend *backend, int step)
{
    return op_is_rounded(backend) && step > 0 ? 1e-2 : 1e-5;
}

/* Shares of 1 train as the labels do; and a batch that has labels alone takes the same steps. */
static void test_one_hot(const op_backend *backend, const void *unused)
{
    (void)unused;
    trial labels, given, made;
    bool all_open = open_trial(&labels, backend, false);
    all_open = open_trial(&given, backend, true) && all_open;
    all_open = open_trial(&made, backend, true) && all_open;
    if (all_open)
        mix_targets(&given, 1);
    for (int i = 0; i < N_STEPS && all_open; i++) {
        rn_step_result a = take_step(&labels, 0.05, i), b = take_step(&given, 0.05, i),
                       c = take_step(&made, 0.05, i);
        op_check(fabs(a.loss - b.loss) <= limit_on(backend, i) * a.loss,
                 "%s: step %d: loss %.8g with targets, %.8g with labels", backend->label, i, b.loss,
                 a.loss);
        op_check(op_is_rounded(backend) || a.n_correct == b.n_correct,
                 "%s: step %d: %d correct, not %d", backend->label, i, (int)b.n_correct,
                 (int)a.n_correct);
        op_check(b.loss == c.loss && b.n_correct == c.n_correct,
                 "%s: step %d: loss %.8g with targets made of labels, %.8g with the same targets",
                 backend->label, i, c.loss, b.loss);
    }
    close_trial(&labels);
    close_trial(&given);
    close_trial(&made);
}

/* The loss is linear in the targets. Nothing is learnt, so that every step is the same. */
static void test_mixed(const op_backend *backend, const void *unused)
{
    (void)unused;
    static const float SHARES[] = { 0.75f, 0.5f, 0.125f };
    trial t;
    if (open_trial(&t, backend, true)) {
        mix_targets(&t, 1);
        double own = take_step(&t, 0, 0).loss;
        mix_targets(&t, 0);
        double other = take_step(&t, 0, 0).loss;
        op_check(fabs(own - other) > 0.01, "%s: all losses are %g", backend->label, own);
        for (int i = 0; i < 3; i++) {
            double share = (double)SHARES[i], expected = share * own + (1 - share) * other;
            mix_targets(&t, SHARES[i]);
            double loss = take_step(&t, 0, 0).loss;
            op_check(fabs(loss - expected) <= 1e-5 * expected, "%s: share %g: loss %.8g, not %.8g",
                     backend->label, share, loss, expected);
        }
    }
    close_trial(&t);
}

/* Of 12 images 3 have their predicted class alone, 3 as one of two equal ones, 3 as the smaller
 * one, 3 not at all. */
static void test_correct(const op_backend *backend, const void *unused)
{
    (void)unused;
    trial t;
    if (open_trial(&t, backend, true)) {
        take_step(&t, 0, 0);
        memset(t.targets, 0, sizeof t.targets);
        for (int i = 0; i < BATCH; i++) {
            const float *row = t.session->probabilities + i * CLASSES;
            int best = 0;
            for (int k = 1; k < CLASSES; k++)
                best = row[k] > row[best] ? k : best;
            static const float OWN[] = { 1, 0.5f, 0.25f, 0 };
            t.targets[i * CLASSES + best] = OWN[i % 4];
            t.targets[i * CLASSES + (best + 1 + i % 9) % CLASSES] = 1 - OWN[i % 4];
        }
        t.images.batch.targets = t.targets;
        int n_correct = (int)take_step(&t, 0, 0).n_correct;
        op_check(n_correct == 6, "%s: %d are correct, not 6", backend->label, n_correct);
    }
    close_trial(&t);
}

/* Targets that are copied ahead of their step change no bit. */
static void test_fed(const op_backend *backend, const void *unused)
{
    (void)unused;
    trial fed, plain;
    bool both = open_trial(&fed, backend, true);
    both = open_trial(&plain, backend, true) && both;
    if (both) {
        mix_targets(&fed, 0.75f);
        mix_targets(&plain, 0.75f);
    }
    rn_steps steps = { .session = fed.session, .pass = RN_PASS_TRAIN, .next = fed.images.batch };
    for (int i = 0; i < N_STEPS && both; i++) {
        rn_step_result result = { 0 };
        const rn_step_params params = {
            .learning_rate = 0.05, .loss_scale = 1024, .seed = 3, .step = (uint32_t)i
        };
        op_check(!rn_step_next(&steps, &params, &result), "%s", rn_fail_text());
        double loss = take_step(&plain, 0.05, i).loss;
        op_check(result.loss == loss && fed.train->fed, "%s: step %d: loss %.9g, not %.9g",
                 backend->label, i, result.loss, loss);
    }
    close_trial(&fed);
    close_trial(&plain);
}

/* ---- The graph ---- */

static const rn_node *find_node(const rn_pass_plans *plans, const char *op)
{
    const rn_dag *dag = plans->by_rank[0]->dag;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        if (rn_node_is(dag->nodes[i], op))
            return dag->nodes[i];
    return NULL;
}

/* Other passes of the session keep labels, and a scaled loss is scaled here, too. */
static void test_graph(const op_backend *backend, const void *unused)
{
    (void)unused;
    trial t;
    rn_pass_plans *evaluate = NULL;
    if (open_trial(&t, backend, true)) {
        op_check(!rn_session_add(t.session, RN_PASS_EVALUATE, BATCH, false, &evaluate), "%s",
                 rn_fail_text());
        const rn_dag *dag = t.train->by_rank[0]->dag;
        const rn_node *grad = find_node(t.train, "soft_cross_entropy_grad");
        op_check(find_node(evaluate, "softmax_cross_entropy") && !evaluate->targets,
                 "evaluation takes no labels");
        op_check(grad && grad->inputs[RN_SOFT_CROSS_ENTROPY_GRAD_LOSS_SCALE] == dag->loss_scale,
                 "the gradient of the loss is not scaled");
        op_check(!dag->loss_scale == (backend->precision != RN_PRECISION_FP16),
                 "%s: a loss scale, or none", backend->label);
    }
    close_trial(&t);
}

static const rn_backend *inner;

/* A backend of ABI 0.6. */
static rn_status older_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    if (strncmp(op->op, "soft_", 5) == 0)
        return rn_fail(RN_E_UNSUPPORTED, "this backend has no operator \"%s\"", op->op);
    return inner->query(context, op, answer);
}

static void test_older(const op_backend *none, const void *unused)
{
    (void)none;
    (void)unused;
    const op_backend *backend = op_backend_at(0);
    trial t;
    if (open_trial(&t, backend, false)) {
        rn_pass_plans *plans = NULL;
        rn_device *device = t.session->ranks[0].device;
        inner = device->backend;
        rn_backend older = *inner;
        older.query = older_query;
        device->backend = &older;
        t.session->soft_labels = true;
        rn_status status = rn_session_add(t.session, RN_PASS_TRAIN, BATCH, false, &plans);
        op_check(status == RN_E_UNSUPPORTED && strstr(rn_fail_text(), backend->table->name) &&
                     strstr(rn_fail_text(), "no operator \"soft_cross_entropy\""),
                 "status %d: %s", status, rn_fail_text());
        device->backend = inner;
    }
    close_trial(&t);
}

/* ---- On several devices ---- */

static rn_status open_ranks(trial *t, rn_registry *registry, const char *name, const char *device)
{
    char path[CHECK_PATH_MAX], settings[2][64];
    const char *list[] = { settings[0], settings[1], "run.threads=1" };
    snprintf(settings[0], sizeof settings[0], "backend.name=%s", name);
    snprintf(settings[1], sizeof settings[1], "backend.device=\"%s\"", device);
    *t = (trial){ 0 };
    rn_status status = rn_config_load(check_source(path, CFG), list, 3, &t->config);
    return status ? status : open_session(t, registry, true);
}

/* Each rank takes its own rows of the targets. Sums in another order differ in a float's last bit,
 * which training amplifies. */
static void check_ranks(rn_registry *registry, const char *device, bool has_targets)
{
    trial one, several;
    bool both = !open_ranks(&one, registry, "reference", "");
    both = !open_ranks(&several, registry, "ranks", device) && both;
    op_check(both, "%s", rn_fail_text());
    if (both && has_targets) {
        mix_targets(&one, 0.75f);
        mix_targets(&several, 0.75f);
    }
    for (int i = 0; i < N_STEPS && both; i++) {
        double loss = take_step(&one, 0.05, i).loss, shared = take_step(&several, 0.05, i).loss;
        op_check(fabs(shared - loss) < 2e-5, "ranks:%s: step %d: loss %.8g, not %.8g", device, i,
                 shared, loss);
    }
    op_check(!both || several.train->by_rank[0]->recording, "the step was not recorded");
    close_trial(&one);
    close_trial(&several);
}

static void test_ranks(const op_backend *none, const void *unused)
{
    static const char *const DEVICES[] = { "0", "0,1", "2,0,1" };
    char plugins[CHECK_PATH_MAX];
    const char *builddir = getenv("builddir");
    rn_registry *registry = NULL;
    (void)none;
    (void)unused;
    snprintf(plugins, sizeof plugins, "%s/tests/device/.libs", builddir ? builddir : ".");
    op_check(!rn_registry_create(plugins, &registry), "%s", rn_fail_text());
    for (int i = 0; i < 6 && registry; i++)
        check_ranks(registry, DEVICES[i / 2], i % 2);
    rn_registry_destroy(registry);
}

int main(int n_args, char **args)
{
    op_backends_open();
    op_backends_add_halves();
    op_tests_add("one class", test_one_hot, NULL);
    op_tests_add("mixed classes", test_mixed, NULL);
    op_tests_add("correct predictions", test_correct, NULL);
    op_tests_add("targets copied ahead", test_fed, NULL);
    op_tests_add("the graph", test_graph, NULL);
    op_tests_add_once("a backend without the operator", test_older, NULL);
    op_tests_add_once("several devices", test_ranks, NULL);
    op_tests_only(n_args, args);
    int result = op_tests_run("soft labels");
    net_registry_close();
    return result;
}
