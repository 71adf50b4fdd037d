/* test_colour.c: the operations of transforms of colours, compared with Pillow
 * (tests/data/make_colour.py) and torchvision (tests/golden/images). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "data/transforms/augment_ops.h"
#include "data/transforms/colour_ops.h"
#include "data/transforms/tone_ops.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "support/check.h"

/* Goldens come from a processor that multiplies and adds in two steps; one step may round
 * differently. */
#ifdef __FP_FAST_FMAF
#define LIMIT 1
#else
#define LIMIT 0
#endif

/* Operations of make_colour.py besides those of augment_ops.h. */
enum { HUE = RN_AUGMENT_OPS, GREY };

static void run(uint32_t op, double magnitude, rn_picture *picture)
{
    rn_picture spare = { 0 };
    if (op == HUE)
        rn_colour_turn_hue(picture, magnitude);
    else if (op == GREY)
        rn_colour_grey(picture);
    else
        CU_ASSERT_EQUAL(rn_augment_run((rn_augment_op)op, magnitude, picture, &spare), RN_OK);
    rn_picture_clear(&spare);
}

/* Makes a picture with make_colour.py's formula. */
static void make(rn_picture *picture, rn_size size, int64_t channels, bool is_dull)
{
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(picture, RN_PICTURE_U8, channels, size), RN_OK);
    for (size_t i = 0; i < rn_picture_count(picture); i++) {
        uint64_t noise = (i * 1103515245u + 12345u) % (1u << 31) >> 23;
        picture->bytes[i] = (uint8_t)(is_dull ? 60 + noise / 4 : noise);
    }
}

static int distance(const rn_picture *picture, const uint8_t *expected)
{
    int most = 0;
    for (size_t i = 0; i < rn_picture_count(picture); i++) {
        int here = abs(picture->bytes[i] - expected[i]);
        most = here > most ? here : most;
    }
    return most;
}

struct colour_case {
    uint32_t op, height, width, channels, is_dull;
    double magnitude;
} __attribute__((packed));

static void test_pillow(void)
{
    char path[CHECK_PATH_MAX];
    uint8_t *data = NULL;
    uint64_t size = 0, at = 0;
    int n = 0;
    rn_picture picture = { 0 };
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, "tests/data/colour.bin"), &data, &size),
                          RN_OK);
    for (; at + sizeof(struct colour_case) <= size; n++) {
        struct colour_case c;
        memcpy(&c, data + at, sizeof c);
        at += sizeof c;
        make(&picture, (rn_size){ c.height, c.width }, c.channels, c.is_dull);
        run(c.op, c.magnitude, &picture);
        int most = distance(&picture, data + at);
        if (most > LIMIT)
            check_note("operation %u by %g on %ux%ux%u differs by %d", c.op, c.magnitude, c.height,
                       c.width, c.channels, most);
        CU_ASSERT(most <= LIMIT);
        at += rn_picture_count(&picture);
    }
    CU_ASSERT_EQUAL(at, size);
    CU_ASSERT_EQUAL(n, 174);
    rn_picture_clear(&picture);
    free(data);
}

/* Torchvision's names, in the order of rn_augment_op. */
static const char *const names[] = { "Identity",     "ShearX",    "ShearY",     "TranslateX",
                                     "TranslateY",   "Rotate",    "Brightness", "Color",
                                     "Contrast",     "Sharpness", "Posterize",  "Solarize",
                                     "AutoContrast", "Equalize" };

/* Which operation a golden's attributes name, and its magnitude. */
static uint32_t read_op(const json_t *attrs, double *magnitude)
{
    const char *op = json_string_value(json_object_get(attrs, "op"));
    double factor = json_number_value(json_object_get(attrs, "factor"));
    *magnitude = factor - 1;
    if (!strcmp(op, "adjust_brightness"))
        return RN_AUGMENT_BRIGHTNESS;
    if (!strcmp(op, "adjust_contrast"))
        return RN_AUGMENT_CONTRAST;
    if (!strcmp(op, "adjust_saturation"))
        return RN_AUGMENT_COLOR;
    *magnitude = factor;
    if (!strcmp(op, "adjust_hue"))
        return HUE;
    if (!strcmp(op, "grayscale"))
        return GREY;
    CU_ASSERT_STRING_EQUAL(op, "augment");
    *magnitude = json_number_value(json_object_get(attrs, "magnitude"));
    const char *kind = json_string_value(json_object_get(attrs, "kind"));
    uint32_t i = 0;
    while (i < RN_AUGMENT_OPS && strcmp(names[i], kind) != 0)
        i++;
    CU_ASSERT_FATAL(i < RN_AUGMENT_OPS);
    return i;
}

