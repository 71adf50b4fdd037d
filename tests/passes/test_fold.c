/* test_fold.c: inference with folded batch norms and merged epilogues matches the graph as written,
 * also with new weights or if a backend declines a part of it; constants are computed once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "train/synthetic.h"
#include "graph/net.h"
#include "graph/op.h"
#include "passes/fold.h"
#include "passes/fuse.h"
#include "support/check.h"
#include "support/net_harness.h"

#define BATCH 3
#define LIMIT 1e-4 /* relative for the loss, absolute for probabilities */

/* ---- A backend that declines ---- */
/* Which queries are answered with `status`. */
typedef struct rule {
    const char *name;
    const char *op;
    int32_t epilogue; /* these flags are requested; 0: any flags */
    bool has_bias;    /* of conv2d */
    rn_status status;
} rule;

static const rn_backend *inner;
static rule current;
static int64_t n_runs;

static int32_t epilogue_of(const rn_op_desc *op)
{
    if (strcmp(op->op, "conv2d") == 0)
        return ((const rn_conv2d_attrs *)op->attrs)->epilogue;
    return strcmp(op->op, "batch_norm") ? 0 : ((const rn_batch_norm_attrs *)op->attrs)->epilogue;
}

static rn_status wrapped_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    bool applies = current.op && strcmp(op->op, current.op) == 0 &&
                   (epilogue_of(op) & current.epilogue) == current.epilogue &&
                   (!current.has_bias || ((const rn_conv2d_attrs *)op->attrs)->has_bias);
    return applies ? rn_host_table()->fail(current.status, "not today")
                   : inner->query(context, op, answer);
}

static rn_status wrapped_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                             rn_operand workspace)
{
    n_runs++;
    return inner->run(context, kernel, operands, workspace);
}

/* ---- One network, merged and as written ---- */

typedef struct trial {
    rn_config *config;
    rn_session *session;
    rn_backend backend;
    rn_pass_plans *train, *evaluate;
    rn_plan *written; /* owned by the test */
    rn_buffer *arena; /* of `written` */
    rn_synthetic images;
} trial;

static rn_status plan_as_written(trial *t)
{
    rn_dag *dag = NULL;
    const rn_device *device = t->session->ranks[0].device;
    rn_net_params params = { .config = t->config,
                             .registry = net_registry(),
                             .batch = BATCH,
                             .mask_dtype = RN_U8,
                             .has_labels = true };
    rn_status status = rn_net_build(&params, &dag);
    if (status)
        return status;
    dag->loss->pinned = dag->probabilities->pinned = true;
    status = rn_plan_create(t->session->ranks[0].device, dag, &t->written);
    if (status)
        return status;
    status =
        device->backend->buffer_create(device->context, t->written->memory->arena_bytes, &t->arena);
    return status ? status : rn_plan_bind(t->written, t->session->store, 0, t->arena);
}

static rn_status open_session(trial *t, const op_backend *backend, const char *cfg)
{
    char path[CHECK_PATH_MAX];
    t->config = net_config(check_source(path, cfg), backend);
    if (!t->config || !net_registry())
        return rn_fail(RN_E_CONFIG, "no cfg");
    rn_status status = rn_session_open(t->config, net_registry(), &t->session);
    if (status)
        return status;
    rn_device *device = t->session->ranks[0].device;
    inner = device->backend;
    t->backend = *inner;
    t->backend.query = wrapped_query;
    t->backend.run = wrapped_run;
    device->backend = &t->backend;
    device->capture.size = 0; /* a recorded plan would run without wrapped_run */
    status = rn_session_add(t->session, RN_PASS_TRAIN, BATCH, false, &t->train);
    return status ? status
                  : rn_session_add(t->session, RN_PASS_EVALUATE, BATCH, false, &t->evaluate);
}

static rn_status open_trial(trial *t, const op_backend *backend, const char *cfg)
{
    rn_status status = open_session(t, backend, cfg);
    if (status)
        return status;
    status = rn_session_bind(t->session);
    if (status)
        return status;
    status = rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, 3);
    if (status)
        return status;
    status = plan_as_written(t);
    return status ? status : rn_synthetic_make(t->config, BATCH, &t->images);
}

