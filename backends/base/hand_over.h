/* hand_over.h: copies structures of the ABI, which begin with their size, between core and plugin.
 */
#ifndef BACKENDS_BASE_HAND_OVER_H
#define BACKENDS_BASE_HAND_OVER_H

#include <stdint.h>
#include <string.h>

/* Copies the part that both sides know. `size` of both must be set; that of *to becomes the smaller
 * of the two, and the rest of *to is unchanged. */
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
