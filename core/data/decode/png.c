/* png.c: PNGs by libpng, always whole. */
#include "data/decode/png.h"

#include <png.h>
#include <stdbool.h>
#include <string.h>

#include "base/status.h"

/* The signature, and the first chunk, which is IHDR: length, name, width, height, … */
#define WIDTH_AT 16
#define HEADER_SIZE 24

/* A file that is being read. */
struct reader {
    const uint8_t *file;
    size_t size, at;
};

static rn_status fail(size_t at, size_t size, const char *reason)
{
    return rn_fail(RN_E_DATA, "broken PNG, at byte %zu of %zu: %s", at, size, reason);
}

static int64_t number(const uint8_t *bytes)
{
    return (int64_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

rn_status rn_png_header(const uint8_t *file, size_t size, rn_size *pixels)
{
    if (size < HEADER_SIZE)
        return fail(size, size, "the file ends early");
    if (memcmp(file + 8, "\0\0\0\rIHDR", 8) != 0)
        return fail(8, size, "expected the chunk IHDR of 13 bytes");
    *pixels = (rn_size){ .height = number(file + WIDTH_AT + 4), .width = number(file + WIDTH_AT) };
    if (pixels->height < 1 || pixels->width < 1)
        return fail(WIDTH_AT, size, "a picture without pixels");
    return RN_OK;
}

static void on_error(png_structp png, png_const_charp reason)
{
    const struct reader *reader = png_get_error_ptr(png);
    fail(reader->at, reader->size, reason);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp reason)
{
    (void)png;
    (void)reason;
}

static void on_read(png_structp png, png_bytep to, size_t count)
{
    struct reader *reader = png_get_io_ptr(png);
    if (count > reader->size - reader->at) {
        reader->at = reader->size;
        png_error(png, "the file ends early");
    }
    memcpy(to, reader->file + reader->at, count);
    reader->at += count;
}

/* The transformations to bytes of 1 or 3 channels; alpha is dropped, not blended. */
static void choose_form(png_structp png, bool is_grey, int64_t channels)
{
    png_set_strip_16(png);
    png_set_packing(png);
    png_set_strip_alpha(png);
    if (!is_grey)
        png_set_palette_to_rgb(png);
    else
        png_set_expand_gray_1_2_4_to_8(png);
    if (is_grey && channels == 3)
        png_set_gray_to_rgb(png);
}

static rn_status read_rows(png_structp png, png_infop info, int64_t channels, rn_picture *picture)
{
    rn_size full = { .height = png_get_image_height(png, info),
                     .width = png_get_image_width(png, info) };
    bool is_grey = !(png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR);
    if (!is_grey)
        channels = 3;
    choose_form(png, is_grey, channels);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t stride = (size_t)(full.width * channels);
    if (png_get_rowbytes(png, info) != stride)
        png_error(png, "it has another number of channels than its header says");
    rn_status status = rn_picture_make(picture, RN_PICTURE_U8, channels, full);
    if (status)
        return status;
    for (; passes > 0; passes--)
        for (int64_t y = 0; y < full.height; y++)
            png_read_row(png, picture->bytes + (size_t)y * stride, NULL);
    png_read_end(png, NULL);
    return RN_OK;
}

/* What libpng does with errors is a jump to here. */
static rn_status read_picture(png_structp png, png_infop info, int64_t channels,
                              rn_picture *picture)
{
    if (setjmp(png_jmpbuf(png)))
        return RN_E_DATA;
    /* Ancillary chunks, as of gamma, change nothing; broken ones harm nothing. */
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, info);
    return read_rows(png, info, channels, picture);
}

rn_status rn_png_pixels(const uint8_t *file, size_t size, rn_size full, int64_t channels,
                        rn_picture *picture)
{
    struct reader reader = { .file = file, .size = size };
    rn_status status = RN_E_NOMEM;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (info) {
        png_set_read_fn(png, &reader, on_read);
        png_set_user_limits(png, (png_uint_32)full.width, (png_uint_32)full.height);
        status = read_picture(png, info, channels, picture);
    } else
        rn_fail(RN_E_NOMEM, "not enough memory to decode a PNG");
    png_destroy_read_struct(&png, &info, NULL);
    return status;
}
