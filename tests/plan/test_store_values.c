/* test_store_values.c: large tensors reach the store whole on several threads, and none that holds
 * what no training leaves. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "plan/store_values.h"
#include "support/check.h"

#define SIZE 701 /* its square is seven pieces and a part of one */

static rn_device *device;
static rn_store *store;
static const rn_store_entry *entry;
static float *values;
static int64_t count;

static rn_status load(void)
{
    return rn_store_values_load(store, entry, values, "w.st");
}

static void set_values(void)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)i;
}

static void test_whole(void)
{
    float *found = malloc(entry->desc.size_bytes);
    uint64_t version = store->copies[0].version;
    set_values();
    CU_ASSERT_EQUAL(load(), RN_OK);
    CU_ASSERT(store->copies[0].version > version);
    CU_ASSERT_EQUAL_FATAL(rn_store_download(store, entry, found), RN_OK);
    CU_ASSERT_EQUAL(memcmp(found, values, entry->desc.size_bytes), 0);
    free(found);
}

static void test_invalid(void)
{
    const int64_t places[] = { 0, 65535, 65536, 300000, count - 1 };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        set_values();
        values[places[i]] = i % 2 ? NAN : -INFINITY;
        CU_ASSERT(check_failed(load(), RN_E_DATA,
                               "w.st: tensor \"fc.weight\" holds values that are infinite or NaN"));
    }
}

static rn_status open_store(rn_registry *registry)
{
    const rn_device_params params = {
        .backend = "reference", .device = "", .threads = 3, .precision = RN_PRECISION_FP32
    };
    const rn_linear_attrs attrs = { .size = sizeof attrs, .units = SIZE };
    const rn_tensor_desc desc = rn_desc_make(RN_F32, 2, (const int64_t[]){ 1, SIZE });
    rn_node *node = NULL;
    rn_dag *dag = NULL;
    rn_status status = rn_device_open(registry, &params, &device);
    if (!status)
        status = rn_dag_create(false, RN_U8, &dag);
    if (status)
        return status;
    rn_value *x = rn_dag_input(dag, "x", &desc);
    status = x ? rn_dag_op(dag, "linear", "fc", &attrs, &x, 1, &node) : dag->status;
    if (!status)
        status = rn_store_create(&device, 1, dag, &store);
    rn_dag_destroy(dag);
    if (status)
        return status;
    entry = rn_store_find(store, "fc.weight");
    count = rn_desc_count(&entry->desc);
    values = malloc(entry->desc.size_bytes);
    return RN_OK;
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "a tensor of several pieces", test_whole },
        { "values that are not finite", test_invalid },
        CU_TEST_INFO_NULL,
    };
    rn_registry *registry = NULL;
    if (rn_registry_create(NULL, &registry) || open_store(registry)) {
        fprintf(stderr, "%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run("store_values", tests);
    free(values);
    rn_store_destroy(store);
    rn_device_close(device);
    rn_registry_destroy(registry);
    return result;
}
