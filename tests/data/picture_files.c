/* picture_files.c: files of pictures, read and decoded, for tests of decoding. */
#include "data/picture_files.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"
#include "support/check.h"

#define CORPUS "tests/fuzz/corpus/decode/"
#define MAX_PIXELS (1 << 20)

struct file read_file(const char *path)
{
    struct file file = { 0 };
    CU_ASSERT_EQUAL_FATAL(rn_file_read(path, &file.bytes, &file.size), RN_OK);
    return file;
}

struct file read_corpus(const char *name)
{
    char path[CHECK_PATH_MAX], in_tree[256];
    snprintf(in_tree, sizeof in_tree, CORPUS "%s", name);
    return read_file(check_source(path, in_tree));
}

rn_decoder *make_decoder(int64_t channels, bool exif)
{
    rn_decoder *decoder = NULL;
    rn_decode_options options = { .channels = channels, .max_pixels = MAX_PIXELS, .exif = exif };
    CU_ASSERT_EQUAL_FATAL(rn_decoder_create(&options, &decoder), RN_OK);
    return decoder;
}

rn_status decode(rn_decoder *decoder, struct file file, int32_t shrink, rn_picture *picture)
{
    rn_picture_header header;
    rn_status status = rn_decode_header(decoder, file.bytes, file.size, &header);
    if (status)
        return status;
    return rn_decode_pixels(decoder, rn_window_all(header.size), shrink, picture);
}

bool same_pixels(const rn_picture *part, const rn_picture *whole, rn_window wanted)
{
    rn_window has = part->window;
    int64_t n = part->channels;
    if (has.top > wanted.top || has.left > wanted.left ||
        has.top + has.height < wanted.top + wanted.height ||
        has.left + has.width < wanted.left + wanted.width)
        return false;
    for (int64_t y = wanted.top; y < wanted.top + wanted.height; y++) {
        const uint8_t *a = part->bytes + ((y - has.top) * has.width + wanted.left - has.left) * n;
        const uint8_t *b = whole->bytes + (y * whole->full.width + wanted.left) * n;
        for (int64_t i = 0; i < wanted.width * n; i++)
            if (abs(a[i] - b[i]) > 1)
                return false;
    }
    return true;
}
