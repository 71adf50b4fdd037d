/* test_transforms.c: geometric transforms, compared with torchvision on Pillow. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "data/pictures.h"
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

/* The drawn ones, at torchvision's places. */
static void test_crops(void)
{
    static const rn_window parts[] = { { 10, 20, 200, 230 },
                                       { 0, 0, 375, 500 },
                                       { 300, 400, 60, 80 } };
    const rn_size size = { 96, 96 };
    rn_picture photo = { 0 }, small = { 0 }, cropped = { 0 };
    char name[64];
    if (read_input("photo", &photo))
        for (int i = 0; i < 6; i++) {
            rn_resample resample = { .filter = i % 2 ? RN_FILTER_BICUBIC : RN_FILTER_BILINEAR,
                                     .antialias = true,
                                     .source = parts[i / 2],
                                     .to = size };
            CU_ASSERT_EQUAL(rn_resample_run(&resample, rn_window_all(size), &photo, &cropped),
                            RN_OK);
            snprintf(name, sizeof name, "resized_crop_%d_%s", i / 2,
                     i % 2 ? "bicubic" : "bilinear");
            check_bytes(name, &cropped);
        }
    if (read_input("small", &small)) {
        const rn_crop crop = { { 2 - 4, 7 - 4, 61, 61 }, RN_BORDER_ZERO };
        const rn_window all = { 0, 0, 61, 61 };
        CU_ASSERT_EQUAL(rn_crop_run(&crop, all, &small, &cropped), RN_OK);
        check_bytes("pad4_crop", &cropped);
    }
    rn_picture_clear(&photo);
    rn_picture_clear(&small);
    rn_picture_clear(&cropped);
}

/* Rows and columns of a picture of 3x3 that is padded by 4, as numpy.pad(…, 4, mode) has them. */
static void test_borders(void)
{
    static const char edge[] = "00000122222", reflect[] = "01210121012";
    const rn_window all = { 0, 0, 11, 11 };
    rn_picture picture = { 0 }, padded = { 0 };
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(&picture, RN_PICTURE_U8, 1, (rn_size){ 3, 3 }), RN_OK);
    for (int i = 0; i < 9; i++)
        picture.bytes[i] = (uint8_t)i;
    for (int mode = RN_BORDER_EDGE; mode <= RN_BORDER_REFLECT; mode++) {
        const char *pixels = mode == RN_BORDER_EDGE ? edge : reflect;
        const rn_crop crop = { { -4, -4, 11, 11 }, (rn_border)mode };
        CU_ASSERT_EQUAL(rn_crop_run(&crop, all, &picture, &padded), RN_OK);
        for (int i = 0; i < 121; i++)
            CU_ASSERT_EQUAL(padded.bytes[i], 3 * (pixels[i / 11] - '0') + pixels[i % 11] - '0');
    }
    rn_picture_clear(&picture);
    rn_picture_clear(&padded);
}

/* What a list makes of the part that it needs, and of the whole picture, is the same. */
static void check_part(const rn_pipeline *pipeline, rn_draw *random, int64_t channels)
{
    enum { SIDE = 24 };
    float *expected = calloc((size_t)channels * SIDE * SIDE, sizeof *expected);
    float *found = calloc((size_t)channels * SIDE * SIDE, sizeof *found);
    rn_picture picture = { 0 }, part = { 0 }, spare = { 0 };
    const rn_draw draw = { .seed = 3, .sample = rn_draw_below(random, 1000000) };
    const rn_size size = { 20 + rn_draw_below(random, 60), 20 + rn_draw_below(random, 60) };
    int32_t shrink = 0;
    pictures_make(random, channels, size, &picture);
    pictures_cut(&picture, rn_pipeline_needs(pipeline, &draw, size, &shrink), &part);
    CU_ASSERT_EQUAL(shrink, 1);
    CU_ASSERT_EQUAL(rn_pipeline_run(pipeline, &draw, &part, &spare, found), RN_OK);
    CU_ASSERT_EQUAL(rn_pipeline_run(pipeline, &draw, &picture, &spare, expected), RN_OK);
    CU_ASSERT(!memcmp(found, expected, (size_t)channels * SIDE * SIDE * sizeof *found));
    rn_picture_clear(&picture);
    rn_picture_clear(&part);
    rn_picture_clear(&spare);
    free(expected);
    free(found);
}

#define ERASE "{ transform = \"random_erasing\"; probability = 0.9; fill = \"noise\"; }"

