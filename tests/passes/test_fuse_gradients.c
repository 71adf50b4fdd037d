/* test_fuse_gradients.c: a training step in which convolutions add their gradient to an existing
 * one trains what it trains with separate sums, in no more memory; a backend without the operator,
 * or that fails, is heard; and which of several gradients is merged. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "passes/autodiff.h"
#include "passes/fuse.h"
#include "support/check.h"
#include "support/net_harness.h"
#include "train/synthetic.h"

#define BATCH 3
#define STEPS 3
/* Of a tensor's largest element after the steps; of a bias before a norm only rounding is left. */
#define LIMIT 1e-4
#define SMALLEST 0.01

#define SUM "conv2d_grad_input_sum"

/* ---- A backend that answers queries of the sum with `answer`, unless that is RN_OK ---- */

static const rn_backend *inner;
static rn_status answer;

static rn_status wrapped_query(rn_context *context, const rn_op_desc *op, rn_op_answer *given)
{
    if (answer && strcmp(op->op, SUM) == 0)
        return rn_host_table()->fail(answer, "there is no operator " SUM);
    return inner->query(context, op, given);
}

static int count(const rn_dag *dag, const char *op)
{
    int n = 0;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        n += rn_node_is(dag->nodes[i], op);
    return n;
}

/* ---- Networks ---- */

typedef struct trial {
    rn_config *config;
    rn_session *session;
    rn_backend backend;
    rn_pass_plans *train;
    rn_synthetic images;
} trial;

static rn_status open_trial(trial *t, const op_backend *backend, const char *cfg)
{
    char path[CHECK_PATH_MAX];
    t->config = net_config(check_source(path, cfg), backend);
    if (!t->config || !net_registry())
        return rn_fail(RN_E_CONFIG, "no cfg");
    t->config->backend.deterministic = 1; /* both sessions choose the same algorithms */
    rn_status status = rn_session_open(t->config, net_registry(), &t->session);
    if (status)
        return status;
    rn_device *device = t->session->ranks[0].device;
    inner = device->backend;
    t->backend = *inner;
    t->backend.query = wrapped_query;
    device->backend = &t->backend;
    status = rn_session_add(t->session, RN_PASS_TRAIN, BATCH, false, &t->train);
    if (!status)
        status = rn_session_bind(t->session);
    if (!status)
        status = rn_store_initialise(t->session->store, RN_WEIGHT_INIT_HE_NORMAL, 3);
    return status ? status : rn_synthetic_make(t->config, BATCH, &t->images);
}

static void close_trial(trial *t)
{
    rn_session_close(t->session);
    rn_config_destroy(t->config);
    rn_synthetic_clear(&t->images);
}

static rn_status take_steps(trial *t)
{
    const rn_step_params params = { .learning_rate = 0.01 };
    rn_status status = RN_OK;
    rn_step_result result;
    for (int i = 0; i < STEPS && !status; i++)
        status = rn_step_run(t->session, t->train, &t->images.batch, &params, &result);
    return status;
}

/* The largest difference of an entry of both stores, of the largest value. */
static double difference_of(const trial *a, const trial *b, int32_t entry)
{
    const rn_store_entry *of_a = &a->session->store->entries[entry],
                         *of_b = &b->session->store->entries[entry];
    const int64_t n = rn_desc_count(&of_a->desc);
    float *x = malloc(of_a->desc.size_bytes), *y = malloc(of_a->desc.size_bytes);
    double largest = SMALLEST, difference = INFINITY;
    if (x && y && !rn_store_download(a->session->store, of_a, x) &&
        !rn_store_download(b->session->store, of_b, y)) {
        difference = 0;
        for (int64_t i = 0; i < n; i++) {
            largest = fmax(largest, fabs((double)x[i]));
            difference = fmax(difference, fabs((double)x[i] - (double)y[i]));
        }
    }
    free(x);
    free(y);
    return difference / largest;
}

