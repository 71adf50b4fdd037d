/* test_augment.c: the transforms of colours that draw: what they draw, how often, and which part of
 * a picture they need. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/status.h"
#include "data/transforms/augment_ops.h"
#include "data/transforms/kind.h"
#include "support/check.h"

#define MAX_SETTINGS 4

/* A transform, and the pictures that it works on. */
typedef struct rig {
    const rn_transform_kind *kind;
    void *state;
    rn_picture picture, spare;
} rig;

static void open_rig(rig *r, const rn_transform_kind *kind, const rn_setting *settings, int count)
{
    const rn_transform_site site = { .channels = 3 };
    rn_attrs *attrs = NULL;
    *r = (rig){ .kind = kind, .state = calloc(1, kind->state_size + 1) };
    CU_ASSERT_EQUAL_FATAL(rn_attrs_from_settings(kind->attrs, kind->n_attrs, settings, count,
                                                 kind->name, &attrs),
                          RN_OK);
    CU_ASSERT_EQUAL_FATAL(kind->init(r->state, attrs, &site), RN_OK);
    rn_attrs_destroy(attrs);
}

static void close_rig(rig *r)
{
    free(r->state);
    rn_picture_clear(&r->picture);
    rn_picture_clear(&r->spare);
}

static rn_draw draw_of(int64_t sample)
{
    return (rn_draw){ .seed = 7, .epoch = 1, .sample = sample };
}

static uint8_t noise(int64_t i)
{
    return (uint8_t)((uint64_t)i * 2654435761u >> 24);
}

/* Runs the transform on a window of a picture of noise. */
static void run_noise(rig *r, int64_t sample, rn_size size, rn_window window)
{
    rn_picture *p = &r->picture;
    CU_ASSERT_EQUAL_FATAL(rn_picture_make_window(p, RN_PICTURE_U8, 3, size, window), RN_OK);
    for (int64_t y = 0, to = 0; y < window.height; y++)
        for (int64_t x = 0; x < window.width * 3; x++)
            p->bytes[to++] = noise(((y + window.top) * size.width + window.left) * 3 + x);
    CU_ASSERT_EQUAL(r->kind->apply(r->state, draw_of(sample), window, p, &r->spare), RN_OK);
}

/* Runs it on one picture of one row. */
static const uint8_t *run_row(rig *r, int64_t sample, const uint8_t *bytes, int64_t width)
{
    const rn_size size = { 1, width };
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(&r->picture, RN_PICTURE_U8, 3, size), RN_OK);
    memcpy(r->picture.bytes, bytes, (size_t)width * 3);
    CU_ASSERT_EQUAL(r->kind->apply(r->state, draw_of(sample), rn_window_all(size), &r->picture,
                                   &r->spare),
                    RN_OK);
    return r->picture.bytes;
}

static void test_grayscale(void)
{
    const rn_setting share = rn_set_float("probability", 0.2);
    const uint8_t red[] = { 255, 0, 0 };
    int n_grey = 0;
    rig r;
    open_rig(&r, &rn_transform_grayscale, NULL, 0);
    CU_ASSERT_EQUAL(run_row(&r, 0, red, 1)[1], 76); /* 0.299 * 255 */
    close_rig(&r);
    open_rig(&r, &rn_transform_grayscale, &share, 1);
    for (int i = 0; i < 10000; i++)
        n_grey += run_row(&r, i, red, 1)[0] == 76;
    CU_ASSERT(n_grey > 1800 && n_grey < 2200); /* five standard deviations */
    close_rig(&r);
}

/* Brightness is uniform between its ends, of which the lower is not negative. */
static void test_jitter_brightness(void)
{
    const struct {
        double strength, low, high;
    } cases[] = { { 0.4, 60, 140 }, { 1.5, 0, 250 } };
    const uint8_t grey[] = { 100, 100, 100 };
    for (int k = 0; k < 2; k++) {
        const rn_setting setting = rn_set_float("brightness", cases[k].strength);
        double width = cases[k].high - cases[k].low, sum = 0;
        int low = 255, high = 0;
        rig r;
        open_rig(&r, &rn_transform_color_jitter, &setting, 1);
        for (int i = 0; i < 4000; i++) {
            int value = run_row(&r, i, grey, 1)[0];
            low = value < low ? value : low;
            high = value > high ? value : high;
            sum += value + 0.5; /* blends do not round */
        }
        CU_ASSERT(low >= cases[k].low && low <= cases[k].low + 0.02 * width);
        CU_ASSERT(high <= cases[k].high && high >= cases[k].high - 0.02 * width);
        CU_ASSERT_DOUBLE_EQUAL(sum / 4000, (cases[k].low + cases[k].high) / 2, 0.03 * width);
        close_rig(&r);
    }
}

