/* sheet.c: draws pictures side by side. */
#include "report/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/png.h"

#define MAX_WIDTH 2048 /* pixels of the sheet, unless one picture is wider */
#define MIN_TILE 64    /* pixels; smaller pictures are enlarged */
#define MAX_COLUMNS 8
#define GAP 2
#define BACKGROUND 0x80

rn_status rn_sheet_init(rn_sheet *s, const rn_config *config, int64_t n)
{
    s->tile_height = config->network.height;
    s->tile_width = config->network.width;
    s->channels = config->network.channels == 3 ? 3 : 1;
    s->zoom = s->tile_width < MIN_TILE ? (MIN_TILE + s->tile_width - 1) / s->tile_width : 1;
    int64_t step_x = s->tile_width * s->zoom + GAP, step_y = s->tile_height * s->zoom + GAP;
    s->n_columns = MAX_WIDTH / step_x > 1 ? MAX_WIDTH / step_x : 1;
    if (s->n_columns > MAX_COLUMNS)
        s->n_columns = MAX_COLUMNS;
    s->width = s->n_columns * step_x + GAP;
    s->height = (n + s->n_columns - 1) / s->n_columns * step_y + GAP;
    size_t size = (size_t)(s->width * s->height * s->channels);
    s->bytes = malloc(size);
    if (!s->bytes)
        return rn_fail(RN_E_NOMEM, "no memory for a contact sheet");
    memset(s->bytes, BACKGROUND, size);
    return RN_OK;
}

void rn_sheet_clear(rn_sheet *s)
{
    free(s->bytes);
    s->bytes = NULL;
}

bool rn_sheet_fits(const rn_sheet *s, const rn_picture *picture)
{
    return picture->type == RN_PICTURE_U8 && picture->window.height == s->tile_height &&
           picture->window.width == s->tile_width;
}

void rn_sheet_draw(rn_sheet *s, int64_t place, const rn_picture *picture)
{
    int64_t zoom = s->zoom;
    int64_t left = GAP + place % s->n_columns * (s->tile_width * zoom + GAP);
    int64_t top = GAP + place / s->n_columns * (s->tile_height * zoom + GAP);
    for (int64_t y = 0; y < s->tile_height * zoom; y++)
        for (int64_t x = 0; x < s->tile_width * zoom; x++) {
            const uint8_t *from =
                picture->bytes + (y / zoom * s->tile_width + x / zoom) * picture->channels;
            uint8_t *to = s->bytes + ((top + y) * s->width + left + x) * s->channels;
            memcpy(to, from, (size_t)s->channels);
        }
}

rn_status rn_sheet_encode(const rn_sheet *s, const rn_picture *picture, uint8_t **file,
                          uint64_t *size)
{
    int64_t n = s->tile_height * s->tile_width;
    uint8_t *bytes = malloc((size_t)(n * s->channels));
    if (!bytes)
        return rn_fail(RN_E_NOMEM, "no memory to encode a picture");
    for (int64_t i = 0; i < n; i++)
        memcpy(bytes + i * s->channels, picture->bytes + i * picture->channels,
               (size_t)s->channels);
    rn_status status = rn_png_encode(s->tile_height, s->tile_width, s->channels, bytes, file, size);
    free(bytes);
    return status;
}

rn_status rn_sheet_write(const rn_sheet *s, const char *path)
{
    return rn_png_write(path, s->height, s->width, s->channels, s->bytes);
}