static void close_trial(trial *t)
{
    rn_plan_destroy(t->written);
    if (t->arena)
        t->backend.buffer_destroy(t->session->ranks[0].device->context, t->arena);
    rn_session_close(t->session);
    rn_config_destroy(t->config);
    rn_synthetic_clear(&t->images);
}

/* Sets biases, scales and statistics to values around 1. */
static rn_status perturb(rn_store *store, float size)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = &store->entries[i];
        if (entry->desc.rank != 1 || entry->role == RN_ROLE_OPTIMIZER)
            continue;
        float *values = malloc(entry->desc.size_bytes);
        for (int64_t k = 0; values && k < entry->desc.shape[0]; k++)
            values[k] = 1 + size * sinf((float)(k * 7 + i * 3));
        status = values ? rn_store_upload(store, entry, values) : RN_E_NOMEM;
        free(values);
    }
    return status;
}

static rn_status train(trial *t)
{
    rn_step_result result;
    return rn_step_run(t->session, t->train, &t->images.batch,
                       &(rn_step_params){ .learning_rate = 0.01 }, &result);
}

/* Compares the merged and the written graph on the same batch. */
static void compare(trial *t, const char *when)
{
    const rn_step_params nothing = { 0 };
    const rn_dag *dag = t->written->dag;
    rn_pass_plans written = { .n_ranks = 1, .by_rank = { t->written } };
    rn_step_result result = { 0 };
    float loss = 0, probabilities[BATCH * 1000];
    double difference = 0;
    bool runs = !rn_step_run(t->session, t->evaluate, &t->images.batch, &nothing, &result) &&
                !rn_step_upload(&written, &t->images.batch, &nothing) && !rn_plan_run(t->written) &&
                !rn_plan_download(t->written, dag->loss, &loss) &&
                !rn_plan_download(t->written, dag->probabilities, probabilities);
    op_check(runs, "%s: %s", when, rn_fail_text());
    op_check(isfinite(loss) && fabs(result.loss - (double)loss) <= LIMIT * fmax(1, (double)loss),
             "%s: %s, %s: the loss is %.8g, and as written %.8g",
             t->session->ranks[0].device->label, t->config->name, when, result.loss, (double)loss);
    for (int64_t i = 0; runs && i < BATCH * t->config->network.classes; i++)
        difference =
            fmax(difference, fabs((double)(t->session->probabilities[i] - probabilities[i])));
    op_check(difference <= LIMIT, "%s: %s, %s: probabilities differ by %.3g",
             t->session->ranks[0].device->label, t->config->name, when, difference);
}

static void test_equal(const op_backend *backend, const void *subject)
{
    trial t = { 0 };
    current = (rule){ 0 };
    rn_status status = open_trial(&t, backend, subject);
    if (op_accepted(backend, status, subject)) {
        op_check(!perturb(t.session->store, 0.4f), "%s", rn_fail_text());
        compare(&t, "at first");
        compare(&t, "again");
        op_check(!train(&t), "%s", rn_fail_text());
        compare(&t, "after a training step");
        op_check(!train(&t) && !train(&t), "%s", rn_fail_text());
        compare(&t, "after two more");
        op_check(!perturb(t.session->store, 0.3f), "%s", rn_fail_text());
        compare(&t, "after uploading other parameters");
        status = rn_store_initialise(t.session->store, RN_WEIGHT_INIT_HE_NORMAL, 4);
        op_check(!status, "%s", rn_fail_text());
        compare(&t, "after initialising again");
    }
    close_trial(&t);
}

/* ---- How often operators run ---- */

static int64_t runs_of_evaluation(trial *t)
{
    const rn_step_params nothing = { 0 };
    rn_step_result result;
    n_runs = 0;
    op_check(!rn_step_run(t->session, t->evaluate, &t->images.batch, &nothing, &result), "%s",
             rn_fail_text());
    return n_runs;
}

