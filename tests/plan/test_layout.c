/* test_layout.c: a backend that requires channels-last images gets reorders exactly where they are
 * needed, and computes the same bits; also if it requires weights in another layout. */
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "passes/autodiff.h"
#include "passes/fold.h"
#include "passes/fuse.h"
#include "passes/optim.h"
#include "plan/layout.h"
#include "plan/nhwc_backend.h"
#include "plan/plan.h"
#include "support/check.h"

static const rn_backend *inner; /* reference.so */

/* ---- A network with a fan-out, a view and gradients ---- */

typedef struct result {
    float loss, dw[4 * 3 * 3 * 3], probabilities[2 * 4];
    int n_reorders;
} result;

static rn_dag *make_forward(bool training)
{
    rn_dag *dag = NULL;
    rn_node *node = NULL;
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 3, 5, 6 });
    rn_tensor_desc labels = rn_desc_make(RN_I32, 1, (const int64_t[]){ 2 });
    rn_cross_entropy_attrs loss = { .size = sizeof loss };
    CU_ASSERT_EQUAL_FATAL(rn_dag_create(training, RN_BIT, &dag), RN_OK);
    rn_graph *g = &dag->builder;
    dag->images = rn_dag_input(dag, "images", &images);
    dag->labels = rn_dag_input(dag, "labels", &labels);
    rn_conv2d_attrs conv = { .channels = 4, .kernel = { 3, 3 }, .padding = { 1, 1 } };
    rn_value *x = rn_relu(g, rn_conv2d(g, dag->images, "conv1", conv));
    rn_value *y =
        rn_batch_norm(g, rn_conv2d(g, x, "conv2", conv), "bn2", (rn_batch_norm_attrs){ 0 });
    y = rn_relu(g, rn_add(g, x, y));
    dag->logits =
        rn_linear(g, rn_flatten(g, y), "fc", (rn_linear_attrs){ .units = 4, .has_bias = 1 });
    CU_ASSERT_EQUAL_FATAL(dag->status, RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_dag_op(dag, "softmax_cross_entropy", "loss", &loss,
                                    (rn_value *[]){ dag->logits, dag->labels }, 2, &node),
                          RN_OK);
    dag->loss = node->outputs[RN_SOFTMAX_CROSS_ENTROPY_LOSS];
    dag->probabilities = node->outputs[RN_SOFTMAX_CROSS_ENTROPY_PROBABILITIES];
    return dag;
}

static rn_dag *make_network(void)
{
    rn_dag *dag = make_forward(true);
    CU_ASSERT_EQUAL_FATAL(rn_autodiff_append(dag, dag->loss, NULL), RN_OK);
    return dag;
}

static int count_reorders(const rn_dag *dag)
{
    int n = 0;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        n += strcmp(dag->nodes[i]->op->name, "reorder") == 0;
    return n;
}

/* Uploads the batch and runs the plan. */
static void run_step(rn_plan *plan)
{
    float images[2 * 3 * 5 * 6];
    const int32_t labels[2] = { 1, 3 };
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        images[i] = (float)(i * 37 % 101) / 50.0f - 1.0f;
    CU_ASSERT_EQUAL(rn_plan_upload(plan, plan->dag->images, images), RN_OK);
    CU_ASSERT_EQUAL(rn_plan_upload(plan, plan->dag->labels, labels), RN_OK);
    CU_ASSERT_EQUAL(rn_plan_run(plan), RN_OK);
}

static void run_network(const rn_backend *backend, result *r)
{
    rn_device device = { .backend = backend, .label = "test" };
    rn_open_params open = {
        .size = sizeof open, .threads = 1, .precision = RN_PRECISION_FP32, .device = ""
    };
    rn_store *store = NULL;
    rn_plan *plan = NULL;
    rn_buffer *arena = NULL;
    CU_ASSERT_EQUAL_FATAL(backend->open(&open, &device.context), RN_OK);
    rn_dag *dag = make_network();
    const rn_value *dw = rn_dag_find(dag, "conv1.weight")->gradient;
    for (int32_t i = 0; i < dag->n_values; i++)
        dag->values[i]->pinned = true;
    CU_ASSERT_EQUAL_FATAL(rn_plan_create(&device, dag, &plan), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_store_create(&(rn_device *){ &device }, 1, dag, &store), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_store_initialise(store, RN_WEIGHT_INIT_HE_NORMAL, 7), RN_OK);
    CU_ASSERT_EQUAL_FATAL(backend->buffer_create(device.context, plan->memory->arena_bytes, &arena),
                          RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_plan_bind(plan, store, 0, arena), RN_OK);
    run_step(plan);
    CU_ASSERT_EQUAL(rn_plan_download(plan, dag->loss, &r->loss), RN_OK);
    CU_ASSERT_EQUAL(rn_plan_download(plan, dw, r->dw), RN_OK);
    CU_ASSERT_EQUAL(rn_plan_download(plan, dag->probabilities, r->probabilities), RN_OK);
    r->n_reorders = count_reorders(dag);
    rn_plan_destroy(plan);
    rn_store_destroy(store);
    backend->buffer_destroy(device.context, arena);
    backend->close(device.context);
}

static void test_same_bits(void)
{
    result plain, reordered;
    rn_backend wrapper = nhwc_backend(inner, false);
    run_network(inner, &plain);
    run_network(&wrapper, &reordered);
    CU_ASSERT_EQUAL(plain.n_reorders, 0);
    CU_ASSERT_TRUE(reordered.n_reorders > 0);
    CU_ASSERT_TRUE(plain.loss > 0);
    CU_ASSERT_EQUAL(plain.loss, reordered.loss);
    CU_ASSERT_EQUAL(memcmp(plain.dw, reordered.dw, sizeof plain.dw), 0);
    CU_ASSERT_EQUAL(memcmp(plain.probabilities, reordered.probabilities,
                           sizeof plain.probabilities),
                    0);
}

