/* jpeg.c: JPEGs by libjpeg-turbo: whole ones, parts, and smaller by its scaled transforms. */
#include "data/decode/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* These come after <stdio.h>, which they need. */
#include <jerror.h>
#include <jpeglib.h>

#ifndef JCS_EXTENSIONS
#error "jpeglib.h is not libjpeg-turbo's, which can decode parts of a picture"
#endif

/* Interpolation of chroma looks at the next pixel, which is missing at the border of a part; and a
 * part of less than three columns is not interpolated at all. */
#define MARGIN 2

/* A small file can have scans without end, each of which is work for all pixels. As in
 * libjpeg-turbo's own fuzzing. */
#define MAX_SCANS 500

struct rn_jpeg {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf on_error;
    rn_status status; /* of the error */
    bool fast;
    size_t size; /* of the file */

    /* Of the call at hand. */
    rn_window wanted;
    int32_t shrink;
    int64_t channels;
    rn_picture *picture;
};

static rn_jpeg *owner(j_common_ptr info)
{
    return info->client_data;
}

static _Noreturn void fail(rn_jpeg *jpeg, const char *reason)
{
    size_t at = jpeg->size - jpeg->source.bytes_in_buffer;
    jpeg->status =
        rn_fail(RN_E_DATA, "broken JPEG, at byte %zu of %zu: %s", at, jpeg->size, reason);
    longjmp(jpeg->on_error, 1);
}

static void on_error(j_common_ptr info)
{
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    if (info->err->msg_code != JERR_OUT_OF_MEMORY)
        fail(owner(info), text);
    owner(info)->status = rn_fail(RN_E_NOMEM, "not enough memory to decode a JPEG");
    longjmp(owner(info)->on_error, 1);
}

/* What libjpeg warns of is broken, but for what leaves the pixels as they were meant. */
static void on_message(j_common_ptr info, int level)
{
    if (level >= 0)
        return;
    switch (info->err->msg_code) {
        case JWRN_EXTRANEOUS_DATA: /* between segments */
        case JWRN_JFIF_MAJOR:
        case JWRN_ADOBE_XFORM:
        case JWRN_NOT_SEQUENTIAL: break;
        default: on_error(info);
    }
}

static void on_progress(j_common_ptr info)
{
    if (((j_decompress_ptr)info)->input_scan_number > MAX_SCANS)
        fail(owner(info), "it has too many scans");
}

static boolean on_end(j_decompress_ptr info)
{
    fail(owner((j_common_ptr)info), "the file ends early");
}

static void skip(j_decompress_ptr info, long count)
{
    if (count <= 0)
        return;
    if ((size_t)count > info->src->bytes_in_buffer)
        on_end(info);
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
}

static void nothing(j_decompress_ptr info)
{
    (void)info;
}

/* Runs what calls libjpeg, whose errors end it. */
static rn_status run(rn_jpeg *jpeg, rn_status (*work)(rn_jpeg *jpeg))
{
    if (setjmp(jpeg->on_error) == 0)
        jpeg->status = work(jpeg);
    if (jpeg->status)
        jpeg_abort_decompress(&jpeg->info);
    return jpeg->status;
}

rn_status rn_jpeg_create(bool fast, rn_jpeg **out)
{
    rn_jpeg *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg)
        return rn_fail(RN_E_NOMEM, "not enough memory for a decoder");
    jpeg->fast = fast;
    jpeg->info.err = jpeg_std_error(&jpeg->errors);
    jpeg->info.client_data = jpeg;
    jpeg->errors.error_exit = on_error;
    jpeg->errors.emit_message = on_message;
    jpeg->source = (struct jpeg_source_mgr){
        .init_source = nothing,
        .fill_input_buffer = on_end,
        .skip_input_data = skip,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = nothing,
    };
    jpeg->progress.progress_monitor = on_progress;
    *out = jpeg;
    return RN_OK;
}

void rn_jpeg_destroy(rn_jpeg *jpeg)
{
    if (jpeg)
        jpeg_destroy_decompress(&jpeg->info);
    free(jpeg);
}

static rn_status read_header(rn_jpeg *jpeg)
{
    j_decompress_ptr info = &jpeg->info;
    jpeg_create_decompress(info);
    info->src = &jpeg->source;
    info->progress = &jpeg->progress;
    jpeg_read_header(info, TRUE);
    int count = info->num_components;
    if (count != 1 && count != 3 && count != 4)
        return rn_fail(RN_E_DATA, "a JPEG of %d components; expected 1, 3 or 4", count);
    return RN_OK;
}

rn_status rn_jpeg_header(rn_jpeg *jpeg, const uint8_t *file, size_t size, rn_size *pixels)
{
    /* Else a file without tables of its own would be decoded with those of the one before. */
    jpeg_destroy_decompress(&jpeg->info);
    jpeg->source.next_input_byte = file;
    jpeg->source.bytes_in_buffer = jpeg->size = size;
    rn_status status = run(jpeg, read_header);
    *pixels = (rn_size){ .height = jpeg->info.image_height, .width = jpeg->info.image_width };
    return status;
}

/* Where `wanted` lies in the shrunk picture, with its margin. */
static rn_window with_margin(const rn_jpeg *jpeg)
{
    rn_window w = jpeg->wanted;
    int64_t top = w.top / jpeg->shrink - MARGIN, left = w.left / jpeg->shrink - MARGIN;
    int64_t bottom = (w.top + w.height - 1) / jpeg->shrink + 1 + MARGIN;
    int64_t right = (w.left + w.width - 1) / jpeg->shrink + 1 + MARGIN;
    if (top < 0)
        top = 0;
    if (left < 0)
        left = 0;
    if (bottom > jpeg->info.output_height)
        bottom = jpeg->info.output_height;
    if (right > jpeg->info.output_width)
        right = jpeg->info.output_width;
    return (rn_window){ .top = top, .left = left, .height = bottom - top, .width = right - left };
}

