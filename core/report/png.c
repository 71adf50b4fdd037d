/* png.c: writes PNG files by libpng. */
#include "report/png.h"

#include <png.h>
#include <stdlib.h>

#include "base/status.h"
#include "io/file.h"

rn_status rn_png_encode(int64_t height, int64_t width, int64_t channels, const uint8_t *bytes,
                        uint8_t **file, uint64_t *size)
{
    png_image image = { .version = PNG_IMAGE_VERSION,
                        .width = (png_uint_32)width,
                        .height = (png_uint_32)height,
                        .format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB };
    png_alloc_size_t length = PNG_IMAGE_PNG_SIZE_MAX(image);
    *file = malloc(length);
    if (!*file)
        return rn_fail(RN_E_NOMEM, "no memory to encode a picture");
    if (!png_image_write_to_memory(&image, *file, &length, 0, bytes, 0, NULL)) {
        free(*file);
        *file = NULL;
        return rn_fail(RN_E_IO, "cannot encode a picture: %s", image.message);
    }
    *size = length;
    return RN_OK;
}

rn_status rn_png_write(const char *path, int64_t height, int64_t width, int64_t channels,
                       const uint8_t *bytes)
{
    uint8_t *encoded = NULL;
    uint64_t size = 0;
    rn_status status = rn_png_encode(height, width, channels, bytes, &encoded, &size);
    if (status)
        return status;
    status = rn_file_write_whole(path, encoded, size);
    free(encoded);
    return status;
}
