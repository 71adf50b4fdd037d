/* device.c: the devices of all platforms, and which one a text chooses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opencl/opencl.h"

enum { MAX_DEVICES = 64 };

typedef struct found_device {
    cl_platform_id platform;
    cl_device_id device;
} found_device;

rn_status opencl_check(cl_int error, const char *what)
{
    if (error == CL_SUCCESS)
        return RN_OK;
    return opencl_host->fail(RN_E_DEVICE, "OpenCL could not %s: error %d", what, (int)error);
}

static int32_t find_all(found_device list[MAX_DEVICES])
{
    cl_platform_id platforms[16];
    cl_uint n_platforms = 0;
    int32_t n = 0;
    if (clGetPlatformIDs(16, platforms, &n_platforms))
        return 0;
    for (cl_uint p = 0; p < n_platforms && p < 16; p++) {
        cl_device_id devices[16];
        cl_uint n_devices = 0;
        if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, 16, devices, &n_devices))
            continue;
        for (cl_uint d = 0; d < n_devices && d < 16 && n < MAX_DEVICES; d++)
            list[n++] = (found_device){ platforms[p], devices[d] };
    }
    return n;
}

rn_status opencl_device_count(int32_t *count)
{
    found_device list[MAX_DEVICES];
    *count = find_all(list);
    return RN_OK;
}

static rn_status describe(cl_device_id device, rn_device_info *info)
{
    rn_device_info filled = { .size = sizeof filled };
    cl_ulong bytes = 0;
    clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof filled.name - 1, filled.name, NULL);
    clGetDeviceInfo(device, CL_DEVICE_VERSION, sizeof filled.library - 1, filled.library, NULL);
    clGetDeviceInfo(device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    filled.memory_bytes = bytes;
    if (filled.size > info->size)
        filled.size = info->size;
    memcpy(info, &filled, filled.size);
    return RN_OK;
}

rn_status opencl_device_info(int32_t index, rn_device_info *info)
{
    found_device list[MAX_DEVICES];
    if (index < 0 || index >= find_all(list))
        return opencl_host->fail(RN_E_DEVICE, "there is no device %d", (int)index);
    return describe(list[index].device, info);
}

rn_status opencl_context_info(rn_context *context, rn_device_info *info)
{
    return describe(context->device, info);
}

rn_status opencl_device_choose(const char *text, rn_context *context)
{
    found_device list[MAX_DEVICES];
    int32_t n = find_all(list), index = atoi(text);
    if (index >= n)
        return opencl_host->fail(RN_E_DEVICE, "there is no device \"%s\"", text);
    context->platform = list[index].platform;
    context->device = list[index].device;
    opencl_limits *l = &context->limits;
    cl_device_type type = 0;
    size_t items = 1;
    cl_ulong local = 0, allocation = 0;
    cl_uint units = 1;
    clGetDeviceInfo(context->device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    clGetDeviceInfo(context->device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof items, &items, NULL);
    clGetDeviceInfo(context->device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local, NULL);
    clGetDeviceInfo(context->device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof allocation, &allocation,
                    NULL);
    clGetDeviceInfo(context->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    *l = (opencl_limits){ .is_cpu = (type & CL_DEVICE_TYPE_CPU) != 0, .group_items = items,
                          .local_bytes = local, .allocation_bytes = allocation,
                          .compute_units = units };
    char name[128] = "", driver[96] = "", platform[128] = "";
    clGetDeviceInfo(context->device, CL_DEVICE_NAME, sizeof name - 1, name, NULL);
    clGetDeviceInfo(context->device, CL_DRIVER_VERSION, sizeof driver - 1, driver, NULL);
    clGetPlatformInfo(context->platform, CL_PLATFORM_VERSION, sizeof platform - 1, platform, NULL);
    snprintf(context->machine, sizeof context->machine, "%s|%s|%s|%d units", name, driver, platform,
             (int)units);
    context->group = 64;
    return RN_OK;
}
