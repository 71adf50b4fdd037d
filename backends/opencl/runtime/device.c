/* device.c: describes devices, and opens one for a context. */
#include "opencl/runtime/device.h"

#include <stdio.h>
#include <string.h>

#include "base/hand_over.h"
#include "base/processors.h"

rn_status opencl_device_count(int32_t *count)
{
    const opencl_found_list *list;
    rn_status status = opencl_devices(&list);
    *count = status ? 0 : list->n_devices;
    return status;
}

rn_status opencl_device_info(int32_t index, rn_device_info *info)
{
    const opencl_found_list *list;
    rn_device_info filled = { .size = sizeof filled };
    rn_status status = opencl_devices(&list);
    if (status)
        return status;
    if (index < 0 || index >= list->n_devices)
        return gpu_host->fail(RN_E_DEVICE, "there is no device %d", (int)index);
    const opencl_found *d = &list->devices[index];
    snprintf(filled.name, sizeof filled.name, "%s/%s", d->platform_name, d->name);
    if (d->refused[0])
        snprintf(filled.library, sizeof filled.library, "cannot be used: %s", d->refused);
    else
        snprintf(filled.library, sizeof filled.library, "%s", d->driver);
    filled.memory_bytes = d->memory_bytes;
    filled.threads = d->is_divisible ? (int32_t)d->compute_units : 0;
    hand_over(info, &filled);
    return RN_OK;
}

rn_status opencl_context_info(rn_context *context, rn_device_info *info)
{
    return opencl_device_info(context->number, info);
}

static size_t size_of(cl_device_id device, cl_device_info what)
{
    size_t value = 0;
    return clGetDeviceInfo(device, what, sizeof value, &value, NULL) ? 0 : value;
}

static uint64_t bytes_of(cl_device_id device, cl_device_info what)
{
    cl_ulong value = 0;
    return clGetDeviceInfo(device, what, sizeof value, &value, NULL) ? 0 : value;
}

static rn_status limits_read(const opencl_found *found, rn_context *context)
{
    size_t sizes[16] = { 0 };
    cl_uint units = 1;
    cl_device_id device = context->device;
    clGetDeviceInfo(device, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof sizes, sizes, NULL);
    clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    context->limits =
        (opencl_limits){ .is_cpu = found->is_cpu != 0,
                         .group_items = size_of(device, CL_DEVICE_MAX_WORK_GROUP_SIZE),
                         .local_bytes = bytes_of(device, CL_DEVICE_LOCAL_MEM_SIZE),
                         .allocation_bytes = bytes_of(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE),
                         .compute_units = units ? units : 1 };
    if (sizes[0] < context->limits.group_items)
        context->limits.group_items = sizes[0];
    context->group = 64;
    while (context->group > 1 && (uint64_t)context->group > context->limits.group_items)
        context->group /= 2;
    if (context->group >= 16)
        return RN_OK;
    return gpu_host->fail(RN_E_DEVICE,
                          "%s/%s has groups of %d work-items at most, and 16 are "
                          "needed",
                          found->platform_name, found->name, (int)context->limits.group_items);
}

static void machine_write(rn_context *context)
{
    char name[128] = "", driver[96] = "", platform[128] = "";
    clGetDeviceInfo(context->device, CL_DEVICE_NAME, sizeof name - 1, name, NULL);
    clGetDeviceInfo(context->device, CL_DRIVER_VERSION, sizeof driver - 1, driver, NULL);
    clGetPlatformInfo(context->platform, CL_PLATFORM_VERSION, sizeof platform - 1, platform, NULL);
    snprintf(context->machine, sizeof context->machine, "%s|%s|%s|%d units", name, driver, platform,
             (int)context->limits.compute_units);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* With fewer threads than the processor has: a part of it. */
static rn_status threads_take(const opencl_found *found, int32_t threads, rn_context *context)
{
    cl_device_id part = NULL;
    if (threads < 0)
        return gpu_host->fail(RN_E_USAGE,
                              "%d threads were asked for; give 1 or more, or 0 for "
                              "all",
                              (int)threads);
    if (!found->is_divisible)
        return RN_OK;
    if (threads == 0)
        threads = (int32_t)least((uint32_t)processors_default(), found->compute_units);
    if ((uint32_t)threads == found->compute_units)
        return RN_OK;
    if ((uint32_t)threads > found->compute_units)
        return gpu_host->fail(RN_E_DEVICE,
                              "%d threads were asked for, and %s has %d; ask for "
                              "so many or fewer",
                              (int)threads, found->name, (int)found->compute_units);
    const cl_device_partition_property parts[] = { CL_DEVICE_PARTITION_BY_COUNTS, threads,
                                                   CL_DEVICE_PARTITION_BY_COUNTS_LIST_END, 0 };
    rn_status status = opencl_check(clCreateSubDevices(context->device, parts, 1, &part, NULL),
                                    "use a part of the processor");
    if (status)
        return status;
    context->device = part;
    return RN_OK;
}

rn_status opencl_device_choose(const rn_open_params *params, rn_context *context)
{
    const opencl_found_list *list;
    rn_status status = opencl_devices(&list);
    if (status)
        return status;
    status = opencl_device_number(list, params->device ? params->device : "", &context->number);
    if (status)
        return status;
    const opencl_found *found = &list->devices[context->number];
    status = opencl_driver_cache_check(found);
    if (status)
        return status;
    status = opencl_device_handles(found, &context->platform, &context->device);
    if (status)
        return status;
    status = threads_take(found, params->threads, context);
    if (status)
        return status;
    status = limits_read(found, context);
    if (status)
        return status;
    machine_write(context);
    return RN_OK;
}
