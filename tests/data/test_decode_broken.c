/* test_decode_broken.c: files that are broken, cut, too large or no pictures are refused, and leave
 * no traces. */
#include <stdlib.h>
#include <string.h>

#include "data/picture_files.h"
#include "support/check.h"

/* Runs a broken file. The message is one line. */
static bool refused(rn_decoder *decoder, struct file file, const char *words)
{
    rn_picture picture = { 0 };
    rn_status status = decode(decoder, file, 1, &picture);
    rn_picture_clear(&picture);
    return check_failed(status, RN_E_DATA, words);
}

static void test_cut(void)
{
    static const char *const names[] = {
        "420.jpg",    "progressive.jpg",     "cmyk.jpg",    "exif6.jpg",
        "rgb.png",    "rgb8_interlaced.png", "palette.png",
#ifdef HAVE_WEBP
        "lossy.webp", "lossless.webp",
#endif
    };
    rn_decoder *decoder = make_decoder(3, true);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct file file = read_corpus(names[i]);
        for (uint64_t size = 12; size < file.size; size++) {
            bool found = refused(decoder, (struct file){ file.bytes, size }, "at byte ");
            if (!found)
                check_note("%s, cut after %d of %d bytes", names[i], (int)size, (int)file.size);
            CU_ASSERT(found);
        }
        free(file.bytes);
    }
    rn_decoder_destroy(decoder);
}

#define SCAN_SIZE 11

/* A progressive JPEG of one grey block; each of its scans brings the mean once more. */
static size_t make_scans(uint8_t *file, int n_scans)
{
    static const uint8_t table[] = { 0xff, 0xdb, 0, 67, 0 };
    static const uint8_t frame[] = { 0xff, 0xc2, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0 };
    static const uint8_t code[22] = { 0xff, 0xc4, 0, 20, 0, 1 };
    static const uint8_t scan[SCAN_SIZE] = { 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0x7f };
    uint8_t *at = file;
    at = mempcpy(at, "\xff\xd8", 2);
    at = mempcpy(at, table, sizeof table);
    memset(at, 1, 64);
    at = mempcpy(at + 64, frame, sizeof frame);
    at = mempcpy(at, code, sizeof code);
    while (n_scans-- > 0)
        at = mempcpy(at, scan, sizeof scan);
    at = mempcpy(at, "\xff\xd9", 2);
    return (size_t)(at - file);
}

static void test_scans(void)
{
    uint8_t bytes[SCAN_SIZE * 600 + 200];
    rn_picture picture = { 0 };
    rn_decoder *decoder = make_decoder(1, false);
    CU_ASSERT_EQUAL(decode(decoder, (struct file){ bytes, make_scans(bytes, 400) }, 1, &picture),
                    RN_OK);
    CU_ASSERT_EQUAL(picture.bytes[63], 128);
    CU_ASSERT(
        refused(decoder, (struct file){ bytes, make_scans(bytes, 600) }, "it has too many scans"));
    rn_picture_clear(&picture);
    rn_decoder_destroy(decoder);
}

/* A file that is broken, or was cut, below the part that is wanted. */
static void test_broken_below(void)
{
    rn_picture picture = { 0 };
    rn_picture_header header;
    rn_decoder *decoder = make_decoder(3, false);
    struct file file = read_corpus("420.jpg");
    rn_window first = { .height = 1, .width = 1 };
    CU_ASSERT_EQUAL(rn_decode_header(decoder, file.bytes, file.size, &header), RN_OK);
    CU_ASSERT_EQUAL(rn_decode_pixels(decoder, first, 1, &picture), RN_OK);
    CU_ASSERT_EQUAL(rn_decode_header(decoder, file.bytes, file.size - 2, &header), RN_OK);
    CU_ASSERT(check_failed(rn_decode_pixels(decoder, first, 1, &picture), RN_E_DATA, "ends early"));
    memcpy(file.bytes + file.size - 12, "\xff\xd9", 2);
    CU_ASSERT_EQUAL(rn_decode_header(decoder, file.bytes, file.size, &header), RN_OK);
    CU_ASSERT(
        check_failed(rn_decode_pixels(decoder, first, 1, &picture), RN_E_DATA, "broken JPEG"));
    rn_picture_clear(&picture);
    rn_decoder_destroy(decoder);
    free(file.bytes);
}

