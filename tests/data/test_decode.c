/* test_decode.c: compares decoded pictures with what Pillow reads from the same files
 * (tests/data/make_decode.py, and golden files), and parts with whole pictures. */
#include <dirent.h>
#include <resnet/random.h>
#include <stdlib.h>
#include <string.h>

#include "data/picture_files.h"
#include "io/safetensors.h"
#include "support/check.h"

/* Compares every `step`th byte of a picture. */
static bool near(const rn_picture *picture, const rn_named_tensor *expected, int64_t step)
{
    const uint8_t *values = expected->data;
    int64_t count = 1, size = (int64_t)rn_picture_count(picture);
    for (int32_t i = 0; i < expected->rank; i++)
        count *= expected->shape[i];
    if (count != (size + step - 1) / step)
        return false;
    for (int64_t i = 0; i < count; i++)
        if (abs(picture->bytes[i * step] - values[i]) > 1)
            return false;
    return true;
}

/* Decodes a file as Pillow's "rgb", "grey" or "upright". */
static void compare(struct file file, const char *kind, const rn_named_tensor *expected,
                    int64_t step)
{
    rn_picture picture = { 0 };
    int64_t channels = strncmp(kind, "grey", 4) == 0 ? 1 : 3;
    rn_decoder *decoder = make_decoder(channels, strncmp(kind, "upright", 7) == 0);
    rn_status status = decode(decoder, file, 1, &picture);
    bool equal = !status && picture.channels == channels && near(&picture, expected, step);
    if (!equal)
        check_note("%s differs from Pillow's", expected->name);
    CU_ASSERT(equal);
    rn_picture_clear(&picture);
    rn_decoder_destroy(decoder);
}

static void test_pillow(void)
{
    char path[CHECK_PATH_MAX];
    rn_safetensors *recorded = NULL;
    check_source(path, "tests/data/decode.safetensors");
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &recorded), RN_OK);
    CU_ASSERT(recorded->n_tensors > 80);
    for (int64_t i = 0; i < recorded->n_tensors; i++) {
        const rn_named_tensor *expected = &recorded->tensors[i];
        const char *name = strchr(expected->name, '/') + 1;
#ifndef HAVE_WEBP
        if (strstr(name, ".webp"))
            continue;
#endif
        struct file file = read_corpus(name);
        compare(file, expected->name, expected, 17);
        free(file.bytes);
    }
    rn_safetensors_destroy(recorded);
#ifndef HAVE_WEBP
    check_skip("WebP: libwebp was not there");
#endif
}

/* Golden files are pictures, and tensors of the same names. */
static void compare_golden(const char *folder, const char *name)
{
    static const char *const kinds[] = { "rgb", "upright" };
    char path[CHECK_PATH_MAX + 512];
    rn_safetensors *golden = NULL;
    snprintf(path, sizeof path, "%s/files/%s", folder, name);
    struct file file = read_file(path);
    snprintf(path, sizeof path, "%s/decoded/%s.safetensors", folder, name);
    CU_ASSERT_EQUAL_FATAL(rn_safetensors_read(path, &golden), RN_OK);
    for (int i = 0; i < 2; i++) {
        const rn_named_tensor *expected = rn_safetensors_find(golden, kinds[i]);
        if (expected)
            compare(file, kinds[i], expected, 1);
    }
    rn_safetensors_destroy(golden);
    free(file.bytes);
}

static int compare_folder(const char *folder)
{
    char path[CHECK_PATH_MAX + 16];
    int count = 0;
    snprintf(path, sizeof path, "%s/files", folder);
    DIR *files = opendir(path);
    for (struct dirent *entry; files && (entry = readdir(files));) {
        if (entry->d_name[0] == '.')
            continue;
#ifndef HAVE_WEBP
        if (strstr(entry->d_name, ".webp"))
            continue;
#endif
        compare_golden(folder, entry->d_name);
        count++;
    }
    if (files)
        closedir(files);
    return count;
}

static void test_golden(void)
{
    char path[CHECK_PATH_MAX];
    CU_ASSERT(compare_folder(check_source(path, "tests/golden/images")) >= 15);
}

static void test_more_golden(void)
{
    char path[CHECK_PATH_MAX];
    const char *folder = getenv("RESNET_GOLDEN");
    snprintf(path, sizeof path, "%s/images", folder ? folder : "");
    if (!folder || compare_folder(path) == 0)
        check_skip("%s has no files; set RESNET_GOLDEN to a folder that has more", path);
}

