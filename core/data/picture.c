/* picture.c: memory of a picture. */
#include "data/picture.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/status.h"

rn_window rn_window_all(rn_size size)
{
    return (rn_window){ .height = size.height, .width = size.width };
}

bool rn_window_contains(rn_window outer, rn_window inner)
{
    return inner.top >= outer.top && inner.left >= outer.left &&
           inner.top + inner.height <= outer.top + outer.height &&
           inner.left + inner.width <= outer.left + outer.width;
}

rn_size rn_picture_size(const rn_picture *picture)
{
    return picture->shrunk > 1 ? picture->unshrunk : picture->full;
}

size_t rn_picture_count(const rn_picture *picture)
{
    return (size_t)(picture->window.height * picture->window.width * picture->channels);
}

/* Grows `*memory` to `size` bytes; what was in it is lost. */
static bool grow(void **memory, size_t *capacity, size_t size)
{
    if (*capacity >= size)
        return true;
    if (*capacity > 0)
        free(*memory);
    *memory = malloc(size);
    *capacity = *memory ? size : 0;
    return *memory;
}

rn_status rn_picture_make_window(rn_picture *picture, rn_picture_type type, int64_t channels,
                                 rn_size full, rn_window window)
{
    int64_t count;
    bool fits = !__builtin_mul_overflow(window.height, window.width, &count) &&
                !__builtin_mul_overflow(count, channels, &count) &&
                (uint64_t)count <= SIZE_MAX / sizeof(float);
    picture->type = type;
    picture->channels = channels;
    picture->full = full;
    picture->window = window;
    picture->shrunk = 1;
    picture->unshrunk = full;
    if (fits && type == RN_PICTURE_U8)
        fits = grow((void **)&picture->bytes, &picture->bytes_capacity, (size_t)count);
    else if (fits)
        fits = grow((void **)&picture->values, &picture->values_capacity,
                    (size_t)count * sizeof(float));
    return fits ? RN_OK
                : rn_fail(RN_E_NOMEM,
                          "not enough memory for a picture of %" PRId64 "x%" PRId64 " pixels",
                          window.height, window.width);
}

rn_status rn_picture_make(rn_picture *picture, rn_picture_type type, int64_t channels, rn_size size)
{
    return rn_picture_make_window(picture, type, channels, size, rn_window_all(size));
}

void rn_picture_swap(rn_picture *a, rn_picture *b)
{
    rn_picture kept = *a;
    *a = *b;
    *b = kept;
}

void rn_picture_clear(rn_picture *picture)
{
    if (picture->bytes_capacity > 0)
        free(picture->bytes);
    if (picture->values_capacity > 0)
        free(picture->values);
    *picture = (rn_picture){ 0 };
}
