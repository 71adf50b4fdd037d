/* test_names.c: the names of other programs: renamed to torchvision's and back, prefixes taken off,
 * and the list of a cfg. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "config/tree.h"
#include "io/element.h"
#include "support/check.h"
#include "weights/names.h"

/* Names as the programs' state_dict() lists them: transformers 5.24, kuangliu's and akamaster's
 * networks for CIFAR, detectron2 0.6, the book's ResNeXt; each with torchvision's. */
static const struct example {
    const char *naming, *file, *network;
    bool is_reversed; /* the way back gives the same */
} examples[] = {
    { "torchvision", "conv1.weight", "conv1.weight", true },
    { "torchvision", "layer3.22.downsample.1.running_var", "layer3.22.downsample.1.running_var",
      true },
    { "torchvision", "fc.bias", "fc.bias", true },
    { "transformers", "resnet.embedder.embedder.convolution.weight", "conv1.weight", true },
    { "transformers", "resnet.embedder.embedder.normalization.running_mean", "bn1.running_mean",
      true },
    { "transformers", "resnet.encoder.stages.0.layers.0.layer.0.convolution.weight",
      "layer1.0.conv1.weight", true },
    { "transformers", "resnet.encoder.stages.3.layers.12.layer.2.normalization.bias",
      "layer4.12.bn3.bias", true },
    { "transformers", "resnet.encoder.stages.1.layers.0.shortcut.convolution.weight",
      "layer2.0.downsample.0.weight", true },
    { "transformers", "resnet.encoder.stages.1.layers.0.shortcut.normalization.num_batches_tracked",
      "layer2.0.downsample.1.num_batches_tracked", true },
    { "transformers", "classifier.1.weight", "fc.weight", true },
    { "transformers", "embedder.embedder.convolution.weight", "conv1.weight", false },
    { "transformers", "encoder.stages.2.layers.1.layer.1.normalization.weight",
      "layer3.1.bn2.weight", false },
    { "cifar", "layer2.0.shortcut.0.weight", "layer2.0.downsample.0.weight", true },
    { "cifar", "layer2.0.shortcut.1.running_var", "layer2.0.downsample.1.running_var", true },
    { "cifar", "layer1.4.conv2.weight", "layer1.4.conv2.weight", true },
    { "cifar", "bn1.weight", "bn1.weight", true },
    { "cifar", "linear.bias", "fc.bias", true },
    { "cifar-preact", "layer2.0.shortcut.0.weight", "layer2.0.shortcut.weight", true },
    { "cifar-preact", "layer2.0.bn1.weight", "layer2.0.bn1.weight", true },
    { "cifar-preact", "linear.weight", "fc.weight", true },
    { "detectron2", "stem.conv1.weight", "conv1.weight", true },
    { "detectron2", "stem.conv1.norm.running_mean", "bn1.running_mean", true },
    { "detectron2", "res2.0.shortcut.weight", "layer1.0.downsample.0.weight", true },
    { "detectron2", "res2.0.shortcut.norm.bias", "layer1.0.downsample.1.bias", true },
    { "detectron2", "res5.2.conv3.weight", "layer4.2.conv3.weight", true },
    { "detectron2", "res5.2.conv3.norm.weight", "layer4.2.bn3.weight", true },
    { "detectron2", "linear.weight", "fc.weight", true },
    { "d2l", "net.0.0.weight", "net.0.0.weight", true },
    { "d2l", "net.1.0.conv1.weight", "net.1.0.conv1.weight", true },
    { "d2l", "net.b2.0.conv1.bias", "net.1.0.conv1.bias", false },
    { "d2l", "net.last.2.weight", "net.5.2.weight", false },
    { "d2l", "2.0.conv3.weight", "net.2.0.conv3.weight", false },
    { "d2l", "7.weight", "net.5.2.weight", false },
};
enum { N_EXAMPLES = sizeof examples / sizeof *examples };

