/* test_transforms_random.c: random geometric transforms: their distributions, and parts of their
 * results compared with the whole. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/pictures.h"
#include "data/pipelines.h"
#include "support/check.h"

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
            rn_pipeline *pipeline = pipelines_make(lists[i], (rn_size){ 24, 24 }, channels);
            for (int k = 0; k < 40; k++)
                check_part(pipeline, &random, channels);
            rn_pipeline_destroy(pipeline);
        }
}

/* Floats move as bytes do: a list makes of x / 255 what it makes of the bytes x. */
static void check_moved(const char *list, int64_t sample)
{
    enum { SIDE = 24, FROM = 30, CHANNELS = 3 };
    static float expected[CHANNELS * SIDE * SIDE], found[CHANNELS * SIDE * SIDE];
    rn_picture bytes = { 0 }, floats = { 0 }, spare = { 0 };
    rn_draw random = { .seed = 2 };
    const rn_draw draw = { .seed = 1, .sample = sample };
    const rn_size from = { FROM, FROM };
    rn_pipeline *pipeline = NULL;
    CU_ASSERT_EQUAL_FATAL(pipelines_try(list, (rn_size){ SIDE, SIDE }, CHANNELS, pipelines_imagenet,
                                        &pipeline),
                          RN_OK);
    pictures_make(&random, CHANNELS, from, &bytes);
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(&floats, RN_PICTURE_F32, CHANNELS, from), RN_OK);
    for (int i = 0; i < FROM * FROM * CHANNELS; i++)
        floats.values[i % CHANNELS * FROM * FROM + i / CHANNELS] = (float)bytes.bytes[i] / 255.0F;
    CU_ASSERT_EQUAL(rn_pipeline_run(pipeline, &draw, &floats, &spare, found), RN_OK);
    CU_ASSERT_EQUAL(rn_pipeline_run(pipeline, &draw, &bytes, &spare, expected), RN_OK);
    CU_ASSERT(!memcmp(found, expected, sizeof found));
    rn_pipeline_destroy(pipeline);
    rn_picture_clear(&bytes);
    rn_picture_clear(&floats);
    rn_picture_clear(&spare);
}

static void test_floats(void)
{
    rn_picture picture = { 0 }, spare = { 0 };
    const rn_draw draw = { .seed = 1 };
    float values[64];
    for (int64_t sample = 0; sample < 10; sample++) {
        check_moved("\"cifar_train\"", sample);
        check_moved("( { transform = \"resize\"; size = 30; }, { transform = \"vertical_flip\"; }, "
                    "{ transform = \"center_crop\"; } )",
                    sample);
    }
    CU_ASSERT_EQUAL(rn_picture_make(&picture, RN_PICTURE_F32, 1, (rn_size){ 9, 9 }), RN_OK);
    memset(picture.values, 0, 81 * sizeof(float));
    rn_pipeline *pipeline = pipelines_make("\"imagenet_train\"", (rn_size){ 8, 8 }, 1);
    CU_ASSERT(check_failed(rn_pipeline_run(pipeline, &draw, &picture, &spare, values), RN_E_DATA,
                           "the data set has floats"));
    rn_pipeline_destroy(pipeline);
    rn_picture_clear(&picture);
    rn_picture_clear(&spare);
}

/* Runs a list on many samples of the picture whose pixels are their own coordinates. */
typedef void look_at(const float *values, void *sums);

static void run_samples(const char *list, int64_t side, int count, look_at *look, void *sums)
{
    rn_picture picture = { 0 }, spare = { 0 };
    float *values = calloc((size_t)(2 * side * side), sizeof *values);
    rn_pipeline *pipeline = pipelines_make(list, (rn_size){ side, side }, 2);
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
    rn_picture picture = { 0 }, spare = { 0 };
    rn_draw random = { .seed = 1 };
    const rn_draw draw = { .seed = 1 };
    float values[3 * 40 * 40];
    rn_pipeline *pipeline = NULL;
    int n_found = 0;
    CU_ASSERT_EQUAL_FATAL(pipelines_try(list, (rn_size){ 40, 40 }, 3, pipelines_imagenet,
                                        &pipeline),
                          RN_OK);
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
        { "parts are equal to parts of the whole", test_parts },
        { "pictures of floats", test_floats },
        { "shares of flips", test_flips },
        { "places of crops", test_places },
        { "areas and ratios of crops", test_areas },
        { "areas and ratios of erasing", test_erasing },
        { "what erasing writes", test_fills },
        CU_TEST_INFO_NULL,
    };
    return check_run("transforms_random", tests);
}
