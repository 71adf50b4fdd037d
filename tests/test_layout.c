/* test_layout.c: a backend that wants its images channels-last gets reorders where they are needed
 * and nowhere else, and computes the same bits. The backend is reference.so behind a wrapper. */
#include <stdlib.h>
#include <string.h>
#include "autodiff.h"
#include "check.h"
#include "layout.h"
#include "op.h"
#include "plan.h"
#include "status.h"

static const rn_backend *inner; /* reference.so */

/* ---- A wrapper that wants conv2d's and relu's images in NHWC ---- */

typedef struct wrapped_kernel {
    rn_kernel *kernel;
    int32_t n_operands, is_converted[RN_MAX_OPERANDS];
    rn_tensor_desc descs[RN_MAX_OPERANDS];
    rn_buffer *plain[RN_MAX_OPERANDS]; /* operands in the layout that the inner kernel knows */
} wrapped_kernel;

static bool wants_nhwc(const rn_op_desc *op, const rn_tensor_desc *desc, int32_t index)
{
    if (!desc || desc->rank != 4 || desc->dtype != RN_F32)
        return false;
    if (strcmp(op->op, "conv2d") == 0)
        return index != 1; /* the weight */
    return strcmp(op->op, "relu") == 0;
}

/* The description with plain operands; what was converted is marked. */
typedef struct plain_op {
    rn_op_desc desc;
    rn_tensor_desc descs[RN_MAX_OPERANDS];
    const rn_tensor_desc *pointers[RN_MAX_OPERANDS];
} plain_op;

static void make_plain(const rn_op_desc *op, plain_op *p)
{
    p->desc = *op;
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs; i++) {
        const rn_tensor_desc *d = i < op->n_inputs ? op->inputs[i] : op->outputs[i - op->n_inputs];
        p->pointers[i] = NULL;
        if (!d)
            continue;
        p->descs[i] = *d;
        p->descs[i].layout = RN_LAYOUT_PLAIN;
        p->pointers[i] = &p->descs[i];
    }
    p->desc.inputs = p->pointers;
    p->desc.outputs = p->pointers + op->n_inputs;
}

static rn_status wrapped_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    plain_op p;
    if (strcmp(op->op, "reorder") == 0)
        return inner->query(context, op, answer);
    make_plain(op, &p);
    rn_status status = inner->query(context, &p.desc, answer);
    for (int32_t i = 0; i < op->n_inputs + op->n_outputs && !status; i++) {
        answer->layouts[i] = p.pointers[i] ? RN_LAYOUT_PLAIN : 0;
        if (p.pointers[i] && wants_nhwc(op, p.pointers[i], i))
            answer->layouts[i] = RN_LAYOUT_NHWC;
        answer->layout_bytes[i] = p.pointers[i] ? p.descs[i].size_bytes : 0;
    }
    return status;
}

static rn_status wrapped_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    plain_op p;
    wrapped_kernel *w = calloc(1, sizeof *w);
    bool is_reorder = strcmp(op->op, "reorder") == 0;
    make_plain(op, &p);
    w->n_operands = op->n_inputs + op->n_outputs;
    rn_status status = inner->prepare(context, is_reorder ? op : &p.desc, &w->kernel);
    for (int32_t i = 0; i < w->n_operands && !status && !is_reorder; i++) {
        w->is_converted[i] = wants_nhwc(op, p.pointers[i], i);
        w->descs[i] = p.descs[i];
        if (w->is_converted[i])
            status = inner->buffer_create(context, p.descs[i].size_bytes, &w->plain[i]);
    }
    *kernel = (rn_kernel *)w;
    return status;
}

static void wrapped_destroy(rn_context *context, rn_kernel *kernel)
{
    wrapped_kernel *w = (wrapped_kernel *)kernel;
    for (int32_t i = 0; i < w->n_operands; i++)
        if (w->plain[i])
            inner->buffer_destroy(context, w->plain[i]);
    inner->kernel_destroy(context, w->kernel);
    free(w);
}

/* Copies element by element between the two orders. */
static void convert(const rn_tensor_desc *d, const float *from, float *to, bool to_plain)
{
    int64_t area = d->shape[2] * d->shape[3], channels = d->shape[1];
    for (int64_t n = 0; n < d->shape[0]; n++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t i = 0; i < area; i++) {
                int64_t plain = (n * channels + c) * area + i, last = (n * area + i) * channels + c;
                to[to_plain ? plain : last] = from[to_plain ? last : plain];
            }
}

static rn_status convert_operand(rn_context *context, const rn_tensor_desc *d, rn_operand from,
                                 rn_operand to, bool to_plain)
{
    float *a = malloc(d->size_bytes), *b = malloc(d->size_bytes);
    rn_status status = inner->download(context, a, from, d->size_bytes);
    if (!status) {
        convert(d, a, b, to_plain);
        status = inner->upload(context, to, b, d->size_bytes);
    }
    free(a);
    free(b);
    return status;
}