static rn_weights *make_weights(const char *const *names)
{
    rn_weights *weights = NULL;
    static const float value = 1;
    CU_ASSERT_EQUAL_FATAL(rn_weights_create("w", &weights), RN_OK);
    for (; *names; names++) {
        const rn_stored tensor = { .name = *names,
                                   .type = rn_element_by_text("F32"),
                                   .rank = 1,
                                   .shape = { 1 },
                                   .stride = { 1 },
                                   .data = (const uint8_t *)&value };
        CU_ASSERT_EQUAL_FATAL(rn_weights_add(weights, &tensor), RN_OK);
    }
    CU_ASSERT_EQUAL_FATAL(rn_stored_sort(&weights->table, "w"), RN_OK);
    return weights;
}

static bool has(const rn_weights *weights, const char *name)
{
    bool found = rn_stored_find(&weights->table, name) != NULL;
    if (!found)
        check_note("%s is not there, but %s", name,
                   weights->table.count ? weights->table.tensors[0].name : "nothing");
    return found;
}

static void test_examples(void)
{
    for (int i = 0; i < N_EXAMPLES; i++) {
        const struct example *e = &examples[i];
        const rn_naming *naming = rn_naming_by_name(e->naming);
        rn_weights *weights = make_weights((const char *const[]){ e->file, NULL });
        CU_ASSERT_PTR_NOT_NULL_FATAL(naming);
        CU_ASSERT_STRING_EQUAL(rn_naming_name(naming), e->naming);
        CU_ASSERT_EQUAL(rn_naming_apply(naming, weights), RN_OK);
        CU_ASSERT(has(weights, e->network));
        const char *back = rn_naming_reverse(naming, e->network, weights->pool);
        CU_ASSERT_PTR_NOT_NULL_FATAL(back);
        if (strcmp(back, e->file) != 0 && e->is_reversed)
            check_note("%s: %s became %s", e->naming, e->network, back);
        CU_ASSERT_EQUAL(strcmp(back, e->file) == 0, e->is_reversed);
        rn_weights_close(weights);
    }
    CU_ASSERT_PTR_NULL(rn_naming_by_name("resnet"));
}

/* The names of one family in the table are found to be of that family. */
static void test_find(void)
{
    for (int i = 0; i < N_EXAMPLES;) {
        const char *names[N_EXAMPLES + 1] = { NULL };
        int n = 0, first = i;
        for (; i < N_EXAMPLES && !strcmp(examples[i].naming, examples[first].naming); i++)
            names[n++] = examples[i].file;
        rn_weights *weights = make_weights(names);
        const rn_naming *found = rn_naming_find(weights);
        CU_ASSERT_PTR_NOT_NULL_FATAL(found);
        CU_ASSERT_STRING_EQUAL(rn_naming_name(found), examples[first].naming);
        rn_weights_close(weights);
    }
}

static void test_not_found(void)
{
    static const char *const strange[][3] = {
        { "conv1.weight", "strange.weight" },
        { "layer01.0.conv1.weight" },           /* would not come back the same */
        { "layer1234567890123.0.conv1.weight" } /* no number of a stage */
    };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        rn_weights *weights = make_weights(strange[i]);
        CU_ASSERT_PTR_NULL(rn_naming_find(weights));
        rn_weights_close(weights);
    }
    rn_weights *none = make_weights((const char *const[]){ NULL });
    CU_ASSERT_PTR_NULL(rn_naming_find(none));
    rn_weights_close(none);
}

static void test_same_name(void)
{
    rn_weights *weights =
        make_weights((const char *const[]){ "embedder.embedder.convolution.weight",
                                            "resnet.embedder.embedder.convolution.weight", NULL });
    CU_ASSERT(check_failed(rn_naming_apply(rn_naming_by_name("transformers"), weights), RN_E_DATA,
                           "two tensors \"conv1.weight\""));
    rn_weights_close(weights);
}

