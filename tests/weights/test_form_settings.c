/* test_form_settings.c: what config.json and preprocessor_config.json tell of a network, and what
 * they may not contradict. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "weights/form.h"
#include "weights/form_networks.h"

static rn_dag *resnet18, *resnet50;

/* Reads the form of a network with these files beside it. */
static rn_status read_form(const rn_dag *dag, const char *config, const char *preprocessor,
                           rn_form *form, rn_weights **weights)
{
    *weights = form_network_weights(dag);
    (*weights)->settings = config;
    (*weights)->preprocessing = preprocessor;
    return rn_form_read(*weights, form);
}

/* ---- What is taken ---- */

static const struct pictures {
    const char *config, *preprocessor;
    int64_t height, width;
    double crop_share, mean, std;
    const char *interpolation;
    bool knows_pictures;
} pictures[] = {
    { NULL, NULL, 224, 224, 0.875, 0.485, 0.229, "bilinear", false },
    { "{}", NULL, 224, 224, 0.875, 0.485, 0.229, "bilinear", false },
    { "{\"architecture\": \"resnet18\"}", NULL, 224, 224, 0.875, 0.485, 0.229, "bilinear", false },
    { "{\"architecture\": \"resnet18.a1_in1k\", \"pretrained_cfg\": {\"input_size\": [3, 160, 176],"
      " \"mean\": [0.5, 0.4, 0.3], \"std\": [0.2, 0.2, 0.1], \"crop_pct\": 0.95,"
      " \"interpolation\": \"bicubic\", \"crop_mode\": \"center\"}}",
      NULL, 160, 176, 0.95, 0.5, 0.2, "bicubic", true },
    /* ConvNextImageProcessor, as microsoft/resnet-18 has it, and its newer form */
    { NULL,
      "{\"crop_pct\": 0.875, \"do_normalize\": true, \"do_resize\": true, "
      "\"feature_extractor_type\":"
      " \"ConvNextFeatureExtractor\", \"image_mean\": [0.1, 0.2, 0.3], \"image_std\": [0.4, 0.5, "
      "1],"
      " \"resample\": 3, \"size\": 224}",
      224, 224, 0.875, 0.1, 0.4, "bicubic", true },
    { NULL,
      "{\"image_processor_type\": \"ConvNextImageProcessor\", \"size\": {\"shortest_edge\": 192}}",
      192, 192, 0.875, 0.485, 0.229, "bilinear", true },
    { NULL,
      "{\"image_processor_type\": \"ConvNextImageProcessor\", \"size\": {\"shortest_edge\": 384},"
      " \"crop_pct\": 0.9}",
      384, 384, 0, 0.485, 0.229, "bilinear", true },
    /* ViTImageProcessor */
    { NULL,
      "{\"size\": {\"height\": 128, \"width\": 160}, \"resample\": 2, \"do_normalize\": false}",
      128, 160, 0, 0, 1, "bilinear", true },
    /* a resize and a crop: 224 of 232 */
    { NULL,
      "{\"size\": {\"shortest_edge\": 232}, \"crop_size\": {\"height\": 224, \"width\": 224},"
      " \"do_center_crop\": true, \"do_rescale\": true, \"rescale_factor\": 0.00392156862745098}",
      224, 224, 224 / 232.5, 0.485, 0.229, "bilinear", true },
    { NULL, "{\"size\": 96, \"crop_size\": 96}", 96, 96, 1, 0.485, 0.229, "bilinear", true },
};

static void test_pictures(void)
{
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        const struct pictures *p = &pictures[i];
        rn_form form;
        rn_weights *weights;
        rn_status status = read_form(resnet18, p->config, p->preprocessor, &form, &weights);
        if (status)
            check_note("%s", rn_fail_text());
        CU_ASSERT_EQUAL_FATAL(status, RN_OK);
        CU_ASSERT_EQUAL(form.height, p->height);
        CU_ASSERT_EQUAL(form.width, p->width);
        CU_ASSERT_EQUAL(form.crop_share, p->crop_share);
        CU_ASSERT_EQUAL(form.mean[0], p->mean);
        CU_ASSERT_EQUAL(form.std[0], p->std);
        CU_ASSERT_STRING_EQUAL(form.interpolation, p->interpolation);
        CU_ASSERT_EQUAL(form.knows_pictures, p->knows_pictures);
        rn_weights_close(weights);
    }
}

#define TRANSFORMERS                                                                               \
    "\"model_type\": \"resnet\", \"layer_type\": \"bottleneck\", \"depths\": [3, 4, 6, 3], "       \
    "\"hidden_sizes\": [256, 512, 1024, 2048], \"embedding_size\": 64, \"num_channels\": 3, "      \
    "\"hidden_act\": \"relu\""

