/* hand_over.h: structures of the ABI, which begin with their size, from one side to the other. */
#ifndef BACKENDS_BASE_HAND_OVER_H
#define BACKENDS_BASE_HAND_OVER_H

#include <stdint.h>
#include <string.h>

/* Copies as much as both know of. `size` of both is set, and that of *to is the smaller one
 * afterwards; what *to has beyond it stays as it was. */
static inline void hand_over(void *to, const void *from)
{
    uint32_t bytes, known;
    memcpy(&bytes, to, sizeof bytes);
    memcpy(&known, from, sizeof known);
    if (bytes > known)
        bytes = known;
    memcpy(to, from, bytes);
    memcpy(to, &bytes, sizeof bytes);
}

#endif
