/* test_fuzz_decode.c: broken pictures are decoded or refused, and their parts are those of whole
 * ones. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/status.h"
#include "data/picture_files.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate.h"

#define MAX_PIXELS (1 << 14)

const char *const rn_fuzz_corpus = "tests/fuzz/corpus/decode";

static uint32_t number(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Corrects the checksums of a PNG, behind which nothing else would ever be tried. */
static void correct(uint8_t *bytes, size_t size)
{
    for (size_t at = 8; at < size && size - at >= 12;) {
        size_t length = number(bytes + at);
        if (length > size - at - 12)
            return;
        uint8_t *end = bytes + at + 8 + length;
        uint32_t sum = (uint32_t)crc32(0, bytes + at + 4, (uInt)length + 4);
        for (int i = 0; i < 4; i++)
            end[i] = (uint8_t)(sum >> (24 - 8 * i));
        at += 12 + length;
    }
}

static rn_window random_window(rn_size size, uint64_t *random)
{
    rn_window w = { .top = (int64_t)(mutate_random(random) % (uint64_t)size.height),
                    .left = (int64_t)(mutate_random(random) % (uint64_t)size.width) };
    w.height = 1 + (int64_t)(mutate_random(random) % (uint64_t)(size.height - w.top));
    w.width = 1 + (int64_t)(mutate_random(random) % (uint64_t)(size.width - w.left));
    return w;
}

/* The whole file; then a part of it, which may end before the file breaks; then a smaller one. */
static int try_file(rn_decoder *decoder, const uint8_t *file, size_t size, uint64_t random)
{
    rn_picture whole = { 0 }, part = { 0 };
    rn_picture_header header;
    int broken = 0;
    int32_t shrink = 1 << mutate_random(&random) % 4;
    if (rn_decode_header(decoder, file, size, &header) == RN_OK) {
        rn_window wanted = random_window(header.size, &random);
        rn_status status = rn_decode_pixels(decoder, rn_window_all(header.size), 1, &whole);
        if (rn_decode_header(decoder, file, size, &header))
            broken = 1;
        else if (rn_decode_pixels(decoder, wanted, 1, &part) == RN_OK)
            broken = !status && !same_pixels(&part, &whole, wanted);
        else
            broken = !status;
        if (!rn_decode_header(decoder, file, size, &header))
            rn_decode_pixels(decoder, wanted, shrink, &part);
    }
    rn_picture_clear(&whole);
    rn_picture_clear(&part);
    rn_fail_clear();
    return broken;
}

int rn_fuzz_one(const uint8_t *data, size_t size)
{
    rn_decoder *decoder = NULL;
    uint64_t random = size ? crc32(0, data, (uInt)size) : 0;
    uint64_t choice = mutate_random(&random);
    rn_decode_options options = { .channels = choice & 1 ? 1 : 3,
                                  .max_pixels = MAX_PIXELS,
                                  .exif = choice & 2,
                                  .fast = choice & 4 };
    if (rn_decoder_create(&options, &decoder))
        return 1;
    uint8_t *file = malloc(size ? size : 1);
    memcpy(file, data, size);
    if (size > 8 && file[0] == 0x89 && choice & 8)
        correct(file, size);
    int broken = try_file(decoder, file, size, random);
    rn_decoder_destroy(decoder);
    free(file);
    return broken;
}
