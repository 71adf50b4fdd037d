/* data_sheet.c: draws samples side by side. */
#include "commands/data_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/loader_worker.h"
#include "report/png.h"

#define MAX_SHOWN 64
#define MAX_WIDTH 2048 /* pixels of the sheet, unless one picture is wider */
#define MIN_TILE 64    /* pixels; smaller pictures are enlarged */
#define GAP 2
#define BACKGROUND 0x80

typedef struct sheet {
    int64_t tile_height, tile_width, zoom; /* of a picture, before and by how much it is enlarged */
    int64_t n_columns, height, width, channels;
    uint8_t *bytes;
} sheet;

static rn_status sheet_init(sheet *s, const rn_config *config, int64_t n)
{
    s->tile_height = config->network.height;
    s->tile_width = config->network.width;
    s->channels = config->network.channels == 3 ? 3 : 1;
    s->zoom = s->tile_width < MIN_TILE ? (MIN_TILE + s->tile_width - 1) / s->tile_width : 1;
    int64_t step_x = s->tile_width * s->zoom + GAP, step_y = s->tile_height * s->zoom + GAP;
    s->n_columns = MAX_WIDTH / step_x > 1 ? MAX_WIDTH / step_x : 1;
    if (s->n_columns > 8)
        s->n_columns = 8;
    s->width = s->n_columns * step_x + GAP;
    s->height = (n + s->n_columns - 1) / s->n_columns * step_y + GAP;
    size_t size = (size_t)(s->width * s->height * s->channels);
    s->bytes = malloc(size);
    if (!s->bytes)
        return rn_fail(RN_E_NOMEM, "no memory for a contact sheet");
    memset(s->bytes, BACKGROUND, size);
    return RN_OK;
}

/* Draws a picture as the `n`th of the sheet; of more than three channels, the first. */
static void draw(sheet *s, int64_t n, const rn_picture *picture)
{
    int64_t zoom = s->zoom;
    int64_t left = GAP + n % s->n_columns * (s->tile_width * zoom + GAP);
    int64_t top = GAP + n / s->n_columns * (s->tile_height * zoom + GAP);
    for (int64_t y = 0; y < s->tile_height * zoom; y++)
        for (int64_t x = 0; x < s->tile_width * zoom; x++) {
            const uint8_t *from =
                picture->bytes + (y / zoom * s->tile_width + x / zoom) * picture->channels;
            uint8_t *to = s->bytes + ((top + y) * s->width + left + x) * s->channels;
            memcpy(to, from, (size_t)s->channels);
        }
}

/* Reads and transforms sample `index`; a stream's next one. RN_E_DATA: it cannot be read. */
static rn_status get(rn_maker *maker, rn_stream *stream, int64_t index, const rn_picture **picture)
{
    rn_status status = stream ? rn_maker_read_stream(maker, stream) : rn_maker_read(maker, index);
    return status ? status : rn_maker_show(maker, index, 0, picture);
}

static bool fits(const sheet *s, const rn_picture *picture)
{
    return picture->type == RN_PICTURE_U8 && picture->window.height == s->tile_height &&
           picture->window.width == s->tile_width;
}

/* A stream gives all of its samples, in this order. */
static rn_status open_stream(const rn_dataset *dataset, int64_t **order, rn_stream **stream)
{
    if (!dataset->kind->start)
        return RN_OK;
    *order = calloc((size_t)dataset->count, sizeof **order);
    if (!*order)
        return rn_fail(RN_E_NOMEM, "no memory for the order of the samples");
    for (int64_t i = 0; i < dataset->count; i++)
        (*order)[i] = i;
    return dataset->kind->start(dataset, *order, 0, stream);
}

static rn_status draw_samples(const rn_source *source, sheet *s, rn_maker *maker, int64_t count,
                              int64_t *n_shown)
{
    const rn_dataset *dataset = source->dataset;
    int64_t *order = NULL, n = count < MAX_SHOWN ? count : MAX_SHOWN;
    rn_stream *stream = NULL;
    rn_status status = open_stream(dataset, &order, &stream);
    for (int64_t i = 0; i < n && !status; i++) {
        const rn_picture *picture = NULL;
        status = get(maker, stream, stream ? i : i * count / n, &picture);
        if (status == RN_E_DATA)
            status = RN_OK; /* the survey has reported it */
        else if (!status && fits(s, picture))
            draw(s, (*n_shown)++, picture);
    }
    if (stream)
        dataset->kind->stop(stream);
    free(order);
    return status;
}

rn_status rn_data_sheet(const rn_source *source, int64_t count, const char *path, int64_t *n_shown)
{
    sheet s = { 0 };
    rn_maker *maker = NULL;
    *n_shown = 0;
    rn_status status = sheet_init(&s, source->config, count < MAX_SHOWN ? count : MAX_SHOWN);
    if (status)
        goto done;
    status = rn_maker_create(source, (uint64_t)source->config->run.seed, &maker);
    if (status)
        goto done;
    status = draw_samples(source, &s, maker, count, n_shown);
    if (!status && *n_shown)
        status = rn_png_write(path, s.height, s.width, s.channels, s.bytes);
done:
    rn_maker_destroy(maker);
    free(s.bytes);
    return status;
}
