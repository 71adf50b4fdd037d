/* device_number.c: which device a text means. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/name.h"
#include "opencl/runtime/device.h"
#include "opencl/runtime/probe.h"

enum { TEXT_BYTES = 1500, NAME_BYTES = 256 };

/* "the devices are 0: PLATFORM/DEVICE; 1: ..." */
static void list_write(const opencl_found_list *list, char text[TEXT_BYTES])
{
    size_t used = (size_t)snprintf(text, TEXT_BYTES, "the devices are");
    for (int32_t i = 0; i < list->n_devices && used < TEXT_BYTES; i++) {
        const opencl_found *d = &list->devices[i];
        used += (size_t)snprintf(text + used, TEXT_BYTES - used, "%s %d: %s/%s", i ? ";" : "",
                                 (int)i, d->platform_name, d->name);
        if (d->refused[0] && used < TEXT_BYTES)
            used += (size_t)snprintf(text + used, TEXT_BYTES - used, " (%s)", d->refused);
    }
}

static rn_status fail_none(const opencl_found_list *list)
{
    char vendors[768];
    opencl_vendors(vendors, sizeof vendors);
    if (!list->n_platforms)
        return gpu_host->fail(RN_E_DEVICE,
                              "there is no OpenCL driver: %s; install the one of "
                              "your device, for instance intel-opencl-icd, mesa-opencl-icd or "
                              "its vendor's, or pocl-opencl-icd for the processor",
                              vendors);
    rn_status status = opencl_pocl_check(vendors);
    if (status)
        return status;
    return gpu_host->fail(RN_E_DEVICE,
                          "the OpenCL drivers find no device: %s; the device's "
                          "driver is not installed, or you may not use it (are you in the "
                          "groups video and render?)",
                          vendors);
}

static rn_status fail_choice(const opencl_found_list *list, const char *why, const char *text)
{
    char names[TEXT_BYTES];
    list_write(list, names);
    return gpu_host->fail(RN_E_DEVICE, "%s \"%s\"; %s", why, text, names);
}

/* The first GPU among those that are in question and usable, else the first device, else -1. */
static int32_t first_of(const opencl_found_list *list, const bool in_question[])
{
    int32_t first = -1;
    for (int32_t i = 0; i < list->n_devices; i++) {
        if (!in_question[i] || list->devices[i].refused[0])
            continue;
        if (list->devices[i].is_gpu)
            return i;
        first = first < 0 ? i : first;
    }
    return first;
}

/* Leaves those in question whose name matches best: platforms' names, or devices'. */
static void keep_best(const opencl_found_list *list, const char *part, bool by_platform,
                      bool in_question[])
{
    int32_t matches[OPENCL_MAX_DEVICES] = { NAME_OTHER }, best = NAME_PART;
    for (int32_t i = 0; i < list->n_devices; i++) {
        const opencl_found *d = &list->devices[i];
        if (in_question[i])
            matches[i] = gpu_name_match(by_platform ? d->platform_name : d->name, part);
        best = matches[i] > best ? matches[i] : best;
    }
    for (int32_t i = 0; i < list->n_devices; i++)
        in_question[i] = matches[i] == best;
}

/* Without a name for the device: the first one, if one platform has all of them. */
static bool is_of_one_platform(const opencl_found_list *list, const bool in_question[])
{
    int32_t platform = -1;
    for (int32_t i = 0; i < list->n_devices; i++) {
        if (!in_question[i])
            continue;
        if (platform >= 0 && platform != list->devices[i].platform)
            return false;
        platform = list->devices[i].platform;
    }
    return true;
}

static rn_status by_name(const opencl_found_list *list, const char *text, int32_t *number)
{
    bool in_question[OPENCL_MAX_DEVICES];
    char platform[NAME_BYTES] = "";
    const char *slash = strchr(text, '/'), *device = slash ? slash + 1 : text;
    int32_t n = 0;
    if (slash)
        snprintf(platform, sizeof platform, "%.*s", (int)(slash - text), text);
    for (int32_t i = 0; i < list->n_devices; i++)
        in_question[i] = true;
    keep_best(list, platform, true, in_question);
    keep_best(list, device, false, in_question);
    for (int32_t i = 0; i < list->n_devices; i++) {
        n += in_question[i];
        *number = in_question[i] ? i : *number;
    }
    if (n == 0)
        return fail_choice(list, "there is no device", text);
    if (n > 1 && device[0] == 0 && (!platform[0] || is_of_one_platform(list, in_question)))
        *number = first_of(list, in_question);
    else if (n > 1)
        return fail_choice(list, "more than one device is meant by", text);
    return RN_OK;
}

rn_status opencl_device_number(const opencl_found_list *list, const char *text, int32_t *number)
{
    rn_status status = RN_OK;
    *number = -1;
    if (!list->n_devices)
        return fail_none(list);
    if (gpu_name_is_number(text)) {
        unsigned long given = strtoul(text, NULL, 10);
        if (given >= (unsigned long)list->n_devices)
            return fail_choice(list, "there is no device", text);
        *number = (int32_t)given;
    } else {
        status = by_name(list, text, number);
    }
    if (status)
        return status;
    if (*number < 0)
        return fail_choice(list, "no device can be used of", text);
    if (list->devices[*number].refused[0])
        return gpu_host->fail(RN_E_DEVICE, "%s/%s cannot be used: %s",
                              list->devices[*number].platform_name, list->devices[*number].name,
                              list->devices[*number].refused);
    return RN_OK;
}
