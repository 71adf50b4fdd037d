/* test_transforms.c: geometric transforms, compared with torchvision on Pillow. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "data/pipeline.h"
#include "data/resample.h"
#include "data/transforms/crop.h"
#include "io/safetensors.h"
#include "support/check.h"

#define IMAGENET "data.mean=[0.485, 0.456, 0.406]", "data.std=[0.229, 0.224, 0.225]"

static rn_status try_pipeline(const char *list, rn_size input, int64_t channels,
                              const char *const normal[2], rn_pipeline **out)
{
    char path[CHECK_PATH_MAX], text[4][1024];
    const char *settings[6] = { text[0], text[1], text[2], text[3], normal[0], normal[1] };
    rn_config *config = NULL;
    snprintf(text[0], sizeof text[0], "network.input.height=%d", (int)input.height);
    snprintf(text[1], sizeof text[1], "network.input.width=%d", (int)input.width);
    snprintf(text[2], sizeof text[2], "network.input.channels=%d", (int)channels);
    snprintf(text[3], sizeof text[3], "data.transforms.train=%s", list);
    check_source(path, "tests/config/good/tiny.cfg");
    rn_status status = rn_config_load(path, settings, 6, &config);
    if (!status)
        status = rn_pipeline_create(config, RN_SPLIT_TRAIN, channels, (rn_size){ 0, 0 }, out);
    rn_config_destroy(config);
    return status;
}

static rn_pipeline *make_pipeline(const char *list, rn_size input, int64_t channels)
{
    static const char *const none[] = { "data.mean=0", "data.std=1" };
    rn_pipeline *pipeline = NULL;
    CU_ASSERT_EQUAL_FATAL(try_pipeline(list, input, channels, none, &pipeline), RN_OK);
    return pipeline;
}

/* Reads a golden file and finds its tensor; NULL: the file is missing, which was reported. */
static rn_safetensors *read_golden(const char *name, const char *tensor, rn_named_tensor *out)
{
    char path[CHECK_PATH_MAX], file[256];
    rn_safetensors *golden = NULL;
    snprintf(file, sizeof file, "images/%s.safetensors", name);
    if (!check_golden(path, file))
        return NULL;
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &golden), RN_OK);
    *out = *rn_safetensors_find(golden, tensor);
    return golden;
}

/* Copies an input image. */
static bool read_input(const char *name, rn_picture *picture)
{
    char file[64];
    rn_named_tensor x;
    snprintf(file, sizeof file, "inputs/%s", name);
    rn_safetensors *golden = read_golden(file, "x", &x);
    if (!golden)
        return false;
    const rn_size size = { x.shape[0], x.shape[1] };
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(picture, RN_PICTURE_U8, x.shape[2], size), RN_OK);
    memcpy(picture->bytes, x.data, rn_picture_count(picture));
    rn_safetensors_destroy(golden);
    return true;
}

static int largest_difference(const uint8_t *a, const uint8_t *b, size_t count)
{
    int largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = abs(a[i] - b[i]) > largest ? abs(a[i] - b[i]) : largest;
    return largest;
}

/* The picture, all of it, is within 1 of the golden one. */
static void check_bytes(const char *name, const rn_picture *picture)
{
    char file[128];
    rn_named_tensor y;
    snprintf(file, sizeof file, "transforms/%s", name);
    rn_safetensors *golden = read_golden(file, "y", &y);
    if (!golden)
        return;
    CU_ASSERT_EQUAL_FATAL(picture->window.height, y.shape[0]);
    CU_ASSERT_EQUAL_FATAL(picture->window.width, y.shape[1]);
    int difference = largest_difference(picture->bytes, y.data, rn_picture_count(picture));
    if (difference > 0)
        check_note("%s: differs by up to %d", name, difference);
    CU_ASSERT(difference <= 1);
    rn_safetensors_destroy(golden);
}

struct byte_case {
    const char *name, *input, *list;
    rn_size size;
};

