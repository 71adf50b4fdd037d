/* device_number.c: finds the GPU that --device selects. */
#include <stdio.h>
#include <stdlib.h>

#include "cudnn/runtime/device.h"
#include "gpu/name.h"

enum { TEXT_BYTES = 1500 };

/* "the GPUs are 0: NAME, 79.1 GiB, compute capability 9.0; 1: ..." */
static void list_write(const cudnn_found_list *list, char text[TEXT_BYTES])
{
    size_t used = (size_t)snprintf(text, TEXT_BYTES, "the GPUs are");
    for (int32_t i = 0; i < list->n && used < TEXT_BYTES; i++) {
        const cudnn_found *d = &list->devices[i];
        used += (size_t)snprintf(text + used, TEXT_BYTES - used,
                                 "%s %d: %s, %.1f GiB, compute capability %d.%d", i ? ";" : "",
                                 (int)i, d->name, (double)d->memory_bytes / (1 << 30),
                                 (int)d->arch / 10, (int)d->arch % 10);
        if (d->refused[0] && used < TEXT_BYTES)
            used += (size_t)snprintf(text + used, TEXT_BYTES - used, " (%s)", d->refused);
    }
}

static rn_status fail_choice(const cudnn_found_list *list, const char *why, const char *text)
{
    char names[TEXT_BYTES];
    list_write(list, names);
    return gpu_host->fail(RN_E_DEVICE, "%s \"%s\"; %s", why, text, names);
}

static rn_status by_name(const cudnn_found_list *list, const char *text, int32_t *number)
{
    int best = NAME_PART, n = 0;
    for (int32_t i = 0; i < list->n; i++) {
        int match = gpu_name_match(list->devices[i].name, text);
        if (match < best)
            continue;
        n = match > best ? 1 : n + 1;
        best = match;
        *number = i;
    }
    if (n == 0)
        return fail_choice(list, "there is no GPU", text);
    if (n > 1)
        return fail_choice(list, "more than one GPU is meant by", text);
    return RN_OK;
}

rn_status cudnn_device_number(const cudnn_found_list *list, const char *text, int32_t *number)
{
    rn_status status = RN_OK;
    *number = 0;
    if (list->n == 0)
        return cudnn_cuda_check(cudaErrorNoDevice, "find a GPU");
    if (gpu_name_is_number(text)) {
        unsigned long given = strtoul(text, NULL, 10);
        if (given >= (unsigned long)list->n)
            return fail_choice(list, "there is no GPU", text);
        *number = (int32_t)given;
    } else if (text[0]) {
        status = by_name(list, text, number);
    }
    if (!status && list->devices[*number].refused[0])
        return gpu_host->fail(RN_E_DEVICE, "%s cannot be used: %s", list->devices[*number].name,
                              list->devices[*number].refused);
    return status;
}
