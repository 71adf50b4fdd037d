/* test_form.c: the form of a network from its tensors: the shipped networks are found again from
 * names and shapes alone, and what is no residual network is refused by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "support/check.h"
#include "weights/form.h"
#include "weights/form_networks.h"

static char *model_path(char path[CHECK_PATH_MAX], const char *name)
{
    char file[96];
    snprintf(file, sizeof file, "share/models/%s.cfg", name);
    check_source(path, file);
    return path;
}

/* A network of share/models. */
static rn_dag *build_model(const char *name, int64_t side)
{
    char path[CHECK_PATH_MAX];
    return form_network_build(model_path(path, name), NULL, side, side);
}

static rn_dag *build_form(const rn_form *form, rn_weights *weights)
{
    const char *cfg = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_form_write(form, weights->pool, &cfg), RN_OK);
    return form_network_build("form.cfg", cfg, form->height, form->width);
}

static bool are_same_tensors(const rn_weights *a, const rn_weights *b)
{
    bool same = a->table.count == b->table.count;
    for (int64_t i = 0; i < a->table.count && same; i++) {
        const rn_stored *x = &a->table.tensors[i], *y = &b->table.tensors[i];
        same = !strcmp(x->name, y->name) && !memcmp(x->shape, y->shape, sizeof x->shape);
    }
    return same;
}

/* The same operators on values of the same shapes. */
static bool are_same_steps(const rn_dag *a, const rn_dag *b)
{
    bool same = a->n_nodes == b->n_nodes;
    for (int32_t i = 0; i < a->n_nodes && same; i++) {
        const rn_node *x = a->nodes[i], *y = b->nodes[i];
        same = x->op == y->op && !strcmp(x->name, y->name) &&
               !memcmp(x->outputs[0]->desc.shape, y->outputs[0]->desc.shape,
                       sizeof x->outputs[0]->desc.shape);
    }
    return same;
}

/* ---- The shipped networks ---- */

static const struct model {
    const char *name;
    int64_t side; /* of the pictures */
    rn_form_block block;
    bool has_other_stem; /* which tensors do not show */
} models[] = {
    { "d2l_resnet18_fashion_mnist", 96, RN_FORM_BOOK, false },
    { "fashion_mnist_small", 28, RN_FORM_BASIC, true },
    { "fashion_resnet20", 28, RN_FORM_BASIC, false },
    { "resnet18", 224, RN_FORM_BASIC, false },
    { "resnet34", 224, RN_FORM_BASIC, false },
    { "resnet50", 224, RN_FORM_BOTTLENECK, false },
    { "resnet152", 224, RN_FORM_BOTTLENECK, false },
    { "wide_resnet50_2", 224, RN_FORM_BOTTLENECK, false },
    { "resnext50_32x4d", 224, RN_FORM_RESNEXT, false },
    { "resnext101_32x8d", 224, RN_FORM_RESNEXT, false },
    { "preact_resnet18", 224, RN_FORM_PREACT_BASIC, false },
    { "preact_resnet50", 224, RN_FORM_PREACT_BOTTLENECK, false },
    { "cifar_resnet20", 32, RN_FORM_BASIC, false },
    { "cifar_resnet110", 32, RN_FORM_BASIC, false },
    { "cifar_resnext29", 32, RN_FORM_RESNEXT, false },
    { "regnet_x_200mf", 224, RN_FORM_REGNET, false },
    { "regnet_y_200mf", 224, RN_FORM_REGNET, false },
    { "regnet_x_400mf", 224, RN_FORM_REGNET, false },
    { "regnet_y_400mf", 224, RN_FORM_REGNET, false },
};

static void check_model(const struct model *m)
{
    rn_form form;
    rn_dag *dag = build_model(m->name, m->side);
    rn_weights *weights = form_network_weights(dag);
    rn_status status = rn_form_read(weights, &form);
    if (status)
        check_note("%s: %s", m->name, rn_fail_text());
    CU_ASSERT_EQUAL_FATAL(status, RN_OK);
    CU_ASSERT_EQUAL(form.block, m->block);
    form.height = form.width = m->side;
    rn_dag *found = build_form(&form, weights);
    rn_weights *tensors = form_network_weights(found);
    bool same =
        are_same_tensors(weights, tensors) && (m->has_other_stem || are_same_steps(dag, found));
    if (!same)
        check_note("%s: the network of its tensors is another", m->name);
    CU_ASSERT(same);
    rn_weights_close(tensors);
    rn_weights_close(weights);
    rn_dag_destroy(found);
    rn_dag_destroy(dag);
}

static void test_models(void)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        check_model(&models[i]);
}

/* ---- Other forms ---- */

/* A small form that the tests below change. */
static rn_form small_form(rn_form_block block)
{
    return (rn_form){ .block = block,
                      .stem = RN_FORM_STEM_CIFAR,
                      .n_stages = 3,
                      .depth = { 2, 1, 2 },
                      .channels = { 8, 12, 20 },
                      .stem_channels = 8,
                      .width_factor = 1,
                      .shortcut = 'B',
                      .first_stride = 1,
                      .input_channels = 1,
                      .classes = 5,
                      .height = 32,
                      .width = 32,
                      .std = { 1 },
                      .n_means = 1,
                      .crop_share = 1,
                      .interpolation = "bilinear" };
}