static void test_parts(void)
{
    static const char *const lists[] = {
        "\"imagenet_train\"",
        "( { transform = \"resize\"; size = 30; interpolation = \"nearest\"; },"
        " { transform = \"center_crop\"; }, " ERASE ")",
        "( { transform = \"vertical_flip\"; }, { transform = \"random_crop\"; padding = [3, 9]; "
        "padding_mode = \"reflect\"; }, { transform = \"horizontal_flip\"; })",
        "( " ERASE ", { transform = \"random_crop\"; padding = 12; padding_mode = \"edge\"; },"
        " { transform = \"normalise\"; mean = 0.5; }, " ERASE ")",
        "( { transform = \"random_resized_crop\"; size = [40, 50]; antialias = false; },"
        " { transform = \"horizontal_flip\"; },"
        " { transform = \"resize\"; size = [26, 20]; interpolation = \"bicubic\"; },"
        " { transform = \"center_crop\"; })",
    };
    rn_draw random = { .seed = 17 };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (int64_t channels = 1; channels <= 5; channels += 2) {
            rn_pipeline *pipeline = make_pipeline(lists[i], (rn_size){ 24, 24 }, channels);
            for (int k = 0; k < 40; k++)
                check_part(pipeline, &random, channels);
            rn_pipeline_destroy(pipeline);
        }
}

/* Runs a list on many samples of the picture whose pixels are their own coordinates. */
typedef void look_at(const float *values, void *sums);

static void run_samples(const char *list, int64_t side, int count, look_at *look, void *sums)
{
    rn_picture picture = { 0 }, spare = { 0 };
    float *values = calloc((size_t)(2 * side * side), sizeof *values);
    rn_pipeline *pipeline = make_pipeline(list, (rn_size){ side, side }, 2);
    for (int i = 0; i < count; i++) {
        const rn_draw draw = { .seed = 1, .epoch = 1, .sample = i };
        CU_ASSERT_EQUAL(rn_picture_make(&picture, RN_PICTURE_U8, 2, (rn_size){ 100, 100 }), RN_OK);
        for (int k = 0; k < 10000; k++) {
            picture.bytes[2 * k] = (uint8_t)(k / 100 + 1);
            picture.bytes[2 * k + 1] = (uint8_t)(k % 100 + 1);
        }
        CU_ASSERT_EQUAL(rn_pipeline_run(pipeline, &draw, &picture, &spare, values), RN_OK);
        for (int64_t k = 0; k < 2 * side * side; k++)
            values[k] *= 255.0F;
        look(values, sums);
    }
    rn_pipeline_destroy(pipeline);
    rn_picture_clear(&picture);
    rn_picture_clear(&spare);
    free(values);
}

static void look_at_flips(const float *values, void *sums)
{
    double *shares = sums;
    shares[0] += values[0] > values[100 * 99]; /* the first row's number, the last one's */
    shares[1] += values[10000] > values[10000 + 99];
}

static void look_at_places(const float *values, void *sums)
{
    int(*counts)[21] = sums;
    counts[0][(int)lrintf(values[0]) - 1]++;
    counts[1][(int)lrintf(values[80 * 80]) - 1]++;
}

/* The sides of a crop, told from the corners: the outer pixels' coordinates are half a pixel of the
 * result inside. */
static void look_at_crops(const float *values, void *sums)
{
    enum { SIDE = 50 };
    double *found = sums;
    double height = (values[SIDE * (SIDE - 1)] - values[0]) * SIDE / (SIDE - 1.0);
    double width = (values[SIDE * SIDE + SIDE - 1] - values[SIDE * SIDE]) * SIDE / (SIDE - 1.0);
    found[0] += height * width / 10000;
    found[1] += log(width / height);
    found[2] = fmin(found[2], height * width / 10000);
    found[3] = fmin(found[3], width / height);
    found[4] = fmax(found[4], width / height);
}

static void look_at_erased(const float *values, void *sums)
{
    double *found = sums;
    int rows = 0, columns = 0, pixels = 0;
    for (int y = 0; y < 100; y++) {
        int row = 0, column = 0;
        for (int x = 0; x < 100; x++) {
            row += values[100 * y + x] == 0;
            column += values[100 * x + y] == 0;
        }
        rows += row > 0;
        columns += column > 0;
        pixels += row;
    }
    CU_ASSERT_EQUAL(pixels, rows * columns); /* a rectangle */
    found[0] += pixels > 0;
    found[1] += pixels / 10000.0;
    found[2] += pixels > 0 ? log((double)rows / columns) : 0;
    found[3] = pixels > 0 ? fmin(found[3], pixels / 10000.0) : found[3];
    found[4] = fmax(found[4], pixels / 10000.0);
}

#define SAMPLES 4000

static void test_flips(void)
{
    double shares[2] = { 0 };
    run_samples("( { transform = \"vertical_flip\"; probability = 0.2; },"
                " { transform = \"horizontal_flip\"; } )",
                100, SAMPLES, look_at_flips, shares);
    CU_ASSERT(fabs(shares[0] / SAMPLES - 0.2) < 5 * sqrt(0.16 / SAMPLES));
    CU_ASSERT(fabs(shares[1] / SAMPLES - 0.5) < 5 * sqrt(0.25 / SAMPLES));
}

