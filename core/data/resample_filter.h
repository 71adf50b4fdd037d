/* resample_filter.h: the two passes of resampling: sums of weighted bytes. */
#ifndef RN_CORE_DATA_RESAMPLE_FILTER_H
#define RN_CORE_DATA_RESAMPLE_FILTER_H

#include "data/resample_axis.h"

/* Rows that rn_filter_rows works on together. */
#define RN_FILTER_ROWS 32

/* Rows of bytes; each begins `stride` after the one before. */
typedef struct rn_byte_rows {
    const uint8_t *bytes;
    size_t stride;
} rn_byte_rows;

/* Along columns: makes axis->params.count rows of n bytes. `from` begins with the row
 * axis->firsts[0]. */
void rn_filter_columns(const rn_axis *axis, rn_byte_rows from, size_t n, uint8_t *to);

/* Along rows, of pixels of `channels` bytes. `from` begins with the pixel axis->firsts[0].
 * `scratch` has rn_filter_scratch bytes. */
void rn_filter_rows(const rn_axis *axis, rn_byte_rows from, size_t rows, size_t channels,
                    uint8_t *scratch, uint8_t *to);
size_t rn_filter_scratch(const rn_axis *axis, size_t channels);

#endif