static void test_refused(void)
{
    static const char gif[] = "GIF89a\1\0\1\0", jpeg[] = "\xff\xd8\xff\xe0";
    rn_decoder *decoder = make_decoder(3, false);
    struct file file = read_corpus("rgb.png");
    CU_ASSERT(refused(decoder, (struct file){ (uint8_t *)gif, 0 }, "empty"));
    CU_ASSERT(refused(decoder, (struct file){ (uint8_t *)gif, 10 }, "47 49 46 38"));
    CU_ASSERT(refused(decoder, (struct file){ (uint8_t *)jpeg, 4 }, "at byte 4 of 4"));
    CU_ASSERT(refused(decoder, (struct file){ file.bytes, 7 }, "no picture"));
    file.bytes[17] = 4; /* its width */
    CU_ASSERT(
        refused(decoder, file, "a PNG of 8x262163 pixels, more than data.max_pixels = 1048576"));
    file.bytes[16] = 0xff;
    CU_ASSERT(refused(decoder, file, "8x4278452243"));
    file.bytes[16] = file.bytes[17] = 0;
    file.bytes[50] ^= 1;
    CU_ASSERT(refused(decoder, file, "broken PNG, at byte "));
    free(file.bytes);
    rn_decoder_destroy(decoder);
}

/* What a decoder has read before, whole or broken, does not change what it reads next: here, a file
 * without tables of its own. */
static void test_order(void)
{
    static const char *const others[] = { "progressive.jpg", "optimised.jpg", "cmyk.jpg",
                                          "rgb.png" };
    rn_picture first = { 0 }, next = { 0 };
    rn_decoder *decoder = make_decoder(3, false);
    struct file file = read_corpus("tables.jpg");
    CU_ASSERT_EQUAL(decode(decoder, file, 1, &first), RN_OK);
    for (int i = 0; i < 8; i++) {
        struct file other = read_corpus(others[i / 2]);
        if (i % 2) { /* broken */
            memset(other.bytes + other.size / 2, 0xff, other.size / 4);
            CU_ASSERT(refused(decoder, other, "broken "));
        } else
            CU_ASSERT_EQUAL(decode(decoder, other, 1, &next), RN_OK);
        CU_ASSERT_EQUAL(decode(decoder, file, 1, &next), RN_OK);
        CU_ASSERT_EQUAL(memcmp(first.bytes, next.bytes, rn_picture_count(&first)), 0);
        free(other.bytes);
    }
    rn_picture_clear(&first);
    rn_picture_clear(&next);
    rn_decoder_destroy(decoder);
    free(file.bytes);
}

/* Bytes after a picture's end are not looked at, as by Pillow. */
static void test_trailing(void)
{
    static const char *const names[] = { "420.jpg", "progressive.jpg", "rgb.png" };
    rn_decoder *decoder = make_decoder(3, false);
    for (int i = 0; i < 3; i++) {
        rn_picture picture = { 0 };
        struct file file = read_corpus(names[i]);
        file.bytes = realloc(file.bytes, file.size + 9);
        memset(file.bytes + file.size, 0xa5, 9);
        file.size += 9;
        CU_ASSERT_EQUAL(decode(decoder, file, 1, &picture), RN_OK);
        rn_picture_clear(&picture);
        free(file.bytes);
    }
    rn_decoder_destroy(decoder);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "files that were cut are refused", test_cut },
        { "files that are broken below a part are refused", test_broken_below },
        { "what is no picture, or too large, is refused", test_refused },
        { "what was read before changes nothing", test_order },
        { "a JPEG of too many scans is refused", test_scans },
        { "bytes after the end are ignored", test_trailing },
        CU_TEST_INFO_NULL,
    };
    return check_run("decode_broken", tests);
}
