/* tile_weights.c: packing weights for tiles, and adding up the sums of their gradients. */
#include "onednn/conv2d/tile_weights.h"

#include <stdio.h>
#include <string.h>

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t onednn_tile_block_floats(const onednn_tile_packing *packing)
{
    return shape_divide_up(packing->inputs, ONEDNN_LANES) * ONEDNN_LANES * ONEDNN_LANES;
}

static int64_t block_count(const onednn_tile_packing *packing)
{
    return shape_divide_up(packing->outputs, ONEDNN_LANES);
}

/* The outputs that a block has; the last one may have fewer. */
static int64_t lane_count(const onednn_tile_packing *packing, int64_t block)
{
    return least(ONEDNN_LANES, packing->outputs - block * ONEDNN_LANES);
}

int64_t onednn_tile_floats(const onednn_tile_packing *packing)
{
    return block_count(packing) * onednn_tile_block_floats(packing);
}

void onednn_tile_start(const float *bias, int64_t channels, int64_t block,
                       float start[ONEDNN_LANES])
{
    const int64_t first = block * ONEDNN_LANES;
    for (int64_t l = 0; l < ONEDNN_LANES; l++)
        start[l] = bias && first + l < channels ? bias[first + l] : 0;
}

typedef struct pack_call {
    const onednn_tile_packing *packing;
    const float *weight;
    float *to;
} pack_call;

/* Items are blocks of outputs. */
static void pack_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const pack_call *call = argument;
    const onednn_tile_packing *packing = call->packing;
    const int64_t output_step = packing->turned ? 1 : packing->inputs;
    const int64_t input_step = packing->turned ? packing->outputs : 1;
    (void)thread;
    for (int64_t block = begin; block < end; block++) {
        float *to = call->to + block * onednn_tile_block_floats(packing);
        const float *from = call->weight + block * ONEDNN_LANES * output_step;
        const int64_t lanes = lane_count(packing, block);
        if (lanes < ONEDNN_LANES || packing->inputs % ONEDNN_LANES)
            memset(to, 0, (size_t)onednn_tile_block_floats(packing) * sizeof *to);
        for (int64_t i = 0; i < packing->inputs; i++)
            for (int64_t l = 0; l < lanes; l++)
                to[i * ONEDNN_LANES + l] = from[l * output_step + i * input_step];
    }
}

static void pack(rn_context *context, const void *packing, const float *weight, void *to)
{
    pack_call call = { packing, weight, to };
    cpu_parallel(context, block_count(packing), pack_work, &call);
}

bool onednn_tile_layouts(const conv2d_problem *p, const onednn_tile_packing *of, conv2d_plan *plan)
{
    onednn_packing packing = { .pack = pack,
                               .plan = of,
                               .plan_bytes = sizeof *of,
                               .bytes = (uint64_t)onednn_tile_floats(of) * sizeof(float) };
    snprintf(packing.key, sizeof packing.key, "tiles %lld to %lld%s", (long long)of->inputs,
             (long long)of->outputs, of->turned ? " turned" : "");
    return onednn_conv2d_own_layouts(p, &packing, plan);
}

typedef struct finish_call {
    const onednn_tile_packing *packing;
    const float *sums;
    int64_t n;
    float *dweight;
} finish_call;

/* Items are 16 inputs of a block of outputs. */
static void finish_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    enum { SQUARE = ONEDNN_LANES * ONEDNN_LANES };
    const finish_call *call = argument;
    const onednn_tile_packing *packing = call->packing;
    const int64_t squares = onednn_tile_block_floats(packing) / SQUARE,
                  floats = onednn_tile_floats(packing);
    (void)thread;
    for (int64_t item = begin; item < end; item++) {
        const int64_t block = item / squares, first = item % squares * ONEDNN_LANES;
        const int64_t lanes = lane_count(packing, block);
        const int64_t inputs = least(ONEDNN_LANES, packing->inputs - first);
        float *to = call->dweight + block * ONEDNN_LANES * packing->inputs + first;
        float total[SQUARE] = { 0 };
        for (int64_t t = 0; t < call->n; t++)
            for (int64_t i = 0; i < SQUARE; i++)
                total[i] += call->sums[t * floats + item * SQUARE + i];
        for (int64_t l = 0; l < lanes; l++)
            for (int64_t i = 0; i < inputs; i++)
                to[l * packing->inputs + i] = total[i * ONEDNN_LANES + l];
    }
}

void onednn_tile_sums_finish(rn_context *context, const onednn_tile_packing *packing,
                             const float *sums, int64_t n, float *dweight)
{
    finish_call call = { packing, sums, n, dweight };
    cpu_parallel(context, onednn_tile_floats(packing) / (ONEDNN_LANES * ONEDNN_LANES), finish_work,
                 &call);
}
