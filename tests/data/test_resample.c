/* test_resample.c: compares resizing with Pillow, byte for byte (tests/data/make_resize.py), and
 * parts of results with the whole. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "data/draw.h"
#include "data/resample.h"
#include "io/file.h"
#include "support/check.h"

struct resize_case {
    uint32_t pattern, from_height, from_width, to_height, to_width, kept, crc;
};

/* As in make_resize.py; every channel has the same values. */
static void fill_picture(const struct resize_case *c, int64_t channels, rn_picture *picture)
{
    const rn_size size = { c->from_height, c->from_width };
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(picture, RN_PICTURE_U8, channels, size), RN_OK);
    for (uint32_t y = 0; y < c->from_height; y++)
        for (uint32_t x = 0; x < c->from_width; x++) {
            uint64_t i = (uint64_t)y * c->from_width + x;
            uint64_t noise = (i * 1103515245u + 12345u) % (1u << 31) >> 23;
            uint64_t value = c->pattern ? 255 * ((y / 3 + x / 2) % 2) : noise;
            memset(picture->bytes + i * (uint64_t)channels, (int)value, (size_t)channels);
        }
}

static rn_resample whole(rn_filter filter, const rn_picture *from, rn_size to)
{
    return (rn_resample){
        .filter = filter, .antialias = true, .source = rn_window_all(from->full), .to = to
    };
}

/* Leaves channel `channel` in the first bytes. */
static void keep_channel(rn_picture *picture, int64_t channel)
{
    size_t count = rn_picture_count(picture) / (size_t)picture->channels;
    for (size_t i = 0; i < count; i++)
        picture->bytes[i] = picture->bytes[i * (size_t)picture->channels + (size_t)channel];
}

static void run_case(const struct resize_case *c, const uint8_t *expected, int64_t channels)
{
    rn_picture from = { 0 }, to = { 0 };
    const rn_size size = { c->to_height, c->to_width };
    fill_picture(c, channels, &from);
    rn_resample resample = whole(RN_FILTER_BILINEAR, &from, size);
    CU_ASSERT_EQUAL_FATAL(rn_resample_run(&resample, rn_window_all(size), &from, &to), RN_OK);
    keep_channel(&to, channels - 1);
    bool equal = memcmp(to.bytes, expected, c->kept) == 0 &&
                 crc32(0, to.bytes, c->to_height * c->to_width) == c->crc;
    if (!equal)
        check_note("pattern %u, %ux%u to %ux%u of %d channels differs from Pillow", c->pattern,
                   c->from_height, c->from_width, c->to_height, c->to_width, (int)channels);
    CU_ASSERT(equal);
    rn_picture_clear(&from);
    rn_picture_clear(&to);
}

static void test_pillow(void)
{
    char path[CHECK_PATH_MAX];
    uint8_t *data = NULL;
    uint64_t size = 0, at = 0;
    int n = 0;
    CU_ASSERT_EQUAL_FATAL(rn_file_read(check_source(path, "tests/data/resize.bin"), &data, &size),
                          RN_OK);
    for (; at + sizeof(struct resize_case) <= size; n++) {
        struct resize_case c;
        memcpy(&c, data + at, sizeof c);
        at += sizeof c;
        run_case(&c, data + at, 1);
        run_case(&c, data + at, 3);
        run_case(&c, data + at, 5);
        at += c.kept;
    }
    CU_ASSERT_EQUAL(at, size);
    CU_ASSERT_EQUAL(n, 38);
    free(data);
}

static void fill_noise(rn_draw *draw, rn_picture *picture)
{
    for (size_t i = 0; i < rn_picture_count(picture); i++)
        picture->bytes[i] = (uint8_t)rn_draw_below(draw, 256);
}