/* False if the file is not there. */
static bool run_golden(const char *name, const rn_named_tensor *x)
{
    char path[CHECK_PATH_MAX], file[CHECK_PATH_MAX];
    rn_safetensors *golden = NULL;
    rn_picture picture = { 0 };
    double magnitude;
    snprintf(file, sizeof file, "images/transforms/%s.safetensors", name);
    if (!check_golden(path, file))
        return false;
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &golden), RN_OK);
    json_t *attrs = json_loads(rn_safetensors_metadata(golden, "attrs"), 0, NULL);
    rn_size size = { x->shape[0], x->shape[1] };
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(&picture, RN_PICTURE_U8, x->shape[2], size), RN_OK);
    memcpy(picture.bytes, x->data, rn_picture_count(&picture));
    uint32_t op = read_op(attrs, &magnitude);
    run(op, magnitude, &picture);
    int most = distance(&picture, rn_safetensors_find(golden, "y")->data);
    if (most > LIMIT)
        check_note("%s differs by %d", name, most);
    CU_ASSERT(most <= LIMIT);
    rn_picture_clear(&picture);
    json_decref(attrs);
    rn_safetensors_destroy(golden);
    return true;
}

static void run_goldens(const char *const *list)
{
    char path[CHECK_PATH_MAX];
    rn_safetensors *input = NULL;
    if (!check_golden(path, "images/inputs/small.safetensors"))
        return;
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &input), RN_OK);
    while (*list && run_golden(*list, rn_safetensors_find(input, "x")))
        list++;
    rn_safetensors_destroy(input);
}

static void test_torchvision(void)
{
    static const char *const list[] = { "augment_Equalize_0.0",
                                        "augment_Posterize_4",
                                        "augment_Rotate_17.0",
                                        "augment_ShearX_0.3",
                                        "brightness_1.7",
                                        "contrast_0.4",
                                        "grayscale",
                                        "hue_0.1",
                                        "saturation_1.7",
                                        NULL };
    run_goldens(list);
}

static void test_torchvision_more(void)
{
    static const char *const list[] = { "augment_AutoContrast_0.0",
                                        "augment_Brightness_0.5",
                                        "augment_Color_-0.4",
                                        "augment_Contrast_0.6",
                                        "augment_Rotate_-30.0",
                                        "augment_Sharpness_-0.7",
                                        "augment_Sharpness_0.7",
                                        "augment_ShearX_-0.2",
                                        "augment_ShearY_0.25",
                                        "augment_Solarize_110.0",
                                        "augment_TranslateX_-7.0",
                                        "augment_TranslateX_12.0",
                                        "augment_TranslateY_5.0",
                                        "brightness_0.4",
                                        "brightness_1.0",
                                        "contrast_1.0",
                                        "contrast_1.7",
                                        "hue_-0.3",
                                        "saturation_0.4",
                                        "saturation_1.0",
                                        NULL };
    run_goldens(list);
}