/* ---- Weights: values derived from them are recomputed when they change, and only then ---- */

#define ROUNDS 3

typedef struct trial {
    rn_device device;
    rn_store *store;
    rn_plan *train, *infer;
    rn_buffer *arenas[2];
} trial;

static rn_buffer *bind(trial *l, rn_plan *plan)
{
    rn_buffer *arena = NULL;
    CU_ASSERT_EQUAL_FATAL(l->device.backend->buffer_create(l->device.context,
                                                           plan->memory->arena_bytes, &arena),
                          RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_plan_bind(plan, l->store, 0, arena), RN_OK);
    return arena;
}

static void open_trial(trial *l, const rn_backend *backend)
{
    const rn_config config = { .train = { .momentum = 0.9 } };
    rn_open_params open = {
        .size = sizeof open, .threads = 1, .precision = RN_PRECISION_FP32, .device = ""
    };
    *l = (trial){ .device = { .backend = backend, .label = "test" } };
    CU_ASSERT_EQUAL_FATAL(backend->open(&open, &l->device.context), RN_OK);
    rn_dag *train = make_network(), *infer = make_forward(false);
    CU_ASSERT_EQUAL_FATAL(rn_optim_append(train, &config, &l->device), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_fold_norm(infer, &l->device), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_fuse_conv(infer, &l->device), RN_OK);
    train->loss->pinned = infer->loss->pinned = true;
    CU_ASSERT_EQUAL_FATAL(rn_plan_create(&l->device, train, &l->train), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_plan_create(&l->device, infer, &l->infer), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_store_create(&(rn_device *){ &l->device }, 1, train, &l->store),
                          RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_store_initialise(l->store, RN_WEIGHT_INIT_HE_NORMAL, 7), RN_OK);
    l->arenas[0] = bind(l, l->train);
    l->arenas[1] = bind(l, l->infer);
}

static void close_trial(trial *l)
{
    rn_plan_destroy(l->train);
    rn_plan_destroy(l->infer);
    rn_store_destroy(l->store);
    for (int i = 0; i < 2; i++)
        l->device.backend->buffer_destroy(l->device.context, l->arenas[i]);
    l->device.backend->close(l->device.context);
}

/* Alternates inference and training; stores their losses. */
static void run_rounds(trial *l, float losses[2 * ROUNDS])
{
    const float learning_rate = 0.125f;
    for (int i = 0; i < ROUNDS; i++) {
        run_step(l->infer);
        CU_ASSERT_EQUAL(rn_plan_download(l->infer, l->infer->dag->loss, &losses[2 * i]), RN_OK);
        CU_ASSERT_EQUAL(rn_plan_upload(l->train, l->train->dag->rates[0].input, &learning_rate),
                        RN_OK);
        run_step(l->train);
        CU_ASSERT_EQUAL(rn_plan_download(l->train, l->train->dag->loss, &losses[2 * i + 1]), RN_OK);
    }
}

static void test_weights(void)
{
    rn_backend wrapper = nhwc_backend(inner, true);
    trial plain, reordered;
    float expected[2 * ROUNDS], found[2 * ROUNDS];
    open_trial(&plain, inner);
    open_trial(&reordered, &wrapper);
    CU_ASSERT_EQUAL(plain.infer->n_constants, 1);     /* the fold */
    CU_ASSERT_EQUAL(reordered.infer->n_constants, 3); /* and two weights in another layout */
    CU_ASSERT_EQUAL(reordered.train->n_constants, 0);
    CU_ASSERT_TRUE(count_reorders(reordered.train->dag) > 2);
    run_rounds(&plain, expected);
    run_rounds(&reordered, found);
    CU_ASSERT_TRUE(expected[2 * ROUNDS - 1] < expected[1]);
    CU_ASSERT_EQUAL(memcmp(expected, found, sizeof expected), 0);
    close_trial(&plain);
    close_trial(&reordered);
}

static rn_status decline(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    if (strcmp(op->op, "conv2d") == 0)
        return rn_host_table()->fail(RN_E_UNSUPPORTED, "too hard");
    return inner->query(context, op, answer);
}

static void test_declined(void)
{
    rn_backend wrapper = *inner;
    rn_device device = { .backend = &wrapper, .label = "test" };
    rn_open_params open = {
        .size = sizeof open, .threads = 1, .precision = RN_PRECISION_FP32, .device = ""
    };
    rn_plan *plan = NULL;
    wrapper.query = decline;
    CU_ASSERT_EQUAL_FATAL(inner->open(&open, &device.context), RN_OK);
    CU_ASSERT_EQUAL(rn_plan_create(&device, make_network(), &plan), RN_E_UNSUPPORTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_fail_text(), "backend test declines 2 of "));
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_fail_text(), "operators (conv2d): conv1 (conv2d): too hard; "
                                                  "conv2 (conv2d): too hard"));
    inner->close(device.context);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "a backend with other layouts computes the same bits", test_same_bits },
        { "reordered weights follow the trained ones", test_weights },
        { "every declined operator is named, with the reason", test_declined },
        CU_TEST_INFO_NULL,
    };
    rn_registry *registry = NULL;
    if (rn_registry_create(NULL, &registry) || rn_registry_backend(registry, "reference", &inner))
        return 1;
    int failed = check_run("layout", tests);
    rn_registry_destroy(registry);
    return failed;
}
