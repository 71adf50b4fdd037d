/* sheet.h: a contact sheet: pictures of one size side by side, as a PNG file. */
#ifndef RN_CORE_REPORT_SHEET_H
#define RN_CORE_REPORT_SHEET_H

#include "config/config.h"
#include "data/picture.h"

/* Zero-initialise. */
typedef struct rn_sheet {
    int64_t tile_height, tile_width, zoom; /* of a picture, before and by how much it is enlarged */
    int64_t n_columns, height, width, channels;
    uint8_t *bytes;
} rn_sheet;

/* Makes an empty sheet for `n` pictures of the size of the network's input. RN_E_NOMEM. */
rn_status rn_sheet_init(rn_sheet *sheet, const rn_config *config, int64_t n);
void rn_sheet_clear(rn_sheet *sheet);

/* Whether a picture is of the sheet's size, and of bytes. */
bool rn_sheet_fits(const rn_sheet *sheet, const rn_picture *picture);

/* Draws a picture that fits as the `place`th of the sheet; of more than three channels, the
 * first. */
void rn_sheet_draw(rn_sheet *sheet, int64_t place, const rn_picture *picture);

/* Encodes a picture that fits by itself as PNG; the caller frees *file. */
rn_status rn_sheet_encode(const rn_sheet *sheet, const rn_picture *picture, uint8_t **file,
                          uint64_t *size);

/* Writes the sheet, atomically. RN_E_IO. */
rn_status rn_sheet_write(const rn_sheet *sheet, const char *path);

#endif
