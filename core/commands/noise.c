/* noise.c: Monte Carlo arithmetic (Parker 1997), one operator at a time: the spread of the results
 * estimates the error that rounding can cause, including cancellation. */
#include "commands/noise.h"

#include <resnet/random.h>
#include <stdlib.h>

#include "base/status.h"

#define SEED 20261128
#define CHUNK 4096 /* random numbers at a time */

/* One result of the current operator: its values in the run without noise, and now. The layout does
 * not matter: padding is 0, and noise only scales. */
typedef struct result {
    rn_operand operand;
    uint64_t count;
    float *before, *now;
} result;

typedef struct noise {
    rn_plan *plan;
    double amount;
    uint32_t n_results; /* so far; each result has its own random stream */
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

/* Scales each value up or down by the amount, at random. A result that is only noise gets random
 * signs instead: scaling alone could leave sums at 0 that rounding would not. */
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
        device->backend->download(device->context, to, r->operand, r->count * sizeof *to);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}

static rn_status upload(const noise *n, const result *r)
{
    const rn_device *device = n->plan->device;
    rn_status status =
        device->backend->upload(device->context, r->operand, r->now, r->count * sizeof *r->now);
    return status ? rn_fail_at(status, "%s", device->label) : RN_OK;
}

/* Lists the results of a launch that are rounded, with their values from the previous run, which
 * the caller frees, also on failure. */
static rn_status collect(const noise *n, const rn_launch *launch, result *results, int32_t *count)
{
    const rn_node *node = launch->node;
    if (rn_node_is(node, "reorder"))
        return RN_OK;
    for (int32_t k = 0; k < node->n_outputs; k++) {
        const rn_value *value = node->outputs[k];
        if (!value || value->desc.dtype != RN_F32)
            continue;
        result *r = &results[(*count)++];
        *r = (result){ .operand = launch->operands[node->n_inputs + k],
                       .count = value->desc.size_bytes / sizeof(float),
                       .before = malloc(value->desc.size_bytes),
                       .now = malloc(value->desc.size_bytes) };
        if (!r->before || !r->now)
            return rn_fail(RN_E_NOMEM, "no memory for tensor \"%s\"; lower --batch", value->name);
        rn_status status = download(n, r, r->before);
        if (status)
            return status;
    }
    return RN_OK;
}

static rn_status add_noise(noise *n, result *r)
{
    rn_status status = download(n, r, r->now);
    if (status)
        return status;
    disturb(r, n->amount, n->n_results++);
    return upload(n, r);
}

static rn_status launch_with_noise(noise *n, int32_t i)
{
    result results[RN_MAX_OPERANDS];
    int32_t count = 0;
    rn_status status = collect(n, &n->plan->launches[i], results, &count);
    if (status)
        goto done;
    status = rn_plan_launch(n->plan, i);
    for (int32_t k = 0; k < count && !status; k++)
        status = add_noise(n, &results[k]);
done:
    for (int32_t k = 0; k < count; k++) {
        free(results[k].before);
        free(results[k].now);
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
