/* mixing.h: what transforms of batches share: each item is mixed with the one before it, the first
 * with the last. */
#ifndef RN_CORE_DATA_TRANSFORMS_MIXING_H
#define RN_CORE_DATA_TRANSFORMS_MIXING_H

#include "data/transforms/kind.h"

/* The state of such a transform. */
typedef struct rn_mixing {
    double alpha, probability;
} rn_mixing;

/* An rn_transform_kind's `init`: reads `alpha` and `probability`. */
rn_status rn_mixing_init(void *state, const rn_attrs *attrs, const rn_transform_site *site);

/* In place: item i becomes share * item i + (1 - share) * item i-1, in float. Of each of `count`
 * items, `stride` floats apart, takes `size` floats. */
void rn_mix_items(float *values, int64_t count, int64_t stride, int64_t size, double share);

#endif
