/* lanes.h: pixels of 16 channels side by side ("lanes"), the layout of Winograd's transforms:
 * each step does the same to 16 neighbours in memory. */
#ifndef BACKENDS_CPU_WINOGRAD_LANES_H
#define BACKENDS_CPU_WINOGRAD_LANES_H

#include <stdbool.h>
#include <stdint.h>

#define LANES 16

/* to[i * LANES + l] = from[l * stride + i] for i < count; lanes from n_lanes on become 0. */
void winograd_gather(const float *from, int64_t stride, int64_t n_lanes, int64_t count, float *to);

/* The reverse: to[l * stride + i] = from[i * LANES + l] + bias[l] + z[l * stride + i]. */
typedef struct lanes_target {
    float *to;
    int64_t stride, n_lanes;
    const float *bias; /* LANES */
    const float *z;    /* as `to`, which it may be; NULL counts as 0 */
} lanes_target;

void winograd_scatter(const float *from, int64_t count, const lanes_target *place);

/* What follows a convolution; z has lanes as `to`, NULL counts as 0. */
typedef struct lanes_epilogue {
    float bias[LANES];
    const float *z;
    bool relu;
} lanes_epilogue;

/* to = from + bias + z, then relu, of `count` pixels. */
void winograd_finish(const float *from, int64_t count, const lanes_epilogue *epilogue, float *to);

#endif
