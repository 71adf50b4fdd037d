/* pictures.h: random pictures and parts of them, for tests of what is done with pictures. */
#ifndef RN_TESTS_PICTURES_H
#define RN_TESTS_PICTURES_H

#include <stdbool.h>

#include "data/draw.h"
#include "data/picture.h"

/* Fills the bytes with noise. */
void pictures_fill(rn_draw *draw, rn_picture *picture);

/* Makes a picture of noise. */
void pictures_make(rn_draw *draw, int64_t channels, rn_size size, rn_picture *picture);

/* Copies a part of a picture. */
void pictures_cut(const rn_picture *from, rn_window window, rn_picture *to);

/* Whether two have the same bytes. */
bool pictures_equal(const rn_picture *a, const rn_picture *b);

/* A random part of a picture of this size; sides from 1 to `most`. */
rn_window pictures_window(rn_draw *draw, rn_size size);
rn_size pictures_size(rn_draw *draw, int64_t most);

#endif
