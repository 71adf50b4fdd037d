/* weights.c: the transform of weights. */
#include <string.h>

#include "cpu/winograd/geometry.h"

typedef struct weights_call {
    const winograd_plan *plan;
    winograd_geometry g;
    const float *weight;
    float *transformed;
} weights_call;

/* Weights of LANES output channels and LANES input channels as pixels, input channel by input
 * channel, zeros where there is none. */
static void weights_read(const weights_call *call, int64_t from, int64_t to, float *pixels)
{
    const winograd_plan *p = call->plan;
    memset(pixels, 0, LANES * 9 * LANES * sizeof *pixels);
    if (p->pass == CONV2D_FORWARD) {
        winograd_gather(call->weight + (to * p->c + from) * 9, p->c * 9,
                        items_min(LANES, p->k - to), items_min(LANES, p->c - from) * 9, pixels);
        return;
    }
    for (int64_t k = from; k < items_min(from + LANES, p->k); k++, pixels += 9 * LANES) {
        float turned[9 * LANES];
        winograd_gather(call->weight + (k * p->c + to) * 9, 9, items_min(LANES, p->c - to), 9,
                        turned);
        for (int i = 0; i < 9; i++)
            memcpy(pixels + i * LANES, turned + (8 - i) * LANES, LANES * sizeof *pixels);
    }
}

/* A unit is LANES output channels. */
static void weights_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const weights_call *call = argument;
    const winograd_geometry *g = &call->g;
    float pixels[LANES * 9 * LANES] __attribute__((aligned(64)));
    (void)thread;
    for (int64_t to = begin * LANES; to < end * LANES; to += LANES)
        for (int64_t from = 0; from < g->from.channels; from += LANES) {
            winograd_tiles tiles = { .pixels = pixels,
                                     .row = 3 * LANES,
                                     .step = 9,
                                     .points = call->transformed +
                                               to / LANES * winograd_weight_panel(g) + from * LANES,
                                     .plane = winograd_weight_plane(g),
                                     .count = LANES };
            weights_read(call, from, to, pixels);
            g->transforms->weight(&tiles);
        }
}

void winograd_weights(rn_context *context, const winograd_plan *plan, const float *weight,
                      float *transformed)
{
    weights_call call = { plan, winograd_geometry_of(plan), weight, transformed };
    cpu_parallel(context, call.g.to_panels, weights_work, &call);
    /* What lies between two matrices, so that equal weights give equal bytes. */
    int64_t used = call.g.to_panels * winograd_weight_panel(&call.g);
    int64_t plane = winograd_weight_plane(&call.g);
    for (int64_t p = 0; p < call.g.points; p++)
        memset(transformed + p * plane + used, 0, (size_t)(plane - used) * sizeof *transformed);
}