/* A number below `count`; each call gives another. */
static int64_t below(int64_t count)
{
    static uint64_t calls;
    int64_t value = (int64_t)(rn_random_uniform(1, 0, 0, calls++) * (float)count);
    return value < count ? value : count - 1;
}

/* Half of them are one pixel wide. */
static rn_window random_window(rn_size size)
{
    rn_window w = { .top = below(size.height), .left = below(size.width) };
    w.height = 1 + below(size.height - w.top);
    w.width = below(2) ? 1 : 1 + below(size.width - w.left);
    return w;
}

/* The pixels of the smaller picture that a window of the full one touches. */
static rn_window shrink_window(rn_window w, int32_t shrink)
{
    int64_t top = w.top / shrink, left = w.left / shrink;
    return (rn_window){ .top = top,
                        .left = left,
                        .height = (w.top + w.height + shrink - 1) / shrink - top,
                        .width = (w.left + w.width + shrink - 1) / shrink - left };
}

/* Decodes random parts, and returns how many pixels there were more than were asked for. */
static int64_t compare_parts(const char *name, struct file file, int64_t channels, int count)
{
    rn_picture whole = { 0 }, part = { 0 };
    rn_picture_header header;
    int64_t more = 0;
    rn_decoder *decoder = make_decoder(channels, false);
    for (int i = 0; i < count; i++) {
        int32_t shrink = 1 << i % 4;
        CU_ASSERT_EQUAL_FATAL(decode(decoder, file, shrink, &whole), RN_OK);
        CU_ASSERT_EQUAL(rn_decode_header(decoder, file.bytes, file.size, &header), RN_OK);
        rn_window wanted = random_window(header.size);
        CU_ASSERT_EQUAL_FATAL(rn_decode_pixels(decoder, wanted, shrink, &part), RN_OK);
        CU_ASSERT_EQUAL(part.shrunk, shrink);
        CU_ASSERT_EQUAL(part.full.height, (header.size.height + shrink - 1) / shrink);
        CU_ASSERT_EQUAL(part.full.width, (header.size.width + shrink - 1) / shrink);
        bool same = same_pixels(&part, &whole, shrink_window(wanted, shrink));
        if (!same)
            check_note("%s: a part of %dx%d pixels at %d, %d, %d times smaller, differs", name,
                       (int)wanted.height, (int)wanted.width, (int)wanted.top, (int)wanted.left,
                       shrink);
        CU_ASSERT(same);
        if (shrink == 1)
            more += part.window.height * part.window.width - wanted.height * wanted.width;
    }
    rn_picture_clear(&whole);
    rn_picture_clear(&part);
    rn_decoder_destroy(decoder);
    return more;
}

static void test_parts(void)
{
    static const char *const names[] = { "420.jpg", "422.jpg",  "444.jpg",         "440.jpg",
                                         "411.jpg", "grey.jpg", "progressive.jpg", "restarts.jpg",
                                         "rgb.jpg", "cmyk.jpg", "one.jpg" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct file file = read_corpus(names[i]);
        compare_parts(names[i], file, 3, 1000);
        compare_parts(names[i], file, 1, 100);
        free(file.bytes);
    }
}

static void test_golden_parts(void)
{
    static const char *const names[] = { "jpeg_420",  "jpeg_422",   "jpeg_444",         "jpeg_grey",
                                         "jpeg_tall", "jpeg_photo", "jpeg_progressive", "one_row" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[CHECK_PATH_MAX], name[256];
        snprintf(name, sizeof name, "images/files/%s.jpg", names[i]);
        if (!check_golden(path, name))
            return;
        struct file file = read_file(path);
        bool is_photo = strcmp(names[i], "jpeg_photo") == 0;
        int64_t more = compare_parts(names[i], file, 3, is_photo ? 100 : 400);
        if (is_photo) /* 25 of them; rows and columns of blocks around each */
            CU_ASSERT(more < 25 * 2 * 40 * (500 + 375));
        free(file.bytes);
    }
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "pixels are Pillow's", test_pillow },
        { "golden pixels are Pillow's", test_golden },
        { "and those of more golden files", test_more_golden },
        { "parts are those of whole pictures", test_parts },
        { "parts of golden files, too", test_golden_parts },
        CU_TEST_INFO_NULL,
    };
    return check_run("decode", tests);
}
