/* test_transforms.c: geometric transforms and presets, compared with torchvision on Pillow. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/pipelines.h"
#include "data/resample.h"
#include "data/transforms/crop.h"
#include "io/safetensors.h"
#include "support/check.h"

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

/* The picture, all of it, is the golden one. */
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
    CU_ASSERT_EQUAL(difference, 0);
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
        rn_pipeline *pipeline = pipelines_make(c->list, c->size, 3);
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
    const rn_size input = { 224, 224 };
    const rn_draw draw = { .seed = 1 };
    rn_picture picture = { 0 }, spare = { 0 };
    rn_pipeline *pipeline = NULL;
    rn_named_tensor y;
    float *found = calloc(3 * 224 * 224, sizeof *found), largest = 0;
    rn_safetensors *golden = read_golden(name, "y", &y);
    if (golden && read_input("photo", &picture)) {
        CU_ASSERT_EQUAL_FATAL(pipelines_try(list, input, 3, pipelines_imagenet, &pipeline), RN_OK);
        CU_ASSERT_EQUAL_FATAL(rn_pipeline_run(pipeline, &draw, &picture, &spare, found), RN_OK);
        for (size_t i = 0; i < 3 * 224 * 224; i++)
            largest = fmaxf(largest, fabsf(found[i] - ((const float *)y.data)[i]));
        CU_ASSERT(largest <= 1e-5F);
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

/* A smooth picture. */
static void make_waves(rn_size size, rn_picture *picture)
{
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(picture, RN_PICTURE_U8, 1, size), RN_OK);
    for (int64_t y = 0; y < size.height; y++)
        for (int64_t x = 0; x < size.width; x++)
            picture->bytes[y * size.width + x] =
                (uint8_t)(127 + 60 * sin((double)y / 23) + 60 * cos((double)x / 31));
}

/* What a decoder makes of `wanted` that is `shrink` times smaller: means of squares. */
static void decode_smaller(const rn_picture *from, rn_window wanted, int32_t shrink, rn_picture *to)
{
    const rn_size size = { (from->full.height + shrink - 1) / shrink,
                           (from->full.width + shrink - 1) / shrink };
    rn_window window = { .top = wanted.top / shrink, .left = wanted.left / shrink };
    window.height = (wanted.top + wanted.height + shrink - 1) / shrink - window.top;
    window.width = (wanted.left + wanted.width + shrink - 1) / shrink - window.left;
    CU_ASSERT_EQUAL_FATAL(rn_picture_make_window(to, RN_PICTURE_U8, 1, size, window), RN_OK);
    to->shrunk = shrink;
    to->unshrunk = from->full;
    for (int64_t i = 0; i < window.height * window.width; i++) {
        int64_t top = (window.top + i / window.width) * shrink, sum = 0, count = 0;
        int64_t left = (window.left + i % window.width) * shrink;
        for (int64_t y = top; y < top + shrink && y < from->full.height; y++)
            for (int64_t x = left; x < left + shrink && x < from->full.width; x++, count++)
                sum += from->bytes[y * from->full.width + x];
        to->bytes[i] = (uint8_t)(sum / count);
    }
}

/* Of a picture that was decoded smaller a list makes nearly the same. */
static void check_smaller(const char *list, rn_size size, int64_t sample, int32_t expected)
{
    static const char *const fast[] = { "data.fast_decode=true", "data.std=1" };
    enum { SIDE = 48 };
    static float found[SIDE * SIDE], exact[SIDE * SIDE];
    const rn_draw draw = { .seed = 1, .sample = sample };
    rn_picture picture = { 0 }, smaller = { 0 }, spare = { 0 };
    rn_pipeline *pipeline = NULL;
    int32_t shrink = 0;
    float largest = 0;
    CU_ASSERT_EQUAL_FATAL(pipelines_try(list, (rn_size){ SIDE, SIDE }, 1, fast, &pipeline), RN_OK);
    make_waves(size, &picture);
    rn_window wanted = rn_pipeline_needs(pipeline, &draw, size, &shrink);
    CU_ASSERT_EQUAL(shrink, expected);
    decode_smaller(&picture, wanted, shrink, &smaller);
    CU_ASSERT_EQUAL(rn_pipeline_run(pipeline, &draw, &smaller, &spare, found), RN_OK);
    CU_ASSERT_EQUAL(rn_pipeline_run(pipeline, &draw, &picture, &spare, exact), RN_OK);
    for (int i = 0; i < SIDE * SIDE; i++)
        largest = fmaxf(largest, fabsf(found[i] - exact[i]));
    CU_ASSERT(largest < 4.5F / 255.0F);
    rn_pipeline_destroy(pipeline);
    rn_picture_clear(&picture);
    rn_picture_clear(&smaller);
    rn_picture_clear(&spare);
}