/* 20 degrees of freedom: the statistic is above 45.3 in one of 1000 cases. */
static void test_places(void)
{
    int counts[2][21] = { { 0 } };
    run_samples("( { transform = \"random_crop\"; } )", 80, SAMPLES, look_at_places, counts);
    for (int axis = 0; axis < 2; axis++) {
        double statistic = 0;
        for (int i = 0; i < 21; i++)
            statistic += pow(counts[axis][i] - SAMPLES / 21.0, 2) / (SAMPLES / 21.0);
        CU_ASSERT(statistic < 45.3);
    }
}

/* Where every ratio fits, the area is uniform and the ratio's logarithm has mean 0. */
static void test_areas(void)
{
    double found[5] = { 0, 0, 1, 1, 1 };
    run_samples(
        "( { transform = \"random_resized_crop\"; scale = [0.1, 0.5]; ratio = [0.5, 2.0]; } )", 50,
        SAMPLES, look_at_crops, found);
    CU_ASSERT(fabs(found[0] / SAMPLES - 0.3) < 0.01);
    CU_ASSERT(fabs(found[1] / SAMPLES) < 0.04);
    CU_ASSERT(found[2] > 0.09 && found[2] < 0.12);
    CU_ASSERT(found[3] > 0.45 && found[3] < 0.55);
    CU_ASSERT(found[4] > 1.85 && found[4] < 2.2);
}

static void test_erasing(void)
{
    double found[5] = { 0, 0, 0, 1, 0 };
    run_samples("( { transform = \"random_erasing\"; probability = 0.4; area = [0.1, 0.3];"
                " ratio = [0.5, 2.0]; } )",
                100, SAMPLES, look_at_erased, found);
    CU_ASSERT(fabs(found[0] / SAMPLES - 0.4) < 5 * sqrt(0.24 / SAMPLES));
    CU_ASSERT(fabs(found[1] / found[0] - 0.2) < 0.01);
    CU_ASSERT(fabs(found[2] / found[0]) < 0.05);
    CU_ASSERT(found[3] > 0.09 && found[3] < 0.11);
    CU_ASSERT(found[4] > 0.29 && found[4] < 0.31);
}

/* What is written, before and after normalise. */
static void check_fill(const char *list, const float expected[3])
{
    static const char *const imagenet[] = { IMAGENET };
    rn_picture picture = { 0 }, spare = { 0 };
    rn_draw random = { .seed = 1 };
    const rn_draw draw = { .seed = 1 };
    float values[3 * 40 * 40];
    rn_pipeline *pipeline = NULL;
    int n_found = 0;
    CU_ASSERT_EQUAL_FATAL(try_pipeline(list, (rn_size){ 40, 40 }, 3, imagenet, &pipeline), RN_OK);
    pictures_make(&random, 3, (rn_size){ 40, 40 }, &picture);
    CU_ASSERT_EQUAL(rn_pipeline_run(pipeline, &draw, &picture, &spare, values), RN_OK);
    for (int i = 0; i < 1600; i++)
        n_found += fabsf(values[i] - expected[0]) + fabsf(values[1600 + i] - expected[1]) +
                       fabsf(values[3200 + i] - expected[2]) <
                   1e-5F;
    CU_ASSERT(n_found > 100 && n_found < 1600);
    rn_pipeline_destroy(pipeline);
    rn_picture_clear(&picture);
    rn_picture_clear(&spare);
}

#define ERASING "{ transform = \"random_erasing\"; probability = 1; area = [0.1, 0.3]; "

static void test_fills(void)
{
    const float mean[3] = { (124 / 255.0F - 0.485F) / 0.229F, (116 / 255.0F - 0.456F) / 0.224F,
                            (104 / 255.0F - 0.406F) / 0.225F };
    const float white[3] = { (1 - 0.485F) / 0.229F, (1 - 0.456F) / 0.224F, (1 - 0.406F) / 0.225F };
    check_fill("( " ERASING "fill = \"mean\"; } )", mean);
    check_fill("( " ERASING "value = 1; } )", white);
    check_fill("( { transform = \"normalise\"; }, " ERASING "fill = \"mean\"; } )",
               (const float[3]){ 0, 0, 0 });
    check_fill("( { transform = \"normalise\"; }, " ERASING "value = [0.1, 0.2, 0.3]; } )",
               (const float[3]){ 0.1F, 0.2F, 0.3F });
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "bytes are torchvision's", test_bytes },
        { "presets are torchvision's and timm's", test_lists },
        { "crops are torchvision's", test_crops },
        { "borders are NumPy's", test_borders },
        { "parts are equal to parts of the whole", test_parts },
        { "shares of flips", test_flips },
        { "places of crops", test_places },
        { "areas and ratios of crops", test_areas },
        { "areas and ratios of erasing", test_erasing },
        { "what erasing writes", test_fills },
        CU_TEST_INFO_NULL,
    };
    return check_run("transforms", tests);
}