/* Copies a window out of a picture. */
static void cut(const rn_picture *from, rn_window window, rn_picture *to)
{
    CU_ASSERT_EQUAL_FATAL(rn_picture_make_window(to, from->type, from->channels, from->full,
                                                 window),
                          RN_OK);
    size_t row = (size_t)(window.width * from->channels);
    for (int64_t y = 0; y < window.height; y++) {
        int64_t pixel = (window.top - from->window.top + y) * from->window.width + window.left -
                        from->window.left;
        memcpy(to->bytes + (size_t)y * row, from->bytes + pixel * from->channels, row);
    }
}

static bool is_equal(const rn_picture *a, const rn_picture *b)
{
    return rn_picture_count(a) == rn_picture_count(b) &&
           memcmp(a->bytes, b->bytes, rn_picture_count(a)) == 0;
}

static rn_window random_window(rn_draw *draw, rn_size size)
{
    rn_window window = { .height = 1 + rn_draw_below(draw, size.height),
                         .width = 1 + rn_draw_below(draw, size.width) };
    window.top = rn_draw_below(draw, size.height - window.height + 1);
    window.left = rn_draw_below(draw, size.width - window.width + 1);
    return window;
}

static rn_size random_size(rn_draw *draw, int64_t most)
{
    return (rn_size){ 1 + rn_draw_below(draw, most), 1 + rn_draw_below(draw, most) };
}

/* A random part of a random part's resize, made from no more than it needs, is the same as cut from
 * the whole result. */
static void check_part(rn_draw *draw)
{
    rn_picture picture = { 0 }, source = { 0 }, all = { 0 }, needed = { 0 }, part = { 0 },
               expected = { 0 };
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(&picture, RN_PICTURE_U8, 1 + rn_draw_below(draw, 4),
                                          random_size(draw, 90)),
                          RN_OK);
    fill_noise(draw, &picture);
    rn_resample resample = { .filter = (rn_filter)(1 + rn_draw_below(draw, 4)),
                             .antialias = rn_draw_happens(draw, 0.7),
                             .source = random_window(draw, picture.full),
                             .to = random_size(draw, 90) };
    if (rn_draw_happens(draw, 0.2))
        resample.to.width = resample.source.width;
    if (rn_draw_happens(draw, 0.2))
        resample.to.height = resample.source.height;
    rn_window wanted = random_window(draw, resample.to);

    cut(&picture, resample.source, &source);
    source.full = (rn_size){ resample.source.height, resample.source.width };
    source.window = rn_window_all(source.full);
    rn_resample alone = resample;
    alone.source = source.window;
    CU_ASSERT_EQUAL(rn_resample_run(&alone, rn_window_all(resample.to), &source, &all), RN_OK);
    cut(&all, wanted, &expected);

    cut(&picture, rn_resample_needs(&resample, wanted), &needed);
    CU_ASSERT_EQUAL(rn_resample_run(&resample, wanted, &needed, &part), RN_OK);
    CU_ASSERT(is_equal(&part, &expected));
    rn_picture *const pictures[] = { &picture, &source, &all, &needed, &part, &expected };
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        rn_picture_clear(pictures[i]);
}

static void test_parts(void)
{
    rn_draw draw = { .seed = 1 };
    for (int i = 0; i < 2000; i++)
        check_part(&draw);
}

static void test_sizes(void)
{
    rn_picture from = { 0 }, to = { 0 };
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(&from, RN_PICTURE_U8, 1, (rn_size){ 1, 1 }), RN_OK);
    rn_resample resample = whole(RN_FILTER_BILINEAR, &from, (rn_size){ -3, 1 });
    rn_window wanted = { .height = 1, .width = 1 };
    CU_ASSERT(check_failed(rn_resample_run(&resample, wanted, &from, &to), RN_E_DATA, "-3x1"));
    resample.to = (rn_size){ 1, INT64_MAX };
    CU_ASSERT(
        check_failed(rn_resample_run(&resample, wanted, &from, &to), RN_E_DATA, "expected sides"));
    rn_picture_clear(&from);
    rn_picture_clear(&to);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "equal to Pillow", test_pillow },
        { "parts are equal to parts of the whole", test_parts },
        { "impossible sizes are refused", test_sizes },
        CU_TEST_INFO_NULL,
    };
    return check_run("resample", tests);
}