/* Red turns as far to yellow as to magenta. */
static void test_jitter_hue(void)
{
    const rn_setting setting = rn_set_float("hue", 0.1);
    const uint8_t red[] = { 255, 0, 0 };
    int green = 0, blue = 0, n_green = 0;
    rig r;
    open_rig(&r, &rn_transform_color_jitter, &setting, 1);
    for (int i = 0; i < 4000; i++) {
        const uint8_t *rgb = run_row(&r, i, red, 1);
        CU_ASSERT(rgb[0] == 255 && (rgb[1] == 0 || rgb[2] == 0));
        green = rgb[1] > green ? rgb[1] : green;
        blue = rgb[2] > blue ? rgb[2] : blue;
        n_green += rgb[1] > 0;
    }
    /* 6 * 0.1 * 255 = 153, in steps of 6; hues are bytes, of which 255 and 0 are the same. */
    CU_ASSERT(green >= 147 && green <= 153);
    CU_ASSERT(blue >= 141 && blue <= 147);
    CU_ASSERT_DOUBLE_EQUAL(n_green / 4000.0, 0.48, 0.04);
    close_rig(&r);
}

/* Brightness by f > 1 leaves 0 and 255 alone, so that contrast by c < 1 then makes 128 (1 - c) and
 * 128 + 127 c of them; in the other order both are larger. That is a quarter of what is drawn, in
 * half of the orders. */
static void test_jitter_order(void)
{
    const rn_setting settings[] = { rn_set_float("brightness", 1), rn_set_float("contrast", 1) };
    const uint8_t ends[] = { 0, 0, 0, 255, 255, 255 };
    int n_brightness_first = 0;
    rig r;
    open_rig(&r, &rn_transform_color_jitter, settings, 2);
    for (int i = 0; i < 8000; i++) {
        const uint8_t *pair = run_row(&r, i, ends, 2);
        double contrast = (pair[3] - 128) / 127.0;
        if (pair[0] > 0 && pair[3] < 255 && abs(pair[0] - (int)(128 * (1 - contrast))) <= 1)
            n_brightness_first++;
    }
    CU_ASSERT_DOUBLE_EQUAL(n_brightness_first / 8000.0, 0.125, 0.02);
    close_rig(&r);
}

#define MAX_RESULTS 1024

static const rn_size small = { 17, 23 };

static uLong sum_of(const rn_picture *picture)
{
    return crc32(0, picture->bytes, (uInt)rn_picture_count(picture));
}

/* What every operation makes of the small picture, with every magnitude and sign. */
static int list_results(rn_augment_space space, int first_bin, int end_bin, uLong *sums)
{
    rig r = { .kind = &rn_transform_grayscale, .state = calloc(1, sizeof(double)) };
    int n = 0;
    for (int op = 0; op < RN_AUGMENT_OPS; op++)
        for (int bin = first_bin; bin < end_bin; bin++)
            for (int sign = -1; sign <= 1; sign += 2) {
                double by = rn_augment_magnitude(space, (rn_augment_op)op, bin, small);
                if (sign < 0 && (op == RN_AUGMENT_POSTERIZE || op == RN_AUGMENT_SOLARIZE))
                    continue;
                run_noise(&r, 0, small, rn_window_all(small)); /* with probability 0: noise */
                rn_augment_run((rn_augment_op)op, sign * by, &r.picture, &r.spare);
                sums[n++] = sum_of(&r.picture);
            }
    close_rig(&r);
    return n;
}

/* The transform makes these results, all of them, and no others. */
static void compare_results(rig *r, const uLong *sums, int n)
{
    bool *seen = calloc((size_t)n, sizeof *seen);
    int n_unknown = 0, n_missing = 0;
    for (int sample = 0; sample < 20000; sample++) {
        bool is_known = false;
        run_noise(r, sample, small, rn_window_all(small));
        uLong sum = sum_of(&r->picture);
        for (int i = 0; i < n; i++)
            if (sums[i] == sum)
                seen[i] = is_known = true;
        n_unknown += !is_known;
    }
    for (int i = 0; i < n; i++)
        n_missing += !seen[i];
    CU_ASSERT_EQUAL(n_unknown, 0);
    CU_ASSERT_EQUAL(n_missing, 0);
    free(seen);
}

static void test_trivial_augment(void)
{
    uLong sums[MAX_RESULTS];
    rig r;
    open_rig(&r, &rn_transform_trivial_augment, NULL, 0);
    compare_results(&r, sums, list_results(RN_AUGMENT_WIDE, 0, RN_AUGMENT_BINS, sums));
    close_rig(&r);
}