static void test_runs(const op_backend *backend, const void *subject)
{
    trial t = { 0 };
    current = (rule){ 0 };
    rn_status status = open_trial(&t, backend, subject);
    if (op_accepted(backend, status, subject)) {
        double times_ms[1000] = { 0 };
        rn_plan *plan = t.evaluate->by_rank[0];
        int64_t step = plan->n_launches, total = step + plan->n_constants;
        op_check(total > step || !backend->complete, "nothing is constant");
        op_check(t.train->by_rank[0]->n_constants == 0, "training has constants");
        op_check(runs_of_evaluation(&t) == total, "the first step did not run everything");
        op_check(runs_of_evaluation(&t) == step, "a step ran more than it needs");
        op_check(!train(&t), "%s", rn_fail_text());
        op_check(runs_of_evaluation(&t) == total, "a step after training did not run everything");
        op_check(!perturb(t.session->store, 0.2f), "%s", rn_fail_text());
        n_runs = 0;
        op_check(!rn_plan_run_timed(plan, times_ms) && n_runs == total, "a timed step ran less");
        op_check(runs_of_evaluation(&t) == step, "a step ran more than it needs");
    }
    close_trial(&t);
}

/* ---- What is merged, and what is not ---- */

/* Counts operators of a name; of conv2d and batch_norm only those with these flags. */
static int count(const rn_dag *dag, const char *op, int32_t epilogue)
{
    int n = 0;
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_node *node = dag->nodes[i];
        rn_op_desc desc = { .op = node->op->name, .attrs = node->attrs };
        n += rn_node_is(node, op) && (epilogue_of(&desc) & epilogue) == epilogue;
    }
    return n;
}

enum { BOTH = RN_EPILOGUE_ADD | RN_EPILOGUE_RELU };

static const rule DECLINES[] = {
    { .name = "nothing" },
    { .name = "folding", .op = "batch_norm_fold", .status = RN_E_UNSUPPORTED },
    { .name = "a bias", .op = "conv2d", .has_bias = true, .status = RN_E_UNSUPPORTED },
    { .name = "relu", .op = "conv2d", .epilogue = RN_EPILOGUE_RELU, .status = RN_E_UNSUPPORTED },
    { .name = "add", .op = "conv2d", .epilogue = RN_EPILOGUE_ADD, .status = RN_E_UNSUPPORTED },
    { .name = "both", .op = "conv2d", .epilogue = BOTH, .status = RN_E_UNSUPPORTED },
};

static void check_counts(const rn_dag *found, const rn_dag *written)
{
    int norms = count(written, "batch_norm", 0), adds = count(written, "add", 0);
    bool folds = !current.op || current.epilogue;
    op_check(norms > 0 && adds > 0, "the network has nothing to merge");
    op_check(count(found, "batch_norm_fold", 0) == (folds ? norms : 0), "%s: %d of %d are folded",
             current.name, count(found, "batch_norm_fold", 0), norms);
    op_check(count(found, "batch_norm", 0) == (folds ? 0 : norms), "%s: %d norms are left",
             current.name, count(found, "batch_norm", 0));
    if (!folds)
        return;
    int with_relu = count(found, "conv2d", RN_EPILOGUE_RELU);
    int with_add = count(found, "conv2d", RN_EPILOGUE_ADD);
    op_check((with_relu == 0) == (current.epilogue == RN_EPILOGUE_RELU), "%s: %d have relu",
             current.name, with_relu);
    op_check(with_add == (current.epilogue == RN_EPILOGUE_ADD ? 0 : adds), "%s: %d have add",
             current.name, with_add);
    op_check(count(found, "conv2d", BOTH) == (current.op ? 0 : adds), "%s: %d have both",
             current.name, count(found, "conv2d", BOTH));
    op_check(count(found, "add", 0) == adds - with_add, "%s: %d adds are left", current.name,
             count(found, "add", 0));
    op_check(count(found, "relu", 0) == count(written, "relu", 0) - with_relu,
             "%s: %d relus are left", current.name, count(found, "relu", 0));
}

static int n_refusals; /* lines of the log with the backend's reason */
static void count_refusal(int32_t level, const char *line)
{
    n_refusals += level == RN_LOG_DEBUG && strstr(line, "declined: ") && strstr(line, "not today");
}

static void test_declined(const op_backend *none, const void *subject)
{
    trial t = { 0 };
    (void)none;
    current = *(const rule *)subject;
    n_refusals = 0;
    rn_log_set(RN_LOG_DEBUG, count_refusal);
    rn_status status = open_trial(&t, op_backend_at(0), "share/models/fashion_mnist_small.cfg");
    rn_log_set(RN_LOG_DEBUG, NULL);
    op_check((n_refusals > 0) == (current.op != NULL), "%s: %d reasons", current.name, n_refusals);
    op_check(!status && !perturb(t.session->store, 0.4f), "%s", rn_fail_text());
    if (!status) {
        check_counts(t.evaluate->by_rank[0]->dag, t.written->dag);
        compare(&t, current.name);
    }
    close_trial(&t);
}

