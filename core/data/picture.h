/* picture.h: one picture in memory: bytes as they were decoded, or floats as the network gets
 * them. */
#ifndef RN_CORE_DATA_PICTURE_H
#define RN_CORE_DATA_PICTURE_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum rn_picture_type {
    RN_PICTURE_U8 = 1, /* bytes (height, width, channels), interleaved as Pillow's */
    RN_PICTURE_F32 = 2 /* floats (channels, height, width), planar as PyTorch's */
} rn_picture_type;

typedef struct rn_size {
    int64_t height, width;
} rn_size;

/* A rectangle of pixels of a picture. */
typedef struct rn_window {
    int64_t top, left, height, width;
} rn_window;

/* Zero-initialise. A picture may hold a part of a larger one, because the decoder and each
 * transform make only what the later transforms look at: `window` says which part of the picture of
 * size `full`. */
typedef struct rn_picture {
    rn_picture_type type;
    int64_t channels; /* 1: grey, 3: RGB; other numbers come from tensors */
    rn_size full;
    rn_window window; /* the pixels that are here */
    int32_t shrunk;   /* 1, or 2, 4, 8: the decoder made every side this much smaller; `full` and
                       * `window` are in the smaller pixels (data.fast_decode) */
    rn_size unshrunk; /* what `full` was before that */
    uint8_t *bytes;   /* RN_PICTURE_U8 */
    float *values;    /* RN_PICTURE_F32 */
    size_t bytes_capacity, values_capacity; /* 0 where the memory is borrowed */
} rn_picture;

/* Makes room for a whole picture of this type and size; what was in it is lost. Memory is kept for
 * the next picture. RN_E_NOMEM. */
rn_status rn_picture_make(rn_picture *picture, rn_picture_type type, int64_t channels,
                          rn_size size);

/* The same for a part of a picture of size `full`. */
rn_status rn_picture_make_window(rn_picture *picture, rn_picture_type type, int64_t channels,
                                 rn_size full, rn_window window);

/* The size before the decoder shrank it. */
rn_size rn_picture_size(const rn_picture *picture);

/* Pixels of the window, times channels. */
size_t rn_picture_count(const rn_picture *picture);

/* Exchanges two pictures, memory included. */
void rn_picture_swap(rn_picture *a, rn_picture *b);

/* Whether all of `inner` lies in `outer`. */
bool rn_window_contains(rn_window outer, rn_window inner);

/* Frees the memory, unless it is borrowed. */
void rn_picture_clear(rn_picture *picture);

/* The window that is all of a picture of this size. */
rn_window rn_window_all(rn_size size);

#endif