static void compare(const op_backend *backend, const trial *merged, const trial *apart)
{
    const double limit = op_is_rounded(backend) ? NET_HALF_LIMIT : LIMIT;
    for (int32_t i = 0; i < merged->session->store->n_entries; i++) {
        const rn_store_entry *entry = &merged->session->store->entries[i];
        if (entry->role != RN_ROLE_PARAM)
            continue;
        double difference = difference_of(merged, apart, i);
        op_check(difference <= limit, "%s: %s differs by %.3g", backend->label, entry->name,
                 difference);
    }
    const rn_plan *plan = merged->train->by_rank[0], *other = apart->train->by_rank[0];
    op_check(plan->memory->arena_bytes <= other->memory->arena_bytes,
             "%s: merged the step takes %llu bytes, else %llu", backend->label,
             (unsigned long long)plan->memory->arena_bytes,
             (unsigned long long)other->memory->arena_bytes);
    int n_sums = count(plan->dag, SUM);
    op_check(count(other->dag, SUM) == 0, "a declined operator was used");
    op_check(n_sums + count(plan->dag, "add") == count(other->dag, "add"),
             "%s: %d operators replace another number of sums", backend->label, n_sums);
    op_check(n_sums > 0 || backend != op_backend_at(0), "nothing was merged");
}

static void test_networks(const op_backend *backend, const void *cfg)
{
    trial merged = { 0 }, apart = { 0 };
    answer = RN_OK;
    rn_status status = open_trial(&merged, backend, cfg);
    if (op_accepted(backend, status, cfg)) {
        answer = RN_E_UNSUPPORTED;
        status = open_trial(&apart, backend, cfg);
        answer = RN_OK;
        op_check(!status && !take_steps(&merged) && !take_steps(&apart), "%s", rn_fail_text());
        if (!status)
            compare(backend, &merged, &apart);
    }
    close_trial(&merged);
    close_trial(&apart);
}

static void test_failure(const op_backend *none, const void *subject)
{
    trial t = { 0 };
    (void)none;
    (void)subject;
    answer = RN_E_DEVICE;
    rn_status status = open_trial(&t, op_backend_at(0), "share/models/fashion_mnist_small.cfg");
    answer = RN_OK;
    op_check(check_failed(status, RN_E_DEVICE, "there is no operator"),
             "a failure is not reported");
    close_trial(&t);
}

/* ---- Graphs: which gradient is merged ---- */

typedef rn_value *builder(rn_graph *g, rn_value *x);

typedef struct graph_case {
    const char *name;
    builder *build;
    int n_sums, n_adds, n_gradients; /* of x, that are left */
    const char *merged;              /* the layer of the last operator that adds */
} graph_case;

static rn_value *conv(rn_graph *g, rn_value *x, const char *name, int64_t channels)
{
    return rn_conv2d(g, x, name,
                     (rn_conv2d_attrs){
                         .channels = channels, .kernel = { 3, 3 }, .padding = { 1, 1 } });
}

static rn_value *build_shortcut(rn_graph *g, rn_value *x)
{
    return rn_add(g, x, conv(g, x, "conv", 8));
}

/* The gradient of the second one exists first. */
static rn_value *build_two(rn_graph *g, rn_value *x)
{
    rn_value *first = conv(g, x, "first", 8);
    return rn_add(g, first, conv(g, x, "second", 8));
}

static rn_value *build_three(rn_graph *g, rn_value *x)
{
    return rn_add(g, x, build_two(g, x));
}

/* The convolution's gradient exists before the relu's: it is moved, which takes no more memory
 * where its result has fewer channels. */
static rn_value *build_earlier(rn_graph *g, rn_value *x)
{
    rn_value *y = rn_relu(g, x);
    rn_value *parts[] = { y, conv(g, x, "conv", 2) };
    return rn_concat(g, parts, 2);
}

static rn_value *build_earlier_and_larger(rn_graph *g, rn_value *x)
{
    rn_value *y = rn_relu(g, x);
    rn_value *parts[] = { y, conv(g, x, "conv", 16) };
    return rn_concat(g, parts, 2);
}

static rn_value *build_no_sum(rn_graph *g, rn_value *x)
{
    rn_value *shortcut = rn_relu(g, x); /* compilers evaluate arguments in any order */
    return rn_add(g, rn_relu(g, conv(g, x, "conv", 8)), shortcut);
}

