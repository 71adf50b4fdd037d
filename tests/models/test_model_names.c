/* test_model_names.c: torchvision's networks have its names and shapes of tensors, so that its
 * weights can be loaded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/net.h"
#include "support/check.h"
#include "support/net_harness.h"

typedef struct model {
    const char *name;
    int stages[4];      /* number of blocks */
    int n_convolutions; /* per block */
} model;

/* clang-format off */
static const model models[] = {
    { "resnet18", { 2, 2, 2, 2 }, 2 },
    { "resnet34", { 3, 4, 6, 3 }, 2 },
    { "resnet50", { 3, 4, 6, 3 }, 3 },
    { "resnet101", { 3, 4, 23, 3 }, 3 },
    { "resnet152", { 3, 8, 36, 3 }, 3 },
    { "wide_resnet50_2", { 3, 4, 6, 3 }, 3 },
    { "resnext50_32x4d", { 3, 4, 6, 3 }, 3 },
    { "resnext101_32x8d", { 3, 4, 23, 3 }, 3 },
};
/* clang-format on */
#define N_MODELS (sizeof models / sizeof models[0])

static rn_dag *build(const char *name)
{
    char path[CHECK_PATH_MAX], file[128];
    rn_config *config = NULL;
    rn_dag *dag = NULL;
    snprintf(file, sizeof file, "share/models/%s.cfg", name);
    rn_status status = rn_config_load(check_source(path, file), NULL, 0, &config);
    if (status)
        goto done;
    rn_net_params params = {
        .config = config, .registry = net_registry(), .batch = 1, .mask_dtype = RN_BIT
    };
    status = rn_net_build(&params, &dag);
done:
    op_check(!status, "%s", rn_fail_text());
    rn_config_destroy(config);
    return dag;
}

/* ---- The names of torchvision.models.resnet ---- */

typedef struct name_list {
    char (*names)[64];
    int n;
} name_list;

static void add_name(name_list *list, const char *prefix, const char *suffix)
{
    snprintf(list->names[list->n++], sizeof list->names[0], "%.40s%s", prefix, suffix);
}

static void add_norm(name_list *list, const char *prefix)
{
    static const char *const suffixes[] = { ".weight", ".bias", ".running_mean", ".running_var" };
    for (int i = 0; i < 4; i++)
        add_name(list, prefix, suffixes[i]);
}

/* The first block of a stage has a projection; in the first stage only with bottlenecks, which
 * widen the input. */
static void add_block(name_list *list, const model *m, int stage, int block)
{
    char prefix[64];
    for (int i = 1; i <= m->n_convolutions; i++) {
        snprintf(prefix, sizeof prefix, "layer%d.%d.conv%d", stage + 1, block, i);
        add_name(list, prefix, ".weight");
        snprintf(prefix, sizeof prefix, "layer%d.%d.bn%d", stage + 1, block, i);
        add_norm(list, prefix);
    }
    if (block == 0 && (stage > 0 || m->n_convolutions == 3)) {
        snprintf(prefix, sizeof prefix, "layer%d.0.downsample.0", stage + 1);
        add_name(list, prefix, ".weight");
        snprintf(prefix, sizeof prefix, "layer%d.0.downsample.1", stage + 1);
        add_norm(list, prefix);
    }
}

static void list_names(name_list *list, const model *m)
{
    add_name(list, "conv1", ".weight");
    add_norm(list, "bn1");
    for (int stage = 0; stage < 4; stage++)
        for (int block = 0; block < m->stages[stage]; block++)
            add_block(list, m, stage, block);
    add_name(list, "fc", ".weight");
    add_name(list, "fc", ".bias");
}

static void check_names(const rn_dag *dag, const model *m)
{
    name_list list = { .names = calloc(1024, sizeof *list.names) };
    int n_kept = 0;
    if (!list.names)
        abort();
    list_names(&list, m);
    for (int32_t i = 0; i < dag->n_values; i++)
        n_kept += dag->values[i]->role == RN_ROLE_PARAM || dag->values[i]->role == RN_ROLE_STATE;
    op_check(n_kept == list.n, "%s: %d tensors, torchvision has %d", m->name, n_kept, list.n);
    for (int i = 0; i < list.n; i++)
        op_check(rn_dag_find(dag, list.names[i]) != NULL, "%s: there is no %s", m->name,
                 list.names[i]);
    free(list.names);
}

/* ---- Tests ---- */

static void test_names(void)
{
    const char *name = CU_get_current_test()->pName;
    for (size_t i = 0; i < N_MODELS; i++) {
        rn_dag *dag = strcmp(models[i].name, name) == 0 ? build(name) : NULL;
        if (dag)
            check_names(dag, &models[i]);
        rn_dag_destroy(dag);
    }
}

static void check_shape(const rn_dag *dag, const char *name, const char *expected)
{
    const rn_value *value = rn_dag_find(dag, name);
    op_check(value && strcmp(RN_DESC_STRING(&value->desc), expected) == 0, "%s is %s, not %s", name,
             value ? RN_DESC_STRING(&value->desc) : "missing", expected);
}

/* As torchvision's state_dict prints them. */
static void test_shapes(void)
{
    rn_dag *dag = build("resnext50_32x4d");
    if (dag) {
        check_shape(dag, "conv1.weight", "(64, 3, 7, 7)");
        check_shape(dag, "layer1.0.conv1.weight", "(128, 64, 1, 1)");
        check_shape(dag, "layer1.0.downsample.0.weight", "(256, 64, 1, 1)");
        check_shape(dag, "layer1.0.downsample.1.weight", "(256)");
        check_shape(dag, "layer4.2.conv2.weight", "(1024, 32, 3, 3)");
        check_shape(dag, "layer4.2.bn3.running_var", "(2048)");
        check_shape(dag, "fc.weight", "(1000, 2048)");
    }
    rn_dag_destroy(dag);
    dag = build("wide_resnet50_2");
    if (dag) {
        check_shape(dag, "layer1.0.conv2.weight", "(128, 128, 3, 3)");
        check_shape(dag, "layer4.0.conv3.weight", "(2048, 1024, 1, 1)");
        check_shape(dag, "layer2.0.bn2.running_mean", "(256)");
    }
    rn_dag_destroy(dag);
}

int main(void)
{
    CU_TestInfo tests[N_MODELS + 2] = { 0 };
    for (size_t i = 0; i < N_MODELS; i++)
        tests[i] = (CU_TestInfo){ models[i].name, test_names };
    tests[N_MODELS] = (CU_TestInfo){ "torchvision's shapes", test_shapes };
    int result = check_run("model names", tests);
    net_registry_close();
    return result;
}