static void test_strides(void)
{
    static const struct {
        const char *config;
        int64_t first_stride;
        bool on_1x1, knows;
    } cases[] = {
        { NULL, 1, false, false },
        { "{\"architecture\": \"resnet50\"}", 1, false, true },
        { "{" TRANSFORMERS "}", 1, false, true },
        { "{" TRANSFORMERS ", \"downsample_in_bottleneck\": true}", 1, true, true },
        { "{" TRANSFORMERS ", \"downsample_in_first_stage\": true}", 2, false, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_form form;
        rn_weights *weights;
        CU_ASSERT_EQUAL(read_form(resnet50, cases[i].config, NULL, &form, &weights), RN_OK);
        CU_ASSERT_EQUAL(form.first_stride, cases[i].first_stride);
        CU_ASSERT_EQUAL(form.stride_on_1x1, cases[i].on_1x1);
        CU_ASSERT_EQUAL(form.knows_strides, cases[i].knows);
        rn_weights_close(weights);
    }
}

/* ---- Names of classes ---- */

/* A network of three classes. */
static rn_status read_three(const char *config, rn_form *form, rn_weights **weights)
{
    *weights = form_network_weights(resnet18);
    form_network_tensor(*weights, "fc.weight")->shape[0] = 3;
    (*weights)->settings = config;
    return rn_form_read(*weights, form);
}

static void test_class_names(void)
{
    static const char *const cases[][2] = {
        { "{\"architecture\": \"resnet18\", \"label_names\": [\"a\", \"b\", \"c\"]}",
          "[\"a\",\"b\",\"c\"]" },
        { "{\"model_type\": \"resnet\", \"id2label\": {\"2\": \"c\", \"0\": \"a\", \"1\": \"b\"}}",
          "[\"a\",\"b\",\"c\"]" },
        { "{\"model_type\": \"resnet\", \"id2label\": {\"0\": \"LABEL_0\", \"1\": \"LABEL_1\", "
          "\"2\": \"LABEL_2\"}}",
          NULL },
        { "{\"model_type\": \"resnet\"}", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_form form;
        rn_weights *weights;
        rn_status status = read_three(cases[i][0], &form, &weights);
        if (status)
            check_note("%s", rn_fail_text());
        CU_ASSERT_EQUAL_FATAL(status, RN_OK);
        CU_ASSERT_EQUAL(form.class_names != NULL, cases[i][1] != NULL);
        if (form.class_names && cases[i][1])
            CU_ASSERT_STRING_EQUAL(form.class_names, cases[i][1]);
        rn_weights_close(weights);
    }
}

/* ---- What is refused ---- */

#define TIMM(rest) "{\"architecture\": \"resnet18\", " rest "}"
#define ARGS(rest) TIMM("\"model_args\": {" rest "}")
#define PRETRAINED(rest) TIMM("\"pretrained_cfg\": {" rest "}")
#define HF(rest) "{\"model_type\": \"resnet\", " rest "}"

static const char *const bad_configs[][2] = {
    { "{\"architecture\": \"resnetblur18\"}",
      "w/config.json: architecture: found \"resnetblur18\"" },
    { "{\"architecture\": \"resnet1\"}", "architecture: found \"resnet1\"; expected a resnet" },
    { "{\"architecture\": 18}", "architecture: found 18; expected text" },
    { TIMM("\"num_classes\": 10"), "num_classes: found 10; expected 1000, as the tensors have" },
    { TIMM("\"num_classes\": \"10\""), "num_classes: found \"10\"; expected 1000" },
    { TIMM("\"label_names\": [\"a\"]"),
      "label_names: found [\"a\"]; expected the names of the 1000" },
    { TIMM("\"label_names\": 1"), "label_names: found 1" },
    { ARGS("\"layers\": [2, 2, 2]"),
      "config.json: model_args: layers: found [2,2,2]; expected [2,2,2,2]" },
    { ARGS("\"channels\": [64, 128, 256, 1]"), "channels: found [64,128,256,1]" },
    { ARGS("\"in_chans\": 1"), "in_chans: found 1; expected 3" },
    { ARGS("\"output_stride\": 8"), "output_stride: found 8; expected 32; export" },
    { ARGS("\"act_layer\": \"silu\""), "act_layer: found \"silu\"; expected \"relu\"" },
    { ARGS("\"aa_layer\": \"blurpool\""), "aa_layer: found \"blurpool\"" },
    { PRETRAINED("\"mean\": [0.5]"), "pretrained_cfg: mean: found [0.5]; expected 3 numbers" },
    { PRETRAINED("\"std\": [1, 1, 0]"), "the standard deviation 0" },
    { PRETRAINED("\"input_size\": [1, 224, 224]"), "input_size: found [1,224,224]; expected [3," },
    { PRETRAINED("\"input_size\": [3, 1e9, 224]"), "expected [3, height, width]" },
    { PRETRAINED("\"input_size\": [3, 224.5, 224]"), "expected [3, height, width]" },
    { PRETRAINED("\"crop_pct\": 0"), "crop_pct: found 0; expected a share from 0.1 to 1" },
    { PRETRAINED("\"crop_mode\": \"squash\""), "crop_mode: found \"squash\"; expected \"center\"" },
    { PRETRAINED("\"interpolation\": \"lanczos\""), "interpolation: found \"lanczos\"" },
    { "{\"model_type\": \"regnet\"}", "model_type: found \"regnet\"; expected \"resnet\"" },
    { HF("\"depths\": [2, 2, 2, 3]"), "depths: found [2,2,2,3]; expected [2,2,2,2]" },
    { HF("\"hidden_sizes\": [64]"), "hidden_sizes: found [64]; expected [64,128,256,512]" },
    { HF("\"embedding_size\": 32"), "embedding_size: found 32; expected 64" },
    { HF("\"num_labels\": 2"), "num_labels: found 2; expected 1000" },
    { HF("\"num_channels\": true"), "num_channels: found true; expected 3" },
    { HF("\"layer_type\": \"bottleneck\""),
      "layer_type: found \"bottleneck\"; expected \"basic\"" },
    { HF("\"hidden_act\": \"gelu\""), "hidden_act: found \"gelu\"; expected \"relu\"; export" },
    { HF("\"downsample_in_first_stage\": 1"), "found 1; expected true or false" },
    { HF("\"id2label\": {\"0\": \"a\"}"), "id2label: found {\"0\":\"a\"}; expected the names" },
    { HF("\"id2label\": []"), "id2label: found []; expected the names" },
};

static const char *const bad_preprocessors[][2] = {
    { "{\"size\": 0}",
      "w/preprocessor_config.json: size: found 0; expected a whole number from 1" },
    { "{\"size\": \"224\"}", "size: found \"224\"" },
    { "{\"size\": {}}", "size: found {}; expected shortest_edge, or height and width" },
    { "{\"size\": {\"height\": 5}}", "expected shortest_edge, or height and width" },
    { "{\"size\": 100, \"crop_size\": 200}", "crop_size: found 200; expected a crop that fits" },
    { "{\"size\": 4000, \"crop_size\": 2}", "crop_size: found 2; expected a crop that fits" },
    { "{\"size\": {\"height\": 9, \"width\": 9}, \"crop_size\": 2}", "expected a crop that fits" },
    { "{\"crop_pct\": 2, \"size\": 9}", "crop_pct: found 2; expected a share from 0.1 to 1" },
    { "{\"resample\": 1}", "resample: found 1; expected 0 (nearest), 2 (bilinear)" },
    { "{\"resample\": 99}", "resample: found 99" },
    { "{\"do_resize\": false}", "do_resize: found false; expected true" },
    { "{\"do_rescale\": false}", "do_rescale: found false; expected true" },
    { "{\"rescale_factor\": 1}", "rescale_factor: found 1; expected 1/255" },
    { "{\"image_mean\": 0.5}", "image_mean: found 0.5; expected 3 numbers" },
    { "{\"image_std\": [1, 1, -1]}", "the standard deviation -1" },
};

static void check_refused(const char *config, const char *preprocessor, const char *message)
{
    rn_form form;
    rn_weights *weights;
    rn_status status = read_form(resnet18, config, preprocessor, &form, &weights);
    CU_ASSERT(check_failed(status, RN_E_DATA, message));
    rn_weights_close(weights);
}

static void test_refused(void)
{
    for (size_t i = 0; i < sizeof bad_configs / sizeof *bad_configs; i++)
        check_refused(bad_configs[i][0], NULL, bad_configs[i][1]);
    for (size_t i = 0; i < sizeof bad_preprocessors / sizeof *bad_preprocessors; i++)
        check_refused(NULL, bad_preprocessors[i][0], bad_preprocessors[i][1]);
}

/* What timm stores of arguments that are at their defaults. */
static void test_defaults(void)
{
    rn_form form;
    rn_weights *weights;
    CU_ASSERT_EQUAL(
        read_form(resnet18,
                  ARGS("\"aa_layer\": null, \"act_layer\": \"relu\", \"avg_down\": false,"
                       " \"global_pool\": \"avg\", \"in_chans\": 3, \"block\": "
                       "\"BasicBlock\", \"drop_rate\": 0.1"),
                  NULL, &form, &weights),
        RN_OK);
    rn_weights_close(weights);
}

static rn_dag *build(const char *name)
{
    char path[CHECK_PATH_MAX];
    return form_network_build(check_source(path, name), NULL, 64, 64);
}

static void test_open(void)
{
    resnet18 = build("share/models/resnet18.cfg");
    resnet50 = build("share/models/resnet50.cfg");
}

int main(void)
{
    CU_TestInfo tests[] = { { "networks", test_open },
                            { "pictures", test_pictures },
                            { "strides", test_strides },
                            { "names of classes", test_class_names },
                            { "defaults", test_defaults },
                            { "what is refused", test_refused },
                            CU_TEST_INFO_NULL };
    int result = check_run("settings beside weights", tests);
    rn_dag_destroy(resnet18);
    rn_dag_destroy(resnet50);
    form_network_close();
    return result;
}