static rn_status wrapped_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                             rn_operand workspace)
{
    const wrapped_kernel *w = (const wrapped_kernel *)kernel;
    rn_operand plain[RN_MAX_OPERANDS];
    rn_status status = RN_OK;
    for (int32_t i = 0; i < w->n_operands && !status; i++) {
        plain[i] = w->is_converted[i] ? (rn_operand){ w->plain[i], 0 } : operands[i];
        if (w->is_converted[i])
            status = convert_operand(context, &w->descs[i], operands[i], plain[i], true);
    }
    if (!status)
        status = inner->run(context, w->kernel, plain, workspace);
    for (int32_t i = 0; i < w->n_operands && !status; i++)
        if (w->is_converted[i])
            status = convert_operand(context, &w->descs[i], plain[i], operands[i], false);
    return status;
}

/* ---- A network with a fan-out, a view and gradients ---- */

typedef struct result {
    float loss, dw[4 * 3 * 3 * 3], probabilities[2 * 4];
    int n_reorders;
} result;

static rn_dag *make_network(void)
{
    rn_dag *dag = NULL;
    rn_node *node = NULL;
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 3, 5, 6 });
    rn_tensor_desc labels = rn_desc_make(RN_I32, 1, (const int64_t[]){ 2 });
    rn_cross_entropy_attrs loss = { .size = sizeof loss };
    CU_ASSERT_EQUAL_FATAL(rn_dag_create(true, RN_BIT, &dag), RN_OK);
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
                                    (rn_value *[]){ dag->logits, dag->labels }, 2, &node), RN_OK);
    dag->loss = node->outputs[0];
    dag->probabilities = node->outputs[1];
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

static void run_network(const rn_backend *backend, result *r)
{
    rn_device device = { .backend = backend, .label = "test" };
    rn_open_params open = {
        .size = sizeof open, .threads = 1, .precision = RN_PRECISION_FP32, .device = ""
    };
    rn_store *store = NULL;
    rn_plan *plan = NULL;
    rn_buffer *arena = NULL;
    float images[2 * 3 * 5 * 6];
    const int32_t labels[2] = { 1, 3 };
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        images[i] = (float)(i * 37 % 101) / 50.0f - 1.0f;
    CU_ASSERT_EQUAL_FATAL(backend->open(&open, &device.context), RN_OK);
    rn_dag *dag = make_network();
    const rn_value *dw = rn_dag_find(dag, "conv1.weight")->gradient;
    for (int32_t i = 0; i < dag->n_values; i++)
        dag->values[i]->pinned = true;
    CU_ASSERT_EQUAL_FATAL(rn_plan_create(&device, dag, &plan), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_store_create(&device, dag, &store), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_store_initialise(store, "he_normal", 7), RN_OK);
    CU_ASSERT_EQUAL_FATAL(backend->buffer_create(device.context, plan->memory->arena_bytes, &arena),
                          RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_plan_bind(plan, store, arena), RN_OK);
    CU_ASSERT_EQUAL(rn_plan_upload(plan, dag->images, images), RN_OK);
    CU_ASSERT_EQUAL(rn_plan_upload(plan, dag->labels, labels), RN_OK);
    CU_ASSERT_EQUAL(rn_plan_run(plan), RN_OK);
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
    rn_backend wrapper = *inner;
    wrapper.query = wrapped_query;
    wrapper.prepare = wrapped_prepare;
    wrapper.kernel_destroy = wrapped_destroy;
    wrapper.run = wrapped_run;
    run_network(inner, &plain);
    run_network(&wrapper, &reordered);
    CU_ASSERT_EQUAL(plain.n_reorders, 0);
    CU_ASSERT_TRUE(reordered.n_reorders > 0);
    CU_ASSERT_TRUE(plain.loss > 0);
    CU_ASSERT_EQUAL(plain.loss, reordered.loss);
    CU_ASSERT_EQUAL(memcmp(plain.dw, reordered.dw, sizeof plain.dw), 0);
    CU_ASSERT_EQUAL(
        memcmp(plain.probabilities, reordered.probabilities, sizeof plain.probabilities), 0);
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
    rn_open_params open = { .size = sizeof open, .threads = 1, .precision = RN_PRECISION_FP32,
                            .device = "" };
    rn_plan *plan = NULL;
    wrapper.query = decline;
    CU_ASSERT_EQUAL_FATAL(inner->open(&open, &device.context), RN_OK);
    CU_ASSERT_EQUAL(rn_plan_create(&device, make_network(), &plan), RN_E_UNSUPPORTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_fail_text(), "backend test declines 2 of "));
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_fail_text(), "operators: conv1 (conv2d): too hard; "
                                                  "conv2 (conv2d): too hard"));
    inner->close(device.context);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "a backend with layouts of its own computes the same bits", test_same_bits },
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
