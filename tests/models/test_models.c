/* test_models.c: the networks in share/models can be built and have their published sizes. */
#include <stdio.h>

#include "base/status.h"
#include "config/config.h"
#include "graph/net.h"
#include "graph/op.h"
#include "support/check.h"

#define BATCH 2

static rn_registry *registry;

/* Multiply-accumulates for one image, in units of 10^9. */
static double count_gmacs(const rn_dag *dag)
{
    double total = 0;
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        rn_cost cost = { 0 };
        if (dag->nodes[i]->op->rule->cost)
            dag->nodes[i]->op->rule->cost(dag->nodes[i], &cost);
        total += (double)cost.macs;
    }
    return total / BATCH / 1e9;
}

static int64_t count_parameters(const rn_dag *dag)
{
    int64_t total = 0;
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *value = dag->values[i];
        int64_t count = value->role == RN_ROLE_PARAM ? 1 : 0;
        for (int32_t axis = 0; axis < value->desc.rank; axis++)
            count *= value->desc.shape[axis];
        total += count;
    }
    return total;
}

/* Published counts: torchvision's and timm's; the book's code counted by PyTorch; for CIFAR with
 * shortcut A those of the papers' authors. */
static const struct {
    const char *name;
    int64_t parameters; /* 0 if not published */
    double gmacs;       /* of conv2d and linear; 0 if not published */
} models[] = {
    { "d2l_resnet18_fashion_mnist", 11178378, 0 },
    { "fashion_mnist_small", 0, 0 },
    { "finetune", 0, 0 },
    { "fashion_resnet20", 0, 0 },
    { "fashion_resnet20_erasing", 0, 0 },
    { "fashion_resnet12", 0, 0 },
    { "resnet18", 11689512, 1.814 },
    { "resnet34", 21797672, 3.664 },
    { "resnet50", 25557032, 4.089 },
    { "resnet101", 44549160, 7.801 },
    { "resnet152", 60192808, 11.514 },
    { "wide_resnet50_2", 68883240, 0 },
    { "resnext50_32x4d", 25028904, 0 },
    { "resnext101_32x8d", 88791336, 0 },
    { "preact_resnet18", 11687720, 0 },
    { "preact_resnet34", 0, 0 },
    { "preact_resnet50", 0, 0 },
    { "preact_resnet101", 0, 0 },
    { "preact_resnet152", 0, 0 },
    { "cifar_resnet20", 269722, 0 },
    { "cifar_resnet32", 464154, 0 },
    { "cifar_resnet44", 658586, 0 },
    { "cifar_resnet56", 853018, 0 },
    { "cifar_resnet110", 1727962, 0 },
    { "cifar_resnext29", 0, 0 },
    { "googlenet", 6624904, 1.498 },
    { "vgg11", 132863336, 7.609 },
    { "vgg16", 138357544, 15.470 },
    { "densenet121", 7978856, 2.834 },
    { "d2l_googlenet_fashion_mnist", 5977530, 0 },
    { "d2l_vgg11_fashion_mnist", 43093322, 0 },
    { "d2l_densenet_fashion_mnist", 758226, 0 },
    { "resnet50d", 25576264, 0 },
    { "seresnet50", 28088024, 0 },
    { "regnet_x_200mf", 2684792, 0 },
    { "regnet_y_200mf", 3162996, 0 },
    { "regnet_x_400mf", 5495976, 0.414 },
    { "regnet_y_400mf", 4344144, 0.402 },
    { "fashion_highway", 0, 0 },
    { "fashion_shift", 0, 0 },
};
enum { N_MODELS = sizeof models / sizeof models[0] };

static rn_status build(const char *name, rn_dag **dag)
{
    char path[CHECK_PATH_MAX], file[64];
    rn_config *config = NULL;
    snprintf(file, sizeof file, "share/models/%s.cfg", name);
    rn_status status = rn_config_load(check_source(path, file), NULL, 0, &config);
    if (status)
        return status;
    rn_net_params params = { .config = config,
                             .registry = registry,
                             .batch = BATCH,
                             .training = true,
                             .mask_dtype = RN_BIT,
                             .has_labels = true };
    status = rn_net_build(&params, dag);
    rn_config_destroy(config);
    return status;
}

static void test_models(void)
{
    for (int i = 0; i < N_MODELS; i++) {
        rn_dag *dag = NULL;
        rn_status status = build(models[i].name, &dag);
        CU_ASSERT_EQUAL(status, RN_OK);
        if (status) {
            check_note("%s", rn_fail_text());
            continue;
        }
        if (models[i].parameters)
            CU_ASSERT_EQUAL(count_parameters(dag), models[i].parameters);
        if (models[i].gmacs > 0)
            CU_ASSERT_DOUBLE_EQUAL(count_gmacs(dag), models[i].gmacs, 5e-4);
        rn_dag_destroy(dag);
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "every network has its published size", test_models },
        CU_TEST_INFO_NULL,
    };
    if (rn_registry_create(NULL, &registry)) {
        printf("%s\n", rn_fail_text());
        return 1;
    }
    int result = check_run("models", tests);
    rn_registry_destroy(registry);
    return result;
}