static void test_prefixes(void)
{
    static const struct {
        const char *names[3], *expected;
    } cases[] = {
        { { "module.conv1.weight", "module.bn1.weight" }, "conv1.weight" },
        { { "module.model._orig_mod.module.conv1.weight" }, "conv1.weight" },
        { { "module.conv1.weight", "n_averaged" }, "conv1.weight" },
        { { "module.conv1.weight", "other.weight" }, "module.conv1.weight" },
        { { "modules.conv1.weight" }, "modules.conv1.weight" },
        { { "model." }, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_weights *weights = make_weights(cases[i].names);
        rn_naming_strip(weights);
        CU_ASSERT_EQUAL(rn_stored_sort(&weights->table, "w"), RN_OK);
        CU_ASSERT(has(weights, cases[i].expected));
        CU_ASSERT_PTR_NULL(rn_stored_find(&weights->table, "n_averaged"));
        rn_weights_close(weights);
    }
}

/* ---- The list of a cfg ---- */

static rn_status apply_list(const char *list, rn_weights *weights)
{
    char text[512];
    rn_tree *root = NULL;
    snprintf(text, sizeof text, "\nnames = (\n%s\n);", list);
    rn_status status = rn_tree_load_text("x.cfg", text, &root);
    if (!status)
        status = rn_naming_apply_list(rn_tree_get(root, "names"), weights);
    rn_tree_destroy(root);
    return status;
}

static void test_list(void)
{
    rn_weights *weights = make_weights((const char *const[]){
        "backbone.0.conv.weight", "backbone.1.conv.weight", "head.bias", "kept.weight", NULL });
    CU_ASSERT_EQUAL(apply_list("{ file = \"backbone.0.*\"; network = \"stem.*\"; },"
                               "{ file = \"backbone.{i+1}.*\"; network = \"layer{i}.*\"; },"
                               "{ file = \"head.bias\"; network = \"fc.bias\"; }",
                               weights),
                    RN_OK);
    CU_ASSERT(has(weights, "stem.conv.weight"));
    CU_ASSERT(has(weights, "layer0.conv.weight"));
    CU_ASSERT(has(weights, "fc.bias"));
    CU_ASSERT(has(weights, "kept.weight"));
    rn_weights_close(weights);
}

static void test_bad_lists(void)
{
    static const struct {
        const char *list, *message;
    } cases[] = {
        { "1", "x.cfg:3: network: weight_names: element 1: found an integer" },
        { "{ file = \"a\"; }", "element 1: network: found nothing" },
        { "{ file = 1; network = \"a\"; }",
          "x.cfg:3: network: weight_names: element 1: file: found" },
        { "{ file = \"a{i}\"; network = \"b{j}\"; }", "differ in their letters or *" },
        { "{ file = \"a*\"; network = \"b\"; }", "differ in their letters or *" },
        { "{ file = \"a*b\"; network = \"b\"; }", "has a * before its end" },
        { "{ file = \"{i}{i}\"; network = \"{i}\"; }", "has a letter twice" },
        { "{ file = \"a{i\"; network = \"b\"; }", "has braces" },
        { "{ file = \"a{1}\"; network = \"b\"; }", "has braces" },
        { "{ file = \"\"; network = \"b\"; }", "is empty" },
        { "{ file = \"a\"; network = \"b\"; to = \"c\"; }", "unknown key \"to\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_weights *weights = make_weights((const char *const[]){ "a", NULL });
        CU_ASSERT(check_failed(apply_list(cases[i].list, weights), RN_E_CONFIG, cases[i].message));
        CU_ASSERT(has(weights, "a"));
        rn_weights_close(weights);
    }
    rn_weights *weights = make_weights((const char *const[]){ "a0", "b", NULL });
    CU_ASSERT(check_failed(apply_list("{ file = \"a{i}\"; network = \"l{i-1}\"; }", weights),
                           RN_E_DATA, "tensor \"a0\": no name for it by \"l{i-1}\""));
    CU_ASSERT(check_failed(apply_list("{ file = \"a0\"; network = \"b\"; }", weights), RN_E_DATA,
                           "two tensors \"b\""));
    rn_weights_close(weights);
}

int main(void)
{
    CU_TestInfo tests[] = { { "examples", test_examples },
                            { "families", test_find },
                            { "no family", test_not_found },
                            { "the same name twice", test_same_name },
                            { "prefixes", test_prefixes },
                            { "list of a cfg", test_list },
                            { "bad lists of a cfg", test_bad_lists },
                            CU_TEST_INFO_NULL };
    return check_run("names of weights", tests);
}
