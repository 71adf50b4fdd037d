/* mixing.c: mixes a batch with itself, rolled by one, as torchvision does. */
#include "data/transforms/mixing.h"

#include <string.h>

rn_status rn_mixing_init(void *state, const rn_attrs *attrs, const rn_transform_site *site)
{
    rn_mixing *mixing = state;
    (void)site;
    mixing->alpha = rn_attrs_find(attrs, "alpha")->float_value;
    mixing->probability = rn_attrs_find(attrs, "probability")->float_value;
    return RN_OK;
}

/* Floats of the last item that are kept while they are overwritten. */
#define CHUNK 1024

/* Floats that are mixed together: a constant lets the compiler vectorise the loop. */
#define LANES 16

static void mix(float *restrict to, const float *restrict before, int64_t size, double share)
{
    float own = (float)share, other = (float)(1 - share);
    int64_t i = 0;
    for (; i + LANES <= size; i += LANES)
        for (int k = 0; k < LANES; k++)
            to[i + k] = before[i + k] * other + to[i + k] * own;
    for (; i < size; i++)
        to[i] = before[i] * other + to[i] * own;
}

void rn_mix_items(float *values, int64_t count, int64_t stride, int64_t size, double share)
{
    float last[CHUNK];
    for (int64_t at = 0; at < size; at += CHUNK) {
        int64_t chunk = size - at < CHUNK ? size - at : CHUNK;
        memcpy(last, values + (count - 1) * stride + at, (size_t)chunk * sizeof *last);
        for (int64_t i = count - 1; i > 0; i--)
            mix(values + i * stride + at, values + (i - 1) * stride + at, chunk, share);
        mix(values + at, last, chunk, share);
    }
}
