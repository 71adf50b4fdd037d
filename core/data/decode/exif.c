/* exif.c: how EXIF says that a picture is to be turned, and turning it. */
#include "data/decode/exif.h"

#include <string.h>

#define ORIENTATION_TAG 0x0112
#define TYPE_SHORT 3

/* Bytes of a file, in one order or the other. */
struct part {
    const uint8_t *bytes;
    size_t size;
    bool is_little;
};

/* A number of 2 or 4 bytes; 0 beyond the end. */
static uint32_t number(struct part part, size_t at, size_t length)
{
    uint32_t value = 0;
    if (at > part.size || part.size - at < length)
        return 0;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | part.bytes[at + (part.is_little ? length - 1 - i : i)];
    return value;
}

static bool starts(struct part part, size_t at, const char *words, size_t length)
{
    return at <= part.size && part.size - at >= length &&
           memcmp(part.bytes + at, words, length) == 0;
}

/* The TIFF structure in which EXIF stores its tags. */
static int32_t tiff_orientation(struct part tiff)
{
    tiff.is_little = starts(tiff, 0, "II*\0", 4);
    if (!tiff.is_little && !starts(tiff, 0, "MM\0*", 4))
        return 1;
    size_t at = number(tiff, 4, 4);
    uint32_t count = number(tiff, at, 2);
    at += 2;
    for (; count > 0; count--, at += 12)
        if (number(tiff, at, 2) == ORIENTATION_TAG && number(tiff, at + 2, 2) == TYPE_SHORT) {
            uint32_t value = number(tiff, at + 8, 2);
            return value >= 1 && value <= 8 ? (int32_t)value : 1;
        }
    return 1;
}

/* What follows `skipped` bytes of the `length` bytes at `at`, as far as it is there. */
static struct part inside(struct part file, size_t at, size_t length, size_t skipped)
{
    if (length > file.size - at)
        length = file.size - at;
    return (struct part){ .bytes = file.bytes + at + skipped, .size = length - skipped };
}

/* Segments: 0xFF, marker, length with itself, data. */
static int32_t jpeg_orientation(struct part file)
{
    for (size_t at = 2; starts(file, at, "\xff", 1);) {
        if (starts(file, at + 1, "\xff", 1)) { /* padding */
            at++;
            continue;
        }
        size_t length = number(file, at + 2, 2);
        if (starts(file, at, "\xff\xda", 2) || length < 2)
            break;
        if (starts(file, at, "\xff\xe1", 2) && length >= 8 && starts(file, at + 4, "Exif\0\0", 6))
            return tiff_orientation(inside(file, at + 4, length - 2, 6));
        at += 2 + length;
    }
    return 1;
}

/* Chunks: length, name, data, CRC. */
static int32_t png_orientation(struct part file)
{
    for (size_t at = 8; at < file.size; at += 12 + (size_t)number(file, at, 4))
        if (starts(file, at + 4, "eXIf", 4))
            return tiff_orientation(inside(file, at + 8, number(file, at, 4), 0));
    return 1;
}

/* Chunks: name, length, data padded to an even number of bytes. */
static int32_t webp_orientation(struct part file)
{
    file.is_little = true;
    for (size_t at = 12, length; at < file.size; at += 8 + length + length % 2) {
        length = number(file, at + 4, 4);
        if (!starts(file, at, "EXIF", 4) || length < 6 || file.size - at < 8 + 6)
            continue;
        return tiff_orientation(
            inside(file, at + 8, length, starts(file, at + 8, "Exif\0\0", 6) ? 6 : 0));
    }
    return 1;
}

int32_t rn_exif_orientation(rn_picture_format format, const uint8_t *file, size_t size)
{
    struct part part = { .bytes = file, .size = size };
    switch (format) {
        case RN_FORMAT_JPEG: return jpeg_orientation(part);
        case RN_FORMAT_PNG: return png_orientation(part);
        case RN_FORMAT_WEBP: return webp_orientation(part);
    }
    return 1;
}

bool rn_exif_swaps(int32_t orientation)
{
    return orientation >= 5;
}

rn_status rn_exif_turn(const rn_picture *from, int32_t orientation, rn_picture *to)
{
    /* Bits: 5 to 8 swap; these read columns, and these rows, from the end. */
    bool swaps = rn_exif_swaps(orientation);
    bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    rn_size full = from->full;
    int64_t n = from->channels, step_x = n, step_y = full.width * n;
    const uint8_t *origin = from->bytes;
    rn_size upright = swaps ? (rn_size){ full.width, full.height } : full;
    rn_status status = rn_picture_make(to, RN_PICTURE_U8, n, upright);
    if (status)
        return status;
    to->shrunk = from->shrunk;
    if (from_right) {
        origin += (full.width - 1) * step_x;
        step_x = -step_x;
    }
    if (from_bottom) {
        origin += (full.height - 1) * step_y;
        step_y = -step_y;
    }
    int64_t along_row = swaps ? step_y : step_x, along_column = swaps ? step_x : step_y;
    uint8_t *at = to->bytes;
    for (int64_t y = 0; y < upright.height; y++)
        for (int64_t x = 0; x < upright.width; x++, at += n)
            memcpy(at, origin + y * along_column + x * along_row, (size_t)n);
    return RN_OK;
}