static const rule FAILS[] = {
    { .name = "mask", .op = "relu", .status = RN_E_NOMEM },
    { .name = "folding", .op = "batch_norm_fold", .status = RN_E_NOMEM },
    { .name = "a bias", .op = "conv2d", .has_bias = true, .status = RN_E_DEVICE },
    { .name = "conv2d's epilogue", .op = "conv2d", .epilogue = BOTH, .status = RN_E_DEVICE },
    { .name = "a norm", .op = "batch_norm", .epilogue = RN_EPILOGUE_RELU, .status = RN_E_NOMEM },
};

/* Only RN_E_UNSUPPORTED declines; any other error ends planning. */
static void test_failures(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    for (size_t i = 0; i < sizeof FAILS / sizeof *FAILS; i++) {
        trial t = { 0 };
        current = FAILS[i];
        rn_status status =
            open_session(&t, op_backend_at(0), "share/models/fashion_mnist_small.cfg");
        op_check(check_failed(status, current.status, "not today"),
                 "a failure of %s is not reported", current.name);
        close_trial(&t);
    }
}

/* ---- Graphs where nothing may be folded ---- */

typedef enum graph_type { FOLDS = 1, IS_READ_TWICE, IS_PINNED, NORM_FIRST } graph_type;

static int count_folds(graph_type type)
{
    rn_dag *dag = NULL;
    const op_backend *oracle = op_backend_at(0);
    rn_device device = { .backend = oracle->table,
                         .context = oracle->context,
                         .label = (char[]){ "test" } };
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 4, 5, 6 });
    const rn_conv2d_attrs conv = { .channels = 4, .kernel = { 1, 1 } };
    const rn_batch_norm_attrs norm = { 0 };
    if (rn_dag_create(false, RN_U8, &dag))
        abort();
    rn_graph *g = &dag->builder;
    rn_value *x = rn_dag_input(dag, "images", &images);
    if (type == NORM_FIRST) {
        rn_conv2d(g, rn_relu(g, rn_batch_norm(g, x, "norm", norm)), "conv", conv);
    } else {
        rn_value *y = rn_conv2d(g, x, "conv", conv);
        y->pinned = type == IS_PINNED;
        rn_value *normed = rn_batch_norm(g, y, "norm", norm);
        if (type == IS_READ_TWICE)
            rn_add(g, normed, y);
    }
    op_check(!rn_fold_norm(dag, &device), "%s", rn_fail_text());
    int n = count(dag, "batch_norm_fold", 0);
    rn_dag_destroy(dag);
    return n;
}

static void test_not_folded(const op_backend *none, const void *subject)
{
    (void)none;
    (void)subject;
    op_check(count_folds(FOLDS) == 1, "a norm after a convolution is not folded");
    op_check(count_folds(IS_READ_TWICE) == 0, "a norm is folded though its input is read again");
    op_check(count_folds(IS_PINNED) == 0, "a norm is folded though the host reads its input");
    op_check(count_folds(NORM_FIRST) == 0, "a norm is folded into the convolution after it");
}

int main(void)
{
    op_backends_open();
    op_tests_add("fashion_mnist_small.cfg", test_equal, "share/models/fashion_mnist_small.cfg");
    op_tests_add("cifar_resnet20.cfg", test_equal, "share/models/cifar_resnet20.cfg");
    op_tests_add("merged.cfg", test_equal, "tests/config/nets/merged.cfg");
    op_tests_add("joined.cfg", test_equal, "tests/config/nets/joined.cfg");
    op_tests_add("how often operators run", test_runs, "share/models/fashion_mnist_small.cfg");
    for (size_t i = 0; i < sizeof DECLINES / sizeof *DECLINES; i++) {
        char name[64];
        snprintf(name, sizeof name, "a backend that declines %s", DECLINES[i].name);
        op_tests_add_once(name, test_declined, &DECLINES[i]);
    }
    op_tests_add_once("only RN_E_UNSUPPORTED declines", test_failures, NULL);
    op_tests_add_once("what is not folded", test_not_folded, NULL);
    int result = op_tests_run("fold");
    net_registry_close();
    return result;
}
