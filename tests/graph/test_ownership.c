/* test_ownership.c: what a block passes and returns as a value is checked: one of another graph, of
 * an earlier build, or any pointer is refused, and never read. And an operator that takes any
 * number of inputs takes more than a backend does. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "support/check.h"

static rn_value *images(rn_dag **dag)
{
    rn_tensor_desc desc = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 3, 4, 4 });
    CU_ASSERT_EQUAL_FATAL(rn_dag_create(true, RN_U8, dag), RN_OK);
    (*dag)->location = strdup("net.cfg:7: layer a (zoo/foreign)");
    return rn_dag_input(*dag, "images", &desc);
}

/* ---- Values that are none ---- */

static rn_value *returned; /* by the block */

static rn_value *build_foreign(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)g;
    (void)attrs;
    (void)x;
    return returned;
}

static const rn_block foreign = { .size = sizeof foreign,
                                  .name = "foreign",
                                  .build = build_foreign };

static void pass_to_op(rn_dag *dag, rn_value *x, rn_value *wrong)
{
    rn_value *inputs[] = { x, wrong };
    CU_ASSERT_PTR_NULL(dag->builder.op(&dag->builder, "add", NULL, NULL, inputs, 2));
}

static void pass_to_desc(rn_dag *dag, rn_value *x, rn_value *wrong)
{
    (void)x;
    CU_ASSERT_PTR_NULL(dag->builder.desc(&dag->builder, wrong));
    CU_ASSERT_EQUAL(rn_dim(&dag->builder, wrong, 1), 0);
}

static void pass_to_block(rn_dag *dag, rn_value *x, rn_value *wrong)
{
    (void)x;
    CU_ASSERT_PTR_NULL(rn_block_call(&dag->builder, "zoo/foreign", "b", wrong, NULL, 0));
}

static void return_it(rn_dag *dag, rn_value *x, rn_value *wrong)
{
    returned = wrong;
    CU_ASSERT_PTR_NULL(rn_dag_block(dag, &foreign, NULL, "a", x));
}

static const struct {
    void (*pass)(rn_dag *dag, rn_value *x, rn_value *wrong);
    const char *words;
} ways[] = {
    { pass_to_op, "net.cfg:7: layer a (zoo/foreign): add: input 1 is no value of this graph" },
    { pass_to_desc, "a value whose shape is asked for is no value of this graph" },
    { pass_to_block, "what a block is called on is no value of this graph" },
    { return_it, "(zoo/foreign): block \"foreign\": what it returned is no value of this graph" },
};

static void check_refused(rn_value *wrong)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        rn_dag *dag = NULL;
        rn_value *x = images(&dag);
        ways[i].pass(dag, x, wrong);
        CU_ASSERT(check_failed(dag->status, RN_E_PLUGIN, ways[i].words));
        rn_dag_destroy(dag);
    }
}

static void test_other_graph(void)
{
    rn_dag *other = NULL;
    rn_value *x = images(&other);
    check_refused(x);
    check_refused(rn_relu(&other->builder, x));
    rn_dag_destroy(other);
}

/* Its memory may be that of the new graph, which has fewer values. */
static void test_earlier_build(void)
{
    rn_dag *other = NULL;
    rn_value *x = images(&other);
    for (int i = 0; i < 50; i++)
        x = rn_relu(&other->builder, x);
    rn_dag_destroy(other);
    check_refused(x);
}

static void test_garbage(void)
{
    static const uintptr_t numbers[] = { 1, 8, 0xdeadbeef, UINTPTR_MAX, UINTPTR_MAX / 2 };
    char text[64] = "no value";
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        check_refused((rn_value *)numbers[i]);
    check_refused((rn_value *)text);
}

/* An address within a value, and those beside the first and the last one. */
static void test_near_misses(void)
{
    static const ptrdiff_t steps[] = { 1, 8, sizeof(rn_value) - 1, sizeof(rn_value), -1 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        rn_dag *dag = NULL;
        rn_value *x = images(&dag);
        CU_ASSERT_PTR_NULL(rn_relu(&dag->builder, (rn_value *)((uintptr_t)x + (size_t)steps[i])));
        CU_ASSERT(check_failed(dag->status, RN_E_PLUGIN, "no value of this graph"));
        rn_dag_destroy(dag);
    }
}

/* Each value of a large graph is one; they are in several pieces of memory. */
static void test_own_values(void)
{
    rn_dag *dag = NULL;
    rn_value *x = images(&dag);
    for (int i = 0; i < 1000 && x; i++)
        x = rn_relu(&dag->builder, x);
    CU_ASSERT_PTR_NOT_NULL(x);
    for (int32_t i = 0; i < dag->n_values; i++) {
        CU_ASSERT(rn_dag_owns(dag, dag->values[i]) && dag->values[i]->index == i);
        CU_ASSERT_EQUAL(rn_dim(&dag->builder, dag->values[i], 1), 3);
    }
    rn_dag_destroy(dag);
}

/* ---- Many inputs ---- */

/* Appends the inputs of a tree of concats, from the first to the last. */
static void list_leaves(const rn_value *value, rn_value **leaves, int *n)
{
    const rn_node *node = value->producer;
    if (!node || !rn_node_is(node, "concat")) {
        leaves[(*n)++] = (rn_value *)value;
        return;
    }
    CU_ASSERT(node->n_inputs + node->n_outputs <= RN_MAX_OPERANDS);
    CU_ASSERT(node->n_inputs > 1);
    for (int32_t i = 0; i < node->n_inputs; i++)
        list_leaves(node->inputs[i], leaves, n);
}

static void check_joined(int count)
{
    rn_dag *dag = NULL;
    rn_value *x = images(&dag), *inputs[1024], *leaves[1024];
    int n = 0;
    for (int i = 0; i < count; i++)
        inputs[i] = rn_relu(&dag->builder, x);
    rn_value *y = rn_concat(&dag->builder, inputs, count);
    CU_ASSERT_PTR_NOT_NULL_FATAL(y);
    CU_ASSERT_EQUAL(rn_dim(&dag->builder, y, 1), 3 * count);
    list_leaves(y, leaves, &n);
    CU_ASSERT(n == count && memcmp(leaves, inputs, (size_t)n * sizeof *inputs) == 0);
    rn_dag_destroy(dag);
}

static void test_many_inputs(void)
{
    static const int counts[] = { 2, 15, 16, 17, 31, 225, 226, 1024 };
    rn_dag *dag = NULL;
    rn_value *x = images(&dag);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        check_joined(counts[i]);
    rn_concat(&dag->builder, &x, 1025);
    CU_ASSERT(check_failed(dag->status, RN_E_SHAPE, "concat takes 1 to 1024 inputs, not 1025"));
    rn_dag_destroy(dag);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "a value of another graph", test_other_graph },
        { "a value of an earlier build", test_earlier_build },
        { "any pointer", test_garbage },
        { "an address beside or within a value", test_near_misses },
        { "the graph's own values", test_own_values },
        { "more inputs than a backend takes", test_many_inputs },
        CU_TEST_INFO_NULL,
    };
    return check_run("ownership", tests);
}