static const graph_case GRAPHS[] = {
    { "a shortcut", build_shortcut, 1, 0, 0, "conv" },
    { "two convolutions", build_two, 1, 0, 1, "first" },
    { "three gradients", build_three, 2, 0, 0, "first" },
    { "an earlier gradient", build_earlier, 1, 0, 0, "conv" },
    { "an earlier gradient of more channels", build_earlier_and_larger, 0, 1, 1, NULL },
    { "a shortcut through relu", build_no_sum, 0, 1, 1, NULL },
};

static void check_graph(const rn_dag *dag, const graph_case *c)
{
    const rn_node *last = NULL;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        if (rn_node_is(dag->nodes[i], SUM))
            last = dag->nodes[i];
    op_check(count(dag, SUM) == c->n_sums, "%s: %d were merged", c->name, count(dag, SUM));
    op_check(count(dag, "conv2d_grad_input") == c->n_gradients, "%s: %d gradients are left",
             c->name, count(dag, "conv2d_grad_input"));
    op_check((last != NULL) == (c->merged != NULL) && (!last || !strcmp(last->name, c->merged)),
             "%s: %s was merged", c->name, last ? last->name : "none");
}

static void test_graph(const op_backend *none, const void *subject)
{
    const graph_case *c = subject;
    const op_backend *oracle = op_backend_at(0);
    rn_dag *dag = NULL;
    rn_device device = { .backend = oracle->table,
                         .context = oracle->context,
                         .label = (char[]){ "test" } };
    rn_tensor_desc desc = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 8, 9, 9 });
    (void)none;
    if (rn_dag_create(true, RN_U8, &dag))
        abort();
    rn_value *x = rn_dag_input(dag, "x", &desc);
    x->needs_gradient = true;
    rn_value *y = c->build(&dag->builder, x);
    int n_forward = count(dag, "add");
    rn_tensor_desc dy = y->desc;
    op_check(!rn_autodiff_append(dag, y, rn_dag_input(dag, "dy", &dy)) &&
                 !rn_fuse_gradients(dag, &device),
             "%s", rn_fail_text());
    check_graph(dag, c);
    op_check(count(dag, "add") == n_forward + c->n_adds, "%s: %d sums are left", c->name,
             count(dag, "add") - n_forward);
    rn_dag_destroy(dag);
}

/* What the host reads stays. */
static void test_pinned(const op_backend *none, const void *subject)
{
    const op_backend *oracle = op_backend_at(0);
    rn_dag *dag = NULL;
    rn_device device = { .backend = oracle->table,
                         .context = oracle->context,
                         .label = (char[]){ "test" } };
    rn_tensor_desc desc = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 8, 9, 9 });
    (void)none;
    (void)subject;
    if (rn_dag_create(true, RN_U8, &dag))
        abort();
    rn_value *x = rn_dag_input(dag, "x", &desc);
    x->needs_gradient = true;
    rn_value *y = build_shortcut(&dag->builder, x);
    rn_status status = rn_autodiff_append(dag, y, rn_dag_input(dag, "dy", &desc));
    for (int32_t i = 0; i < dag->n_values; i++)
        dag->values[i]->pinned = true;
    op_check(!status && !rn_fuse_gradients(dag, &device), "%s", rn_fail_text());
    op_check(count(dag, SUM) == 0, "a gradient that the host reads was merged");
    rn_dag_destroy(dag);
}

int main(void)
{
    op_backends_open();
    op_backends_add_halves();
    op_tests_add("fashion_mnist_small.cfg", test_networks, "share/models/fashion_mnist_small.cfg");
    op_tests_add("merged.cfg", test_networks, "tests/config/nets/merged.cfg");
    op_tests_add("joined.cfg", test_networks, "tests/config/nets/joined.cfg");
    op_tests_add_once("only RN_E_UNSUPPORTED declines", test_failure, NULL);
    for (size_t i = 0; i < sizeof GRAPHS / sizeof *GRAPHS; i++)
        op_tests_add_once(GRAPHS[i].name, test_graph, &GRAPHS[i]);
    op_tests_add_once("a pinned gradient", test_pinned, NULL);
    int result = op_tests_run("gradients that are added where they are");
    net_registry_close();
    return result;
}
