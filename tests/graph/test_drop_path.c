/* test_drop_path.c: network.drop_path gives each block timm's rate (drop_path.txt, made by
 * make_drop_path.py); a block's own rate counts more; inference drops nothing. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "graph/net.h"
#include "graph/op.h"
#include "support/check.h"

static rn_registry *registry;

static rn_dag *build(const char *model, const char *setting, bool training)
{
    char file[64], path[CHECK_PATH_MAX];
    rn_config *config = NULL;
    rn_dag *dag = NULL;
    snprintf(file, sizeof file, "share/models/%s.cfg", model);
    rn_status status = rn_config_load(check_source(path, file), &setting, 1, &config);
    const rn_net_params params = { .config = config,
                                   .registry = registry,
                                   .batch = 2,
                                   .training = training,
                                   .mask_dtype = RN_U8 };
    if (!status)
        status = rn_net_build(&params, &dag);
    CU_ASSERT_EQUAL_FATAL(status, RN_OK);
    rn_config_destroy(config);
    return dag;
}

static int count_paths(const rn_dag *dag)
{
    int n = 0;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        n += rn_node_is(dag->nodes[i], "drop_path");
    return n;
}

/* The rate of the operator of this name; 0 where there is none. */
static double rate_of(const rn_dag *dag, const char *name)
{
    for (int32_t i = 0; i < dag->n_nodes; i++)
        if (strcmp(dag->nodes[i]->name, name) == 0)
            return ((const rn_dropout_attrs *)dag->nodes[i]->attrs)->rate;
    return 0;
}

static void test_timm(void)
{
    char path[CHECK_PATH_MAX], model[64], built[64] = "", name[128], setting[64];
    double whole, rate;
    int n = 0, n_lines = 0;
    rn_dag *dag = NULL;
    FILE *file = fopen(check_source(path, "tests/graph/drop_path.txt"), "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fscanf(file, "%63s %lf %127s %lf", model, &whole, name, &rate) == 4) {
        if (strcmp(model, built) != 0) {
            CU_ASSERT_EQUAL(n, n_lines);
            rn_dag_destroy(dag);
            snprintf(setting, sizeof setting, "network.drop_path=%g", whole);
            dag = build(model, setting, true);
            n = count_paths(dag);
            n_lines = 0;
            strcpy(built, model);
        }
        CU_ASSERT_DOUBLE_EQUAL(rate_of(dag, name), rate, 1e-15);
        n_lines++;
    }
    CU_ASSERT_TRUE(n_lines > 0 && n == n_lines);
    rn_dag_destroy(dag);
    fclose(file);
}

static void test_inference(void)
{
    rn_dag *dag = build("resnet18", "network.drop_path=0.5", false);
    CU_ASSERT_EQUAL(count_paths(dag), 0);
    rn_dag_destroy(dag);
}

static void test_own_rate(void)
{
    static const char layers[] =
        "network.layers=("
        "{stage=\"s\";block=\"residual/basic\";channels=3;repeat=3;first={drop_path=0.4;};},"
        "{block=\"global_avg_pool\";},{block=\"flatten\";},{block=\"linear\";})";
    rn_dag *dag = build("resnet18", layers, true);
    CU_ASSERT_EQUAL(count_paths(dag), 1);
    CU_ASSERT_EQUAL(rate_of(dag, "s.0.drop_path"), 0.4);
    rn_dag_destroy(dag);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "the rates of network.drop_path are timm's", test_timm },
        { "inference drops nothing", test_inference },
        { "a block's own rate", test_own_rate },
        CU_TEST_INFO_NULL,
    };
    if (rn_registry_create(NULL, &registry)) {
        printf("%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run("drop_path", tests);
    rn_registry_destroy(registry);
    return result;
}