/* What leaves pictures of every shape as they were. */
static void test_identities(void)
{
    static const struct {
        uint32_t op;
        double magnitude;
    } none[] = {
        { RN_AUGMENT_IDENTITY, 0 },    { RN_AUGMENT_SHEAR_X, 0 },   { RN_AUGMENT_SHEAR_Y, 0 },
        { RN_AUGMENT_TRANSLATE_X, 0 }, { RN_AUGMENT_ROTATE, 0 },    { RN_AUGMENT_ROTATE, 360 },
        { RN_AUGMENT_BRIGHTNESS, 0 },  { RN_AUGMENT_COLOR, 0 },     { RN_AUGMENT_CONTRAST, 0 },
        { RN_AUGMENT_SHARPNESS, 0 },   { RN_AUGMENT_POSTERIZE, 8 }, { RN_AUGMENT_SOLARIZE, 256 },
    };
    static const rn_size sizes[] = { { 1, 1 }, { 1, 9 }, { 9, 1 }, { 3, 3 }, { 13, 8 } };
    rn_picture before = { 0 }, after = { 0 };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        for (size_t j = 0; j < 2 * sizeof sizes / sizeof *sizes; j++) {
            make(&before, sizes[j / 2], j % 2 ? 3 : 1, false);
            make(&after, sizes[j / 2], j % 2 ? 3 : 1, false);
            run(none[i].op, none[i].magnitude, &after);
            CU_ASSERT_EQUAL(distance(&after, before.bytes), 0);
        }
    make(&before, sizes[4], 1, false);
    make(&after, sizes[4], 1, false);
    rn_colour_turn_hue(&after, 0.4);
    rn_colour_saturate(&after, 0.1);
    rn_colour_grey(&after);
    CU_ASSERT_EQUAL(distance(&after, before.bytes), 0); /* grey pictures have no colour */
    rn_picture_clear(&before);
    rn_picture_clear(&after);
}

/* torchvision 0.29.2, transforms/autoaugment.py, _augmentation_space of RandAugment and of
 * TrivialAugmentWide: the ends of torch.linspace(first, last, 31), for a picture of 331x662. */
static void test_magnitudes(void)
{
    static const struct {
        rn_augment_op op;
        double rand_first, rand_last, wide_first, wide_last;
    } table[] = {
        { RN_AUGMENT_IDENTITY, 0, 0, 0, 0 },        { RN_AUGMENT_SHEAR_X, 0, 0.3, 0, 0.99 },
        { RN_AUGMENT_SHEAR_Y, 0, 0.3, 0, 0.99 },    { RN_AUGMENT_TRANSLATE_X, 0, 300, 0, 32 },
        { RN_AUGMENT_TRANSLATE_Y, 0, 150, 0, 32 },  { RN_AUGMENT_ROTATE, 0, 30, 0, 135 },
        { RN_AUGMENT_BRIGHTNESS, 0, 0.9, 0, 0.99 }, { RN_AUGMENT_COLOR, 0, 0.9, 0, 0.99 },
        { RN_AUGMENT_CONTRAST, 0, 0.9, 0, 0.99 },   { RN_AUGMENT_SHARPNESS, 0, 0.9, 0, 0.99 },
        { RN_AUGMENT_SOLARIZE, 255, 0, 255, 0 },    { RN_AUGMENT_AUTOCONTRAST, 0, 0, 0, 0 },
        { RN_AUGMENT_EQUALIZE, 0, 0, 0, 0 },
    };
    /* 8 - (torch.arange(31) / (30 / 4)).round(), and the same by 30 / 6. */
    static const char rand_bits[] = "8888777777776666666555555554444";
    static const char wide_bits[] = "8887777766666555554444433333222";
    const rn_size size = { 331, 662 };
    for (int bin = 0; bin < 31; bin++) {
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
            double rand_step = (table[i].rand_last - table[i].rand_first) / 30;
            double wide_step = (table[i].wide_last - table[i].wide_first) / 30;
            double rand = rn_augment_magnitude(RN_AUGMENT_RAND, table[i].op, bin, size);
            double wide = rn_augment_magnitude(RN_AUGMENT_WIDE, table[i].op, bin, size);
            CU_ASSERT_DOUBLE_EQUAL(rand, table[i].rand_first + bin * rand_step, 3e-5);
            CU_ASSERT_DOUBLE_EQUAL(wide, table[i].wide_first + bin * wide_step, 3e-6);
        }
        CU_ASSERT_EQUAL(rn_augment_magnitude(RN_AUGMENT_RAND, RN_AUGMENT_POSTERIZE, bin, size),
                        rand_bits[bin] - '0');
        CU_ASSERT_EQUAL(rn_augment_magnitude(RN_AUGMENT_WIDE, RN_AUGMENT_POSTERIZE, bin, size),
                        wide_bits[bin] - '0');
    }
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "equal to Pillow", test_pillow },
        { "equal to torchvision", test_torchvision },
        { "equal to torchvision: more", test_torchvision_more },
        { "what changes nothing", test_identities },
        { "magnitudes", test_magnitudes },
        CU_TEST_INFO_NULL,
    };
    return check_run("colour", tests);
}
