/* webp.c: WebP by libwebp, where it was there when this was built; always whole. */
#include "data/decode/webp.h"

#include "base/status.h"

#ifdef HAVE_WEBP
#include <webp/decode.h>

/* libwebp does not say where a file is broken. */
static rn_status fail(VP8StatusCode code, size_t size)
{
    switch (code) {
        case VP8_STATUS_OK: return RN_OK;
        case VP8_STATUS_OUT_OF_MEMORY:
            return rn_fail(RN_E_NOMEM, "not enough memory to decode a WebP");
        case VP8_STATUS_UNSUPPORTED_FEATURE:
            return rn_fail(RN_E_DATA, "a WebP that libwebp does not support");
        case VP8_STATUS_NOT_ENOUGH_DATA:
            return rn_fail(RN_E_DATA, "broken WebP, at byte %zu of %zu: the file ends early", size,
                           size);
        default: return rn_fail(RN_E_DATA, "broken WebP, among its %zu bytes", size);
    }
}

rn_status rn_webp_header(const uint8_t *file, size_t size, rn_size *pixels)
{
    WebPBitstreamFeatures features = { 0 };
    rn_status status = fail(WebPGetFeatures(file, size, &features), size);
    *pixels = (rn_size){ .height = features.height, .width = features.width };
    if (!status && features.has_animation)
        return rn_fail(RN_E_DATA, "an animated WebP; expected a still picture");
    return status;
}

rn_status rn_webp_pixels(const uint8_t *file, size_t size, rn_size full, rn_picture *picture)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return rn_fail(RN_E_DATA, "libwebp has another version than when this was built");
    rn_status status = rn_picture_make(picture, RN_PICTURE_U8, 3, full);
    if (status)
        return status;
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){ .rgba = picture->bytes,
                                             .stride = (int)(full.width * 3),
                                             .size = rn_picture_count(picture) };
    return fail(WebPDecode(file, size, &config), size);
}

#else

static rn_status missing(void)
{
    return rn_fail(RN_E_DATA, "a WebP, which this build cannot read: "
                              "install libwebp-dev, then configure and build again");
}

rn_status rn_webp_header(const uint8_t *file, size_t size, rn_size *pixels)
{
    (void)file;
    (void)size;
    (void)pixels;
    return missing();
}

rn_status rn_webp_pixels(const uint8_t *file, size_t size, rn_size full, rn_picture *picture)
{
    (void)file;
    (void)size;
    (void)full;
    (void)picture;
    return missing();
}

#endif
