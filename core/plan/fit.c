/* fit.c: estimates how many images fit from the arena of a plan and the device's free memory. */
#include "plan/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/calls.h"

/* Batches that the loader holds in host memory, which the device may share. */
#define LOADED_BATCHES 3

/* Up to here is searched where a device does not tell how much memory it has. */
#define UNKNOWN_BYTES ((uint64_t)1 << 40)

/* Bytes of the largest buffer that can be created, up to `wanted` and to within 1/1024 of it; at
 * most the device's memory. */
static uint64_t available_bytes(const rn_device *device, uint64_t wanted)
{
    uint64_t step = wanted / 1024 + 1, low = 0, high = wanted;
    while (high - low > step) {
        uint64_t middle = low + (high - low) / 2;
        rn_buffer *buffer = NULL;
        if (rn_device_buffer(device, middle, &buffer)) {
            high = middle;
        } else {
            device->backend->buffer_destroy(device->context, buffer);
            low = middle;
        }
    }
    uint64_t all = device->info.memory_bytes;
    return all && low > all ? all : low;
}

uint64_t rn_fit_free(const rn_device *device)
{
    uint64_t all = device->info.memory_bytes;
    return available_bytes(device, all ? all : UNKNOWN_BYTES);
}

/* Rounds down to two digits: the other memory that the process needs is unknown. */
static long long rounded_down(double n)
{
    double unit = n >= 100 ? pow(10, floor(log10(n)) - 1) : 1;
    return (long long)(floor(n / unit) * unit);
}

void rn_fit_advise(const rn_plan *plan, int64_t batch, const char *key)
{
    char *why = strdup(rn_fail_text());
    if (!why)
        return;
    double image_bytes = (double)plan->dag->images->desc.size_bytes;
    double bytes = (double)plan->memory->arena_bytes + LOADED_BATCHES * image_bytes;
    double share = (double)available_bytes(plan->device, plan->memory->arena_bytes) / bytes;
    long long fit = rounded_down(share * (double)batch);
    if (fit > 0)
        rn_fail(RN_E_NOMEM, "%s; lower %s to about %lld", why, key, fit);
    else
        rn_fail(RN_E_NOMEM,
                "%s; one image is too much already, so use smaller images or a smaller "
                "network",
                why);
    free(why);
}
