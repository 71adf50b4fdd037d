/* lanes.h: pixels of 16 channels side by side ("lanes"), which is how Winograd's transforms see
 * images: every step is then the same for 16 neighbours in memory. */
#ifndef RN_BACKENDS_CPU_BLAS_LANES_H
#define RN_BACKENDS_CPU_BLAS_LANES_H

#include <stdint.h>

#define LANES 16

/* to[i * LANES + l] = from[l * stride + i] for i < count; lanes from n_lanes on become 0. */
void lanes_gather(const float *from, int64_t stride, int64_t n_lanes, int64_t count, float *to);

/* The reverse: to[l * stride + i] = from[i * LANES + l] + bias[l]; bias NULL counts as 0. */
typedef struct lanes_place {
    float *to;
    int64_t stride, n_lanes;
    const float *bias;
} lanes_place;

void lanes_scatter(const float *from, int64_t count, const lanes_place *place);

#endif