static void test_rand_augment(void)
{
    const rn_setting settings[] = { rn_set_int("num_ops", 1), rn_set_int("magnitude", 20) };
    uLong sums[MAX_RESULTS];
    rig r;
    open_rig(&r, &rn_transform_rand_augment, settings, 2);
    compare_results(&r, sums, list_results(RN_AUGMENT_RAND, 20, 21, sums));
    close_rig(&r);
}

/* Operations are equally likely, and so are signs. */
static void test_draws(void)
{
    int n_op[RN_AUGMENT_OPS] = { 0 }, n_minus = 0, n_signed = 0;
    for (int sample = 0; sample < 28000; sample++) {
        rn_draw draw = draw_of(sample);
        rn_augment_op op = rn_augment_draw(&draw);
        int sign = rn_augment_draw_sign(&draw, op);
        n_op[op]++;
        if (op >= RN_AUGMENT_SHEAR_X && op <= RN_AUGMENT_SHARPNESS) {
            n_signed++;
            n_minus += sign < 0;
        } else {
            CU_ASSERT_EQUAL(sign, 1);
        }
    }
    for (int op = 0; op < RN_AUGMENT_OPS; op++)
        CU_ASSERT(n_op[op] > 1780 && n_op[op] < 2220); /* 2000, and five standard deviations */
    CU_ASSERT_DOUBLE_EQUAL((double)n_minus / n_signed, 0.5, 0.02);
}

/* The part that is needed gives the same pixels as the whole, and is not always the whole. */
static void check_window(rig *r)
{
    const rn_window wanted = { .top = 3, .left = 5, .height = 6, .width = 9 };
    rn_picture whole = { 0 };
    int n_whole = 0;
    for (int sample = 0; sample < 300; sample++) {
        rn_window window = r->kind->needs(r->state, draw_of(sample), small, wanted);
        n_whole += window.height == small.height;
        run_noise(r, sample, small, rn_window_all(small));
        rn_picture_swap(&whole, &r->picture);
        run_noise(r, sample, small, window);
        for (int64_t y = 0; y < wanted.height; y++) {
            int64_t at_y = wanted.top + y - window.top, at_x = wanted.left - window.left;
            const uint8_t *part = r->picture.bytes + (at_y * window.width + at_x) * 3;
            const uint8_t *all = whole.bytes + ((wanted.top + y) * small.width + wanted.left) * 3;
            CU_ASSERT_EQUAL(memcmp(part, all, (size_t)wanted.width * 3), 0);
        }
    }
    CU_ASSERT(n_whole < 300);
    rn_picture_clear(&whole);
    close_rig(r);
}

static void test_windows(void)
{
    const rn_setting jitter[] = { rn_set_float("brightness", 0.4), rn_set_float("saturation", 0.4),
                                  rn_set_float("hue", 0.1) };
    const rn_setting contrast = rn_set_float("contrast", 0.4);
    rig r;
    open_rig(&r, &rn_transform_color_jitter, jitter, 3);
    check_window(&r);
    open_rig(&r, &rn_transform_grayscale, NULL, 0);
    check_window(&r);
    open_rig(&r, &rn_transform_trivial_augment, NULL, 0);
    check_window(&r);
    open_rig(&r, &rn_transform_rand_augment, NULL, 0);
    check_window(&r);
    open_rig(&r, &rn_transform_color_jitter, &contrast, 1);
    rn_window all = r.kind->needs(r.state, draw_of(0), small, (rn_window){ 0, 0, 1, 1 });
    CU_ASSERT_EQUAL(all.height, small.height); /* for the mean */
    close_rig(&r);
}

static void test_channels(void)
{
    char name[] = "a.cfg", key[] = "train";
    const rn_tree node = { .type = RN_TREE_GROUP, .key = key, .file = name, .line = 4 };
    const rn_transform_site site = { .node = &node, .channels = 4 };
    CU_ASSERT(check_failed(rn_transform_trivial_augment.init(NULL, NULL, &site), RN_E_CONFIG,
                           "a.cfg:4: trivial_augment: the pictures have 4 channels"));
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "grayscale", test_grayscale },
        { "color_jitter: brightness", test_jitter_brightness },
        { "color_jitter: hue", test_jitter_hue },
        { "color_jitter: order", test_jitter_order },
        { "trivial_augment", test_trivial_augment },
        { "rand_augment", test_rand_augment },
        { "draws of operations", test_draws },
        { "windows", test_windows },
        { "other channels are refused", test_channels },
        CU_TEST_INFO_NULL,
    };
    return check_run("augment", tests);
}
