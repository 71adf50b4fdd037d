/* png.h: writes pictures. */
#ifndef RN_CORE_REPORT_PNG_H
#define RN_CORE_REPORT_PNG_H

#include <resnet/status.h>
#include <stdint.h>

/* Encodes bytes (height, width, channels) of 1 (grey) or 3 (RGB) channels; the caller frees
 * *file. */
rn_status rn_png_encode(int64_t height, int64_t width, int64_t channels, const uint8_t *bytes,
                        uint8_t **file, uint64_t *size);

/* Writes such bytes to a file, atomically. RN_E_IO. */
rn_status rn_png_write(const char *path, int64_t height, int64_t width, int64_t channels,
                       const uint8_t *bytes);

#endif