/* As Pillow's convert("RGB"), which takes all four inks as inverted, as Adobe writes them. */
static void cmyk_to_rgb(const uint8_t *from, int64_t count, uint8_t *to)
{
    for (; count > 0; count--, from += 4, to += 3)
        for (int i = 0; i < 3; i++) {
            int black = from[3], product = (255 - from[i]) * black + 128;
            int value = black - ((product + (product >> 8)) >> 8);
            to[i] = (uint8_t)(value < 0 ? 0 : value);
        }
}

static void read_cmyk(rn_jpeg *jpeg)
{
    j_decompress_ptr info = &jpeg->info;
    int64_t width = info->output_width;
    JSAMPARRAY row =
        info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, info->output_width * 4, 1);
    for (uint8_t *to = jpeg->picture->bytes; info->output_scanline < info->output_height;
         to += width * 3) {
        jpeg_read_scanlines(info, row, 1);
        cmyk_to_rgb(row[0], width, to);
    }
}

static void read_rows(rn_jpeg *jpeg)
{
    j_decompress_ptr info = &jpeg->info;
    rn_window window = jpeg->picture->window;
    size_t stride = (size_t)(window.width * jpeg->picture->channels);
    uint8_t *to = jpeg->picture->bytes;
    int64_t left = window.height;
    while (left > 0) {
        JSAMPROW rows[8];
        JDIMENSION count = left < 8 ? (JDIMENSION)left : 8;
        for (JDIMENSION i = 0; i < count; i++)
            rows[i] = to + i * stride;
        JDIMENSION done = jpeg_read_scanlines(info, rows, count);
        to += done * stride;
        left -= done;
    }
}

/* Reads what lies below the part: whether a file is broken must not depend on the part that is
 * wanted. libjpeg does not read what it passes over up to the end, so the last row is decoded. */
static void read_rest(j_decompress_ptr info)
{
    JDIMENSION size = info->output_width * (JDIMENSION)info->output_components;
    JSAMPARRAY row = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, size, 1);
    jpeg_skip_scanlines(info, info->output_height - info->output_scanline - 1);
    jpeg_read_scanlines(info, row, 1);
}

/* Fails for a file that was cut off below the part, which has no marker of its end. */
static void look_for_end(rn_jpeg *jpeg)
{
    j_decompress_ptr info = &jpeg->info;
    bool ended = jpeg_input_complete(info) || info->unread_marker == JPEG_EOI ||
                 memmem(jpeg->source.next_input_byte, jpeg->source.bytes_in_buffer, "\xff\xd9", 2);
    if (ended)
        return;
    jpeg->source.bytes_in_buffer = 0;
    on_end(info);
}

static void finish(rn_jpeg *jpeg)
{
    j_decompress_ptr info = &jpeg->info;
    bool has_rest = info->output_scanline < info->output_height;
    if (has_rest && jpeg->fast) {
        look_for_end(jpeg);
        jpeg_abort_decompress(info);
        return;
    }
    if (has_rest)
        read_rest(info);
    jpeg_finish_decompress(info);
}

/* Whether libjpeg smooths blocks that progressive scans have left coarse. It looks at the blocks
 * around each, which are missing at the border of a part. */
static bool is_smoothed(j_decompress_ptr info)
{
    for (int i = 0; info->progressive_mode && i < info->num_components; i++)
        for (int k = 1; k < DCTSIZE2; k++)
            if (info->coef_bits[i][k] != 0)
                return true;
    return false;
}

static rn_status read_pixels(rn_jpeg *jpeg)
{
    j_decompress_ptr info = &jpeg->info;
    bool is_cmyk = info->num_components == 4;
    int64_t channels = info->num_components == 1 ? jpeg->channels : 3;
    info->scale_num = 1;
    info->scale_denom = (unsigned)jpeg->shrink;
    info->out_color_space = is_cmyk ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    info->dct_method = jpeg->fast ? JDCT_IFAST : JDCT_ISLOW;
    info->do_fancy_upsampling = !jpeg->fast;
    jpeg_start_decompress(info);
    rn_size full = { .height = info->output_height, .width = info->output_width };
    rn_window window = is_cmyk || is_smoothed(info) ? rn_window_all(full) : with_margin(jpeg);
    if (window.width < full.width) {
        JDIMENSION left = (JDIMENSION)window.left, width = (JDIMENSION)window.width;
        jpeg_crop_scanline(info, &left, &width);
        window.left = left;
        window.width = width;
    }
    rn_status status = rn_picture_make_window(jpeg->picture, RN_PICTURE_U8, channels, full, window);
    if (status)
        return status;
    jpeg->picture->shrunk = jpeg->shrink;
    if (window.top > 0)
        jpeg_skip_scanlines(info, (JDIMENSION)window.top);
    if (is_cmyk)
        read_cmyk(jpeg);
    else
        read_rows(jpeg);
    finish(jpeg);
    return RN_OK;
}

rn_status rn_jpeg_pixels(rn_jpeg *jpeg, rn_window wanted, int32_t shrink, int64_t channels,
                         rn_picture *picture)
{
    jpeg->wanted = wanted;
    jpeg->shrink = shrink;
    jpeg->channels = channels;
    jpeg->picture = picture;
    return run(jpeg, read_pixels);
}