static void run_byte_case(const struct byte_case *c)
{
    rn_picture picture = { 0 }, spare = { 0 };
    const rn_draw draw = { .seed = 1 };
    if (read_input(c->input, &picture)) {
        rn_pipeline *pipeline = make_pipeline(c->list, c->size, 3);
        CU_ASSERT_EQUAL(rn_pipeline_show(pipeline, &draw, &picture, &spare), RN_OK);
        check_bytes(c->name, &picture);
        rn_pipeline_destroy(pipeline);
    }
    rn_picture_clear(&picture);
    rn_picture_clear(&spare);
}

#define RESIZE(input, filter, text, size, height, width)                                           \
    {                                                                                              \
        "resize_" input "_" filter "_" text, input,                                                \
            "( { transform = \"resize\"; size = " size "; interpolation = \"" filter "\"; } )",    \
        {                                                                                          \
            height, width                                                                          \
        }                                                                                          \
    }
#define RESIZES(filter)                                                                            \
    RESIZE("photo", filter, "232", "232", 232, 309),                                               \
        RESIZE("photo", filter, "256", "256", 256, 341),                                           \
        RESIZE("photo", filter, "32", "32", 32, 42),                                               \
        RESIZE("photo", filter, "45x70", "[45, 70]", 45, 70),                                      \
        RESIZE("small", filter, "232", "232", 232, 368),                                           \
        RESIZE("small", filter, "256", "256", 256, 407),                                           \
        RESIZE("small", filter, "32", "32", 32, 50),                                               \
        RESIZE("small", filter, "45x70", "[45, 70]", 45, 70),                                      \
        RESIZE("tall", filter, "232", "232", 599, 232),                                            \
        RESIZE("tall", filter, "256", "256", 661, 256),                                            \
        RESIZE("tall", filter, "32", "32", 82, 32),                                                \
        RESIZE("tall", filter, "45x70", "[45, 70]", 45, 70)
#define CENTER(input, size)                                                                        \
    {                                                                                              \
        "center_crop_" input "_" #size, input,                                                     \
            "( { transform = \"center_crop\"; size = " #size "; } )",                              \
        {                                                                                          \
            size, size                                                                             \
        }                                                                                          \
    }

static void test_bytes(void)
{
    static const struct byte_case cases[] = {
        RESIZES("bilinear"),  RESIZES("bicubic"),  CENTER("photo", 224), CENTER("photo", 50),
        CENTER("small", 224), CENTER("small", 50), CENTER("tall", 224),  CENTER("tall", 50),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        run_byte_case(&cases[i]);
}

/* A whole list, with only the part of the picture that it needs. */
static void check_floats(const char *name, const char *list)
{
    static const char *const imagenet[] = { IMAGENET };
    const rn_size input = { 224, 224 };
    const rn_draw draw = { .seed = 1 };
    rn_picture picture = { 0 }, spare = { 0 };
    rn_pipeline *pipeline = NULL;
    rn_named_tensor y;
    float *found = calloc(3 * 224 * 224, sizeof *found), largest = 0;
    rn_safetensors *golden = read_golden(name, "y", &y);
    if (golden && read_input("photo", &picture)) {
        CU_ASSERT_EQUAL_FATAL(try_pipeline(list, input, 3, imagenet, &pipeline), RN_OK);
        CU_ASSERT_EQUAL_FATAL(rn_pipeline_run(pipeline, &draw, &picture, &spare, found), RN_OK);
        for (size_t i = 0; i < 3 * 224 * 224; i++)
            largest = fmaxf(largest, fabsf(found[i] - ((const float *)y.data)[i]));
        CU_ASSERT(largest <= 1.0F / 255.0F / 0.2F);
    }
    rn_pipeline_destroy(pipeline);
    rn_safetensors_destroy(golden);
    rn_picture_clear(&picture);
    rn_picture_clear(&spare);
    free(found);
}

static void test_lists(void)
{
    check_floats("transforms/pipeline_torchvision_photo", "\"imagenet_eval\"");
    check_floats("transforms/pipeline_timm_photo",
                 "{ preset = \"timm_eval\"; crop_pct = 0.95; interpolation = \"bicubic\"; }");
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "bytes are torchvision's", test_bytes },
        { "presets are torchvision's and timm's", test_lists },
        CU_TEST_INFO_NULL,
    };
    return check_run("transforms", tests);
}
