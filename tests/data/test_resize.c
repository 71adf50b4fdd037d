/* test_resize.c: compares resizing with Pillow, byte for byte (tests/data/make_resize.py). */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "data/resize.h"
#include "io/file.h"
#include "support/check.h"

struct resize_case {
    uint32_t pattern, from_height, from_width, to_height, to_width, kept, crc;
};

/* As in make_resize.py. */
static void fill_image(const struct resize_case *c, uint8_t *image)
{
    for (uint32_t y = 0; y < c->from_height; y++)
        for (uint32_t x = 0; x < c->from_width; x++) {
            uint64_t i = (uint64_t)y * c->from_width + x;
            uint64_t noise = (i * 1103515245u + 12345u) % (1u << 31) >> 23;
            image[i] = (uint8_t)(c->pattern ? 255 * ((y / 3 + x / 2) % 2) : noise);
        }
}

static void run_case(const struct resize_case *c, const uint8_t *expected)
{
    rn_resize *resize = NULL;
    size_t size = (size_t)c->to_height * c->to_width;
    uint8_t *image = malloc((size_t)c->from_height * c->from_width);
    uint8_t *scratch = malloc((size_t)c->from_height * c->to_width);
    uint8_t *result = malloc(size);
    fill_image(c, image);
    CU_ASSERT_EQUAL_FATAL(rn_resize_create(c->from_height, c->from_width, c->to_height, c->to_width,
                                           &resize),
                          RN_OK);
    rn_resize_plane(resize, image, result, scratch);
    bool equal = memcmp(result, expected, c->kept) == 0 && crc32(0, result, (uInt)size) == c->crc;
    if (!equal)
        check_note("pattern %u, %ux%u to %ux%u differs from Pillow", c->pattern, c->from_height,
                   c->from_width, c->to_height, c->to_width);
    CU_ASSERT(equal);
    rn_resize_destroy(resize);
    free(result);
    free(scratch);
    free(image);
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
        run_case(&c, data + at);
        at += c.kept;
    }
    CU_ASSERT_EQUAL(at, size);
    CU_ASSERT_EQUAL(n, 38);
    free(data);
}

static void test_sizes(void)
{
    rn_resize *resize = NULL;
    CU_ASSERT(check_failed(rn_resize_create(0, 1, 1, 1, &resize), RN_E_SHAPE, "0x1 pixels"));
    CU_ASSERT(check_failed(rn_resize_create(1, 1, -3, 1, &resize), RN_E_SHAPE, "-3x1"));
    CU_ASSERT(
        check_failed(rn_resize_create(1, INT64_MAX, 1, 1, &resize), RN_E_SHAPE, "expected sides"));
    CU_ASSERT_PTR_NULL(resize);
    rn_resize_destroy(NULL);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "equal to Pillow", test_pillow },
        { "impossible sizes are refused", test_sizes },
        CU_TEST_INFO_NULL,
    };
    return check_run("resize", tests);
}
