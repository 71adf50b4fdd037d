/* noise.c: Monte Carlo arithmetic (Parker 1997), an operator at a time: the spread of the results
 * is the error that rounding may cause, whatever cancels in between. */
#include "commands/noise.h"

#include <resnet/random.h>
#include <stdlib.h>

#include "base/status.h"

#define SEED 20261128
#define CHUNK 4096 /* random numbers at a time */

/* One result of the operator at hand: what it was without noise, and what it is now. In whatever
 * layout: where one pads, it does so with zeros, which stay. */
typedef struct result {
    rn_operand place;
    uint64_t count;
    float *before, *now;
} result;

typedef struct noise {
    rn_plan *plan;
    double amount;
    uint32_t n_results; /* so far: each has random numbers of its own */
} noise;

static bool has_moved_away(const result *r)
{
    double size = 0, moved = 0;
    for (uint64_t i = 0; i < r->count; i++) {
        double difference = (double)r->now[i] - (double)r->before[i];
        size += (double)r->before[i] * (double)r->before[i];
        moved += difference * difference;
    }
    return moved > size;
}

/* What is nothing but noise may still add up to 0 where rounding would not let it: its signs are
 * drawn anew. */
static void disturb(const result *r, double amount, uint32_t stream)
{
    float random[CHUNK];
    bool is_noise = has_moved_away(r);
    double down = is_noise ? -1 : 1 - amount, up = is_noise ? 1 : 1 + amount;
    for (uint64_t first = 0; first < r->count; first += CHUNK) {
        uint64_t n = r->count - first < CHUNK ? r->count - first : CHUNK;
        rn_random_fill(SEED, (uint32_t)(first / CHUNK), stream, random, n);
        for (uint64_t i = 0; i < n; i++)
            r->now[first + i] *= (float)(random[i] < 0.5f ? down : up);
    }
}

static rn_status download(const noise *n, const result *r, float *to)
{
    const rn_device *device = n->plan->device;
    rn_status status =
        device->backend->download(device->context, to, r->place, r->count * sizeof *to);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}

static rn_status upload(const noise *n, const result *r)
{
    const rn_device *device = n->plan->device;
    rn_status status =
        device->backend->upload(device->context, r->place, r->now, r->count * sizeof *r->now);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}

/* The results of a launch that rounding touches, as the run before has left them. */
static rn_status collect(const noise *n, const rn_launch *launch, result *results, int32_t *count)
{
    const rn_node *node = launch->node;
    rn_status status = RN_OK;
    for (int32_t k = 0; k < node->n_outputs && !status && !rn_node_is(node, "reorder"); k++) {
        const rn_value *value = node->outputs[k];
        if (!value || value->desc.dtype != RN_F32)
            continue;
        result *r = &results[(*count)++];
        *r = (result){ .place = launch->operands[node->n_inputs + k],
                       .count = value->desc.size_bytes / sizeof(float),
                       .before = malloc(value->desc.size_bytes),
                       .now = malloc(value->desc.size_bytes) };
        status =
            r->before && r->now
                ? download(n, r, r->before)
                : rn_fail(RN_E_NOMEM, "no memory for tensor \"%s\"; lower --batch", value->name);
    }
    return status;
}

static rn_status launch_with_noise(noise *n, int32_t i)
{
    result results[RN_MAX_OPERANDS];
    int32_t count = 0;
    rn_status status = collect(n, &n->plan->launches[i], results, &count);
    if (!status)
        status = rn_plan_launch(n->plan, i);
    for (int32_t k = 0; k < count; k++) {
        result *r = &results[k];
        if (!status)
            status = download(n, r, r->now);
        if (!status) {
            disturb(r, n->amount, n->n_results++);
            status = upload(n, r);
        }
        free(r->before);
        free(r->now);
    }
    return status;
}

rn_status rn_noise_run(rn_plan *plan, double amount)
{
    noise n = { .plan = plan, .amount = amount };
    rn_status status = rn_plan_begin(plan);
    for (int32_t i = 0; i < plan->n_launches && !status; i++)
        status = launch_with_noise(&n, i);
    return status;
}
