/* test_limits.c: the builder refuses sizes that would overflow in a backend, and networks without
 * end. */
#include <time.h>

#include "graph/graph.h"
#include "support/check.h"

/* A new graph with an input of images. */
static rn_value *images(rn_dag **dag, int64_t n, int64_t channels, int64_t length)
{
    const int64_t shape[4] = { n, channels, length, length };
    rn_tensor_desc desc = rn_desc_make(RN_F32, 4, shape);
    CU_ASSERT_EQUAL_FATAL(rn_dag_create(true, RN_U8, dag), RN_OK);
    return rn_dag_input(*dag, "images", &desc);
}

/* True if the graph has failed with this status and these words. Destroys the graph. */
static bool failed(rn_dag *dag, rn_status expected, const char *words)
{
    rn_status status = dag->status;
    rn_dag_destroy(dag);
    return check_failed(status, expected, words);
}

/* Sizes that do not fit in 31 bits, which a backend would truncate. */
static void test_31_bits(void)
{
    rn_dag *dag;
    rn_conv2d_attrs conv = { .channels = 1, .kernel = { 1, 1 }, .padding = { 65536, 65536 } };
    rn_value *x = images(&dag, 1, 2048, 1024);
    rn_flatten(&dag->builder, x);
    CU_ASSERT(failed(dag, RN_E_SHAPE, "dimension 1 of shape (1, 2147483648) is more than"));
    x = images(&dag, 1, 1, 4096);
    rn_conv2d(&dag->builder, x, "a", conv);
    CU_ASSERT(failed(dag, RN_E_SHAPE, "images of shape (1, 1, 135168, 135168) have more than"));
    conv = (rn_conv2d_attrs){ .channels = 1, .kernel = { 1024, 1024 } };
    x = images(&dag, 1, 2048, 1024);
    rn_conv2d(&dag->builder, x, "a", conv);
    CU_ASSERT(failed(dag, RN_E_SHAPE, "conv2d: each element of (1, 1, 1, 1) is a sum of"));
    conv.channels = INT64_C(17179869184);
    x = images(&dag, 1, 1, 1024);
    rn_conv2d(&dag->builder, x, "a", conv);
    CU_ASSERT(failed(dag, RN_E_CONFIG, "channels is 17179869184, expected"));
}

/* None of these operators is too large, but the sum of their costs would overflow 63 bits. */
static void test_sum_of_costs(void)
{
    rn_dag *dag;
    rn_value *x = images(&dag, 65536, 1024, 64);
    const rn_pool_attrs pool = { .kernel = { 33, 33 }, .stride = { 1, 1 }, .padding = { 16, 16 } };
    int n = 0;
    while (n < 31000 && (x = rn_avg_pool(&dag->builder, x, pool)))
        n++;
    CU_ASSERT_EQUAL(n, 1002); /* of 2^38 * 33^2 operations each */
    CU_ASSERT(failed(dag, RN_E_SHAPE, "avg_pool: a step has more than 300000000000000000"));
}

/* A block that never ends is ended, and what is below the limit is built in little time: names of
 * operators are numbered, and values are found, without a search. */
static void test_number_of_operators(void)
{
    rn_dag *dag;
    rn_value *x = images(&dag, 1, 1, 1);
    int n = 0;
    clock_t start = clock();
    while (n < 1000000 && (x = rn_relu(&dag->builder, x)))
        n++;
    CU_ASSERT_EQUAL(n, 200000);
    CU_ASSERT(clock() - start < 20 * CLOCKS_PER_SEC); /* 68 s were 4000 of them */
    CU_ASSERT(failed(dag, RN_E_SHAPE, "the network has more than 200000 operators"));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "sizes beyond 31 bits", test_31_bits },
        { "the sum of all costs", test_sum_of_costs },
        { "the number of operators", test_number_of_operators },
        CU_TEST_INFO_NULL,
    };
    return check_run("limits", tests);
}
