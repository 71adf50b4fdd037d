/* test_elements.c: activations, products and slices in a graph: shapes, and what is refused. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "graph/graph.h"
#include "ops/activation.h"
#include "support/check.h"

static rn_dag *dag;
static rn_graph *g;

static rn_value *input(const char *name, int32_t rank, const int64_t *shape)
{
    rn_tensor_desc desc = rn_desc_make(RN_F32, rank, shape);
    return rn_dag_input(dag, name, &desc);
}

static rn_value *images(void)
{
    return input("images", 4, (const int64_t[]){ 2, 8, 6, 5 });
}

static void begin(void)
{
    CU_ASSERT_EQUAL_FATAL(rn_dag_create(true, RN_U8, &dag), RN_OK);
    g = &dag->builder;
    dag->path = strdup("layer1.0");
}

static bool has_shape(const rn_value *x, int32_t rank, const int64_t *shape)
{
    rn_tensor_desc wanted = rn_desc_make(RN_F32, rank, shape);
    return x && rn_desc_same_shape(&x->desc, &wanted);
}

/* Whether the graph has failed in this way, or with NULL not at all. Frees it. */
static bool ends(rn_status status, const char *words)
{
    bool as_wanted = words ? check_failed(dag->status, status, words) : !dag->status;
    if (!as_wanted)
        check_note("found \"%s\", expected \"%s\"", dag->status ? rn_fail_text() : "no failure",
                   words ? words : "none");
    rn_dag_destroy(dag);
    return as_wanted;
}

static void test_shapes(void)
{
    begin();
    rn_value *x = images(), *rows = input("rows", 2, (const int64_t[]){ 3, 7 });
    rn_value *factors = rn_global_avg_pool(g, x);
    CU_ASSERT(has_shape(rn_multiply(g, x, rn_sigmoid(g, factors)), 4, x->desc.shape));
    CU_ASSERT(has_shape(rn_multiply(g, factors, factors), 4, factors->desc.shape));
    CU_ASSERT(has_shape(rn_multiply(g, rows, rn_tanh(g, rows)), 2, rows->desc.shape));
    CU_ASSERT(has_shape(rn_subtract(g, x, x), 4, x->desc.shape));
    CU_ASSERT(has_shape(rn_slice(g, x, 3, 5), 4, (const int64_t[]){ 2, 5, 6, 5 }));
    CU_ASSERT(has_shape(rn_slice(g, x, 0, 8), 4, x->desc.shape));
    const rn_subsample_attrs apart = { .size = sizeof apart, .stride = { 2, 3 } };
    CU_ASSERT(has_shape(g->op(g, "subsample_grad", NULL, &apart, &x, 1), 4,
                        (const int64_t[]){ 2, 8, 11, 13 }));
    CU_ASSERT(ends(RN_OK, NULL));
}

static void test_kinds(void)
{
#define KIND(CONSTANT, name, number, n_parameters, formula)                                        \
    begin();                                                                                       \
    rn_activate(g, images(), (rn_activation_attrs){ 0, RN_ACTIVATION_##CONSTANT, 0.5, 0 });        \
    CU_ASSERT(ends(RN_E_CONFIG, n_parameters ? NULL : "alpha is 0.5, expected 0: " #name));        \
    begin();                                                                                       \
    rn_activate(g, images(), (rn_activation_attrs){ 0, RN_ACTIVATION_##CONSTANT, 0, -2 });         \
    CU_ASSERT(ends(RN_E_CONFIG, n_parameters > 1 ? NULL : "beta is -2, expected 0: " #name));      \
    CU_ASSERT_STRING_EQUAL(rn_activation_name(number), #name);
    RN_ACTIVATIONS(KIND)
#undef KIND
}

static void test_refused(void)
{
    static const int32_t kinds[] = { -1, 0, 10, 0x7fffffff };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        begin();
        rn_activate(g, images(), (rn_activation_attrs){ 0, kinds[i], 0, 0 });
        CU_ASSERT(ends(RN_E_CONFIG, "activation: kind is "));
    }
    begin();
    rn_leaky_relu(g, images(), (double)NAN);
    CU_ASSERT(ends(RN_E_CONFIG, "activation: alpha is nan, expected -1e+30 to 1e+30"));
    begin();
    rn_scale(g, images(), 1, (double)INFINITY);
    CU_ASSERT(ends(RN_E_CONFIG, "activation: beta is inf"));
}

static void test_products_refused(void)
{
    static const struct {
        int32_t rank;
        int64_t shape[4];
    } others[] = { { 4, { 2, 8, 6, 1 } },
                   { 4, { 1, 8, 1, 1 } },
                   { 4, { 2, 1, 6, 5 } },
                   { 4, { 2, 4, 1, 1 } },
                   { 2, { 2, 8 } } };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        begin();
        rn_multiply(g, images(), input("other", others[i].rank, others[i].shape));
        CU_ASSERT(ends(RN_E_SHAPE, "cannot multiply (2, 8, 6, 5) by "));
    }
    begin();
    rn_value *x = images();
    rn_multiply(g, rn_global_avg_pool(g, x), x);
    CU_ASSERT(ends(RN_E_SHAPE, "cannot multiply (2, 8, 1, 1) by (2, 8, 6, 5)"));
}

static void test_slices_refused(void)
{
    static const int64_t parts[][2] = { { -1, 3 },        { 0, 0 },         { 0, 9 },
                                        { 8, 1 },         { 3, INT64_MAX }, { INT64_MAX, 1 },
                                        { 4, INT64_MIN }, { INT64_MIN, 1 } };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        begin();
        CU_ASSERT(rn_slice(g, images(), parts[i][0], parts[i][1]) == NULL);
        CU_ASSERT(ends(RN_E_SHAPE, "slice: "));
    }
    begin();
    CU_ASSERT(rn_slice(g, NULL, 0, 1) == NULL);
    rn_dag_destroy(dag);
    begin();
    rn_slice(g, input("rows", 2, (const int64_t[]){ 3, 7 }), 0, 2);
    CU_ASSERT(ends(RN_E_SHAPE, "subsample_grad takes images (N, C, H, W), not (3, 7)"));
    begin();
    rn_value *x = images();
    const rn_subsample_attrs none = { .size = sizeof none, .channels_before = 8 };
    g->op(g, "subsample_grad", NULL, &none, &x, 1);
    CU_ASSERT(ends(RN_E_SHAPE, "no channel of (2, 8, 6, 5) is left without the 8 before"));
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "shapes", test_shapes },
        { "kinds and their parameters", test_kinds },
        { "unknown kinds, parameters out of range", test_refused },
        { "products of other shapes", test_products_refused },
        { "slices that are not there", test_slices_refused },
        CU_TEST_INFO_NULL,
    };
    return check_run("elements", tests);
}
