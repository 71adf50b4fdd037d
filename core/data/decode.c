/* decode.c: tells formats apart, refuses what is too large, and finishes what the libraries of
 * the formats have decoded: upright, grey. */
#include "data/decode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/decode/exif.h"
#include "data/decode/jpeg.h"
#include "data/decode/png.h"
#include "data/decode/webp.h"

struct rn_decoder {
    rn_decode_options options;
    rn_jpeg *jpeg;
    rn_picture turned; /* scratch */

    /* The file whose header was read last. */
    const uint8_t *file;
    size_t size;
    rn_size stored; /* its pixels, before it is turned */
    rn_picture_header header;
};

rn_status rn_decoder_create(const rn_decode_options *options, rn_decoder **out)
{
    rn_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return rn_fail(RN_E_NOMEM, "not enough memory for a decoder");
    decoder->options = *options;
    rn_status status = rn_jpeg_create(options->fast, &decoder->jpeg);
    if (status) {
        rn_decoder_destroy(decoder);
        return status;
    }
    *out = decoder;
    return RN_OK;
}

void rn_decoder_destroy(rn_decoder *decoder)
{
    if (!decoder)
        return;
    rn_jpeg_destroy(decoder->jpeg);
    rn_picture_clear(&decoder->turned);
    free(decoder);
}

const char *rn_picture_format_name(rn_picture_format format)
{
    switch (format) {
        case RN_FORMAT_JPEG: return "JPEG";
        case RN_FORMAT_PNG: return "PNG";
        case RN_FORMAT_WEBP: return "WebP";
    }
    return "unknown";
}

static rn_status tell_format(const uint8_t *file, size_t size, rn_picture_format *format)
{
    uint8_t start[12] = { 0 };
    memcpy(start, file, size < sizeof start ? size : sizeof start);
    if (memcmp(start, "\xff\xd8\xff", 3) == 0)
        *format = RN_FORMAT_JPEG;
    else if (memcmp(start, "\x89PNG\r\n\x1a\n", 8) == 0)
        *format = RN_FORMAT_PNG;
    else if (memcmp(start, "RIFF", 4) == 0 && memcmp(start + 8, "WEBP", 4) == 0)
        *format = RN_FORMAT_WEBP;
    else if (size == 0)
        return rn_fail(RN_E_DATA, "an empty file; expected a JPEG, PNG or WebP");
    else
        return rn_fail(
            RN_E_DATA,
            "no picture: byte 0 begins %02x %02x %02x %02x; expected a JPEG, PNG or WebP", start[0],
            start[1], start[2], start[3]);
    return RN_OK;
}

static rn_status read_size(rn_decoder *decoder, rn_picture_format format)
{
    const uint8_t *file = decoder->file;
    switch (format) {
        case RN_FORMAT_JPEG:
            return rn_jpeg_header(decoder->jpeg, file, decoder->size, &decoder->stored);
        case RN_FORMAT_PNG: return rn_png_header(file, decoder->size, &decoder->stored);
        case RN_FORMAT_WEBP: break;
    }
    return rn_webp_header(file, decoder->size, &decoder->stored);
}

rn_status rn_decode_header(rn_decoder *decoder, const uint8_t *file, size_t size,
                           rn_picture_header *header)
{
    decoder->file = file;
    decoder->size = size;
    rn_status status = tell_format(file, size, &header->format);
    if (!status)
        status = read_size(decoder, header->format);
    if (status)
        return status;
    rn_size stored = decoder->stored;
    if (stored.height > decoder->options.max_pixels / stored.width)
        return rn_fail(RN_E_DATA,
                       "a %s of %" PRId64 "x%" PRId64
                       " pixels, more than data.max_pixels = %" PRId64 " allows",
                       rn_picture_format_name(header->format), stored.height, stored.width,
                       decoder->options.max_pixels);
    header->orientation =
        decoder->options.exif ? rn_exif_orientation(header->format, file, size) : 1;
    header->size = stored;
    if (rn_exif_swaps(header->orientation))
        header->size = (rn_size){ .height = stored.width, .width = stored.height };
    decoder->header = *header;
    return RN_OK;
}

static rn_status read_pixels(rn_decoder *decoder, rn_window wanted, int32_t shrink,
                             rn_picture *picture)
{
    int64_t channels = decoder->options.channels;
    switch (decoder->header.format) {
        case RN_FORMAT_JPEG:
            return rn_jpeg_pixels(decoder->jpeg, wanted, shrink, channels, picture);
        case RN_FORMAT_PNG:
            return rn_png_pixels(decoder->file, decoder->size, decoder->stored, channels, picture);
        case RN_FORMAT_WEBP: break;
    }
    return rn_webp_pixels(decoder->file, decoder->size, decoder->stored, picture);
}

/* In place, as Pillow's convert("L"). */
static void make_grey(rn_picture *picture)
{
    size_t count = rn_picture_count(picture) / 3;
    const uint8_t *from = picture->bytes;
    for (size_t i = 0; i < count; i++, from += 3)
        picture->bytes[i] =
            (uint8_t)((from[0] * 19595 + from[1] * 38470 + from[2] * 7471 + 0x8000) >> 16);
    picture->channels = 1;
}

rn_status rn_decode_pixels(rn_decoder *decoder, rn_window wanted, int32_t shrink,
                           rn_picture *picture)
{
    int32_t orientation = decoder->header.orientation;
    rn_picture *stored = picture;
    if (orientation != 1) {
        stored = &decoder->turned;
        wanted = rn_window_all(decoder->stored);
    }
    rn_status status = read_pixels(decoder, wanted, shrink, stored);
    if (status)
        return status;
    if (stored->channels != decoder->options.channels)
        make_grey(stored);
    return orientation == 1 ? RN_OK : rn_exif_turn(stored, orientation, picture);
}