/* Writes the form, reads it from the tensors of the network, and compares. */
static void check_form(const rn_form *form)
{
    rn_form found;
    rn_pool *pool = rn_pool_create(1 << 20);
    const char *cfg = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
    CU_ASSERT_EQUAL_FATAL(rn_form_write(form, pool, &cfg), RN_OK);
    rn_dag *dag = form_network_build("form.cfg", cfg, 32, 32);
    rn_weights *weights = form_network_weights(dag);
    rn_status status = rn_form_read(weights, &found);
    if (status)
        check_note("%s", rn_fail_text());
    CU_ASSERT_EQUAL(status, RN_OK);
    CU_ASSERT_EQUAL(found.block, form->block);
    CU_ASSERT_EQUAL(found.shortcut, form->shortcut);
    CU_ASSERT_EQUAL(found.first_stride, form->first_stride);
    CU_ASSERT_EQUAL(found.ends_in_norm, form->ends_in_norm);
    CU_ASSERT_EQUAL(found.cardinality, form->cardinality);
    CU_ASSERT_EQUAL(found.classes, 5);
    CU_ASSERT_EQUAL(found.n_means, 1);
    CU_ASSERT(memcmp(found.depth, form->depth, sizeof form->depth) == 0);
    rn_dag *again = build_form(&found, weights);
    CU_ASSERT(are_same_steps(dag, again));
    rn_dag_destroy(again);
    rn_weights_close(weights);
    rn_dag_destroy(dag);
    rn_pool_destroy(pool);
}

static void test_shortcuts(void)
{
    rn_form form = small_form(RN_FORM_BASIC);
    for (const char *shortcut = "ABC"; *shortcut; shortcut++) {
        form.shortcut = *shortcut;
        check_form(&form);
    }
    form.shortcut = 'B';
    form.first_stride = 2;
    check_form(&form);
    form = small_form(RN_FORM_BOTTLENECK);
    for (const char *shortcut = "ABC"; *shortcut; shortcut++) {
        form.shortcut = *shortcut;
        check_form(&form);
    }
}

/* Factors whose products with the channels are rounded down. */
static void test_widths(void)
{
    static const double factors[] = { 1, 2, 0.5, 0.3, 1.0 / 3, 1.7, 2.5 };
    rn_form form = small_form(RN_FORM_BOTTLENECK);
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        form.width_factor = factors[i];
        form.block = i % 2 ? RN_FORM_BOTTLENECK : RN_FORM_PREACT_BOTTLENECK;
        check_form(&form);
    }
}

static void test_groups(void)
{
    static const int64_t groups[][2] = { { 4, 32 }, { 2, 64 }, { 8, 8 }, { 3, 50 }, { 2, 38 } };
    rn_form form = small_form(RN_FORM_RESNEXT);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        form.cardinality = groups[i][0];
        form.group_width = groups[i][1];
        check_form(&form);
    }
}

/* No tensor shows on which convolution of a bottleneck the stride is; the cfg does. */
static void test_strides(void)
{
    const char *on_3x3 = NULL, *on_1x1 = NULL;
    rn_form form = small_form(RN_FORM_BOTTLENECK);
    rn_pool *pool = rn_pool_create(1 << 20);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
    CU_ASSERT_EQUAL_FATAL(rn_form_write(&form, pool, &on_3x3), RN_OK);
    form.stride_on_1x1 = true;
    CU_ASSERT_EQUAL_FATAL(rn_form_write(&form, pool, &on_1x1), RN_OK);
    rn_dag *a = form_network_build("a.cfg", on_3x3, 32, 32);
    rn_dag *b = form_network_build("b.cfg", on_1x1, 32, 32);
    CU_ASSERT_FALSE(are_same_steps(a, b));
    rn_dag_destroy(a);
    rn_dag_destroy(b);
    rn_pool_destroy(pool);
}

static void test_last_norm(void)
{
    rn_form form = small_form(RN_FORM_PREACT_BASIC);
    check_form(&form);
    form.ends_in_norm = true;
    check_form(&form);
}

static void test_eight_stages(void)
{
    rn_form form = small_form(RN_FORM_BASIC);
    form.n_stages = RN_FORM_MAX_STAGES;
    for (int i = 0; i < RN_FORM_MAX_STAGES; i++) {
        form.depth[i] = 1;
        form.channels[i] = 4 + i;
    }
    check_form(&form);
}

/* ---- What is refused ---- */

