/* pipeline_floats.c: pictures of floats, which data sets of tensors have. Transforms that only move
 * pixels move these as they do bytes: each pixel is then 4 bytes for each channel. */
#include <math.h>
#include <string.h>

#include "data/pipeline_parts.h"

rn_status rn_floats_pack(rn_picture *picture, rn_picture *spare)
{
    int64_t channels = picture->channels;
    size_t pixels = (size_t)(picture->window.height * picture->window.width);
    size_t pixel = (size_t)channels * sizeof(float);
    rn_status status = rn_picture_make_window(spare, RN_PICTURE_U8, (int64_t)pixel, picture->full,
                                              picture->window);
    if (status)
        return status;
    for (size_t c = 0; c < (size_t)channels; c++)
        for (size_t i = 0; i < pixels; i++)
            memcpy(spare->bytes + i * pixel + c * sizeof(float), picture->values + c * pixels + i,
                   sizeof(float));
    rn_picture_swap(picture, spare);
    return RN_OK;
}

rn_status rn_floats_unpack(rn_picture *picture, rn_picture *spare)
{
    size_t pixel = (size_t)picture->channels, channels = pixel / sizeof(float);
    size_t pixels = (size_t)(picture->window.height * picture->window.width);
    rn_status status = rn_picture_make_window(spare, RN_PICTURE_F32, (int64_t)channels,
                                              picture->full, picture->window);
    if (status)
        return status;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++)
            memcpy(spare->values + c * pixels + i, picture->bytes + i * pixel + c * sizeof(float),
                   sizeof(float));
    rn_picture_swap(picture, spare);
    return RN_OK;
}

rn_status rn_floats_show(rn_picture *picture, rn_picture *spare)
{
    size_t channels = (size_t)picture->channels;
    size_t pixels = (size_t)(picture->window.height * picture->window.width);
    rn_status status = rn_picture_make_window(spare, RN_PICTURE_U8, picture->channels,
                                              picture->full, picture->window);
    if (status)
        return status;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++)
            spare->bytes[i * channels + c] =
                (uint8_t)rintf(255.0F * fminf(fmaxf(picture->values[c * pixels + i], 0.0F), 1.0F));
    rn_picture_swap(picture, spare);
    return RN_OK;
}