static void test_fast_decode(void)
{
    const char *crop = "( { transform = \"random_resized_crop\"; scale = [0.6, 1.0]; } )";
    check_smaller("\"imagenet_eval\"", (rn_size){ 97, 133 }, 0, 1);
    check_smaller("\"imagenet_eval\"", (rn_size){ 201, 133 }, 0, 2);
    check_smaller("\"imagenet_eval\"", (rn_size){ 375, 501 }, 0, 4);
    check_smaller("( { transform = \"resize\"; size = [48, 48]; } )", (rn_size){ 555, 444 }, 0, 8);
    check_smaller("( { transform = \"horizontal_flip\"; }, { transform = \"resize\"; "
                  "size = [48, 48]; } )",
                  (rn_size){ 555, 444 }, 0, 1);
    for (int64_t sample = 0; sample < 20; sample++)
        check_smaller(crop, (rn_size){ 301, 299 }, sample, 4);
}

/* The list, for an input of 48x48, makes of a picture what `equal` makes for one of 20x28. */
static void check_other_size(const char *list, const char *equal, int64_t sample)
{
    const rn_size input = { 48, 48 }, size = { 20, 28 };
    static float found[20 * 28], expected[20 * 28];
    const rn_draw draw = { .seed = 1, .sample = sample };
    rn_picture picture = { 0 }, spare = { 0 };
    rn_pipeline *one = pipelines_make_for(list, input, 1, size);
    rn_pipeline *other = pipelines_make(equal, size, 1);
    make_waves((rn_size){ 99, 140 }, &picture);
    CU_ASSERT_EQUAL(rn_pipeline_run(one, &draw, &picture, &spare, found), RN_OK);
    make_waves((rn_size){ 99, 140 }, &picture);
    CU_ASSERT_EQUAL(rn_pipeline_run(other, &draw, &picture, &spare, expected), RN_OK);
    CU_ASSERT(memcmp(found, expected, sizeof found) == 0);
    rn_pipeline_destroy(one);
    rn_pipeline_destroy(other);
    rn_picture_clear(&picture);
    rn_picture_clear(&spare);
}

#define TO_20_28 "{ transform = \"resize\"; size = [20, 28]; }"
#define CROP(size) "{ transform = \"random_crop\"; padding = 3; size = " size "; }"
#define FLIP "{ transform = \"horizontal_flip\"; }"
#define PART "{ transform = \"random_resized_crop\"; }"
#define ERASE "{ transform = \"random_erasing\"; }"

/* What a list makes is resized last, before it is normalised; random_resized_crop makes the size
 * itself, if it is the last to change it. */
static void test_other_size(void)
{
    for (int64_t sample = 0; sample < 10; sample++) {
        check_other_size("( " CROP("0") " )", "( " CROP("48") ", " TO_20_28 " )", sample);
        check_other_size("( " CROP("0") ", " FLIP ", { transform = \"normalise\"; }, " ERASE " )",
                         "( " CROP("48") ", " FLIP ", " TO_20_28
                                         ", { transform = \"normalise\"; }, " ERASE " )",
                         sample);
        check_other_size("( " PART ", " FLIP " )", "( " PART ", " FLIP " )", sample);
        check_other_size("\"imagenet_train\"", "\"imagenet_train\"", sample);
        check_other_size("( " PART ", " CROP("0") " )",
                         "( { transform = \"random_resized_crop\"; size = 48; }, " CROP(
                             "48") ", " TO_20_28 " )",
                         sample);
    }
    check_other_size("()", "( " TO_20_28 " )", 0);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "bytes are torchvision's", test_bytes },
        { "presets are torchvision's and timm's", test_lists },
        { "crops are torchvision's", test_crops },
        { "borders are NumPy's", test_borders },
        { "pictures that were decoded smaller", test_fast_decode },
        { "pictures of another size", test_other_size },
        CU_TEST_INFO_NULL,
    };
    return check_run("transforms", tests);
}