/* A change of one tensor of ResNet-50 that leaves no network that is known. */
static const struct change {
    const char *tensor, *name; /* NULL: the name stays */
    int32_t rank;              /* 0: the shape stays */
    int64_t shape[4];
    const char *message;
} changes[] = {
    { "conv1.weight", "conv1.0.weight", 0, { 0 }, "\"conv1.0.weight\" is of a stem of several" },
    { "layer1.0.bn1.bias", "layer1.0.se.fc1.weight", 0, { 0 }, "is of squeeze and excitation" },
    { "bn1.bias", "layer2.0.downsample.2.bias", 0, { 0 }, "average pooling before a projection" },
    { "layer2.0.downsample.1.weight", NULL, 4, { 1, 1, 1, 1 }, "average pooling before" },
    { "bn1.bias", "layer2.0.conv1.bias", 0, { 0 }, "is of a convolution with a bias" },
    { "bn1.bias", "neck.weight", 0, { 0 }, "\"neck.weight\" is of a network that is not known" },
    { "bn1.bias", "layer1.0.shortcut.0.weight", 0, { 0 }, "a shortcut of another form" },
    { "conv1.weight", "conv9.weight", 0, { 0 }, "\"conv9.weight\" is of a network that is not" },
    { "conv1.weight", NULL, 4, { 64, 3, 5, 5 }, "is 64x3x5x5; expected a convolution of 7x7" },
    { "conv1.weight", NULL, 2, { 64, 3 }, "is 64x3; expected a convolution of 7x7" },
    { "conv1.weight", NULL, 4, { INT64_MAX, 3, 7, 7 }, "expected a convolution of 7x7" },
    { "conv1.weight", NULL, 4, { 64, 0, 7, 7 }, "expected a convolution of 7x7" },
    { "fc.weight", "bn.weight", 0, { 0 }, "there is no tensor \"fc.weight\"" },
    { "fc.weight", NULL, 2, { 1, 2048 }, "expected classes x features" },
    { "fc.weight", NULL, 4, { 9, 8, 1, 1 }, "expected classes x features" },
    { "layer1.0.conv1.weight", "bn.weight", 0, { 0 }, "no tensor \"layer1.0.conv1.weight\"" },
    { "layer3.0.conv3.weight", "bn.weight", 0, { 0 }, "no tensor \"layer3.0.conv3.weight\"" },
    { "layer3.0.conv2.weight", NULL, 4, { 256, 256, 1, 1 }, "expected a 3x3 convolution" },
    { "layer3.0.conv2.weight", NULL, 4, { 256, 0, 3, 3 }, "expected a 3x3 convolution" },
    { "layer3.0.conv3.weight", NULL, 4, { 1023, 256, 1, 1 }, "expected a multiple of 4 channels" },
    { "layer3.0.conv2.weight", NULL, 4, { 300, 256, 3, 3 }, "have widths that no cfg" },
    { "layer3.0.downsample.0.weight", "bn.weight", 0, { 0 }, "3 of 4 shortcuts that change" },
    { "bn1.bias", "layer3.1.downsample.0.weight", 0, { 0 }, "and 1 of 12 others" },
};

static void check_change(const rn_dag *dag, const struct change *c)
{
    rn_form form;
    rn_weights *weights = form_network_weights(dag);
    rn_stored *tensor = form_network_tensor(weights, c->tensor);
    tensor->name = c->name ? c->name : tensor->name;
    if (c->rank) {
        tensor->rank = c->rank;
        memcpy(tensor->shape, c->shape, sizeof c->shape);
    }
    CU_ASSERT_EQUAL(rn_stored_sort(&weights->table, "w"), RN_OK);
    rn_status status = rn_form_read(weights, &form);
    if (!check_failed(status, RN_E_DATA, c->message)) {
        check_note("%s, %s", c->tensor, c->message);
        CU_FAIL("another message");
    }
    rn_weights_close(weights);
}

static void test_refused(void)
{
    rn_dag *dag = build_model("resnet50", 224);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        check_change(dag, &changes[i]);
    rn_dag_destroy(dag);
}

/* A line says what was assumed, and nothing else. */
static void test_assumed(void)
{
    rn_form form = small_form(RN_FORM_BOTTLENECK);
    rn_pool *pool = rn_pool_create(1 << 16);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_form_assumed(&form, pool), "strides on the 3x3"));
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_form_assumed(&form, pool), "pictures of 32x32"));
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_form_assumed(&form, pool), "values from 0 to 1"));
    form.stride_on_1x1 = true;
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_form_assumed(&form, pool), "strides on the first 1x1"));
    form.knows_strides = true;
    CU_ASSERT_PTR_NULL(strstr(rn_form_assumed(&form, pool), "strides"));
    form.knows_pictures = true;
    CU_ASSERT_STRING_EQUAL(rn_form_assumed(&form, pool), "");
    form.shortcut = 'A';
    CU_ASSERT_PTR_NOT_NULL(strstr(rn_form_assumed(&form, pool), "channels of zeros"));
    rn_pool_destroy(pool);
}

int main(void)
{
    CU_TestInfo tests[] = { { "shipped networks", test_models },
                            { "shortcuts", test_shortcuts },
                            { "widths of bottlenecks", test_widths },
                            { "groups", test_groups },
                            { "where the stride of a bottleneck is", test_strides },
                            { "last norm", test_last_norm },
                            { "eight stages", test_eight_stages },
                            { "what is refused", test_refused },
                            { "what was assumed", test_assumed },
                            CU_TEST_INFO_NULL };
    int result = check_run("form of networks", tests);
    form_network_close();
    return result;
}
