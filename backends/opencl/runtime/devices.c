/* devices.c: asks the drivers for their devices. This runs in a child process, and
 * its results are not trusted: numbers are limited and texts are made printable. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/room.h"
#include "gpu/name.h"
#include "opencl/runtime/device.h"
#include "opencl/runtime/probe.h"

enum { WHOLE_BYTES = 1024 };

/* Address space that drivers need while they are loaded and queried. PoCL 3.1 with LLVM 14 takes
 * 300; with less it aborts or reports no devices. */
#define DRIVERS_MB 512

/* Copies the driver's text, cut to fit; "" if the query failed. */
static void text_take(char whole[WHOLE_BYTES], cl_int error, char *text, size_t bytes)
{
    if (error)
        whole[0] = 0;
    whole[WHOLE_BYTES - 1] = 0;
    gpu_name_clean(whole);
    snprintf(text, bytes, "%s", whole);
}

static void device_text(cl_device_id device, cl_device_info what, char *text, size_t bytes)
{
    char whole[WHOLE_BYTES] = "";
    cl_int error = clGetDeviceInfo(device, what, sizeof whole - 1, whole, NULL);
    text_take(whole, error, text, bytes);
}

static void platform_text(cl_platform_id platform, cl_platform_info what, char *text, size_t bytes)
{
    char whole[WHOLE_BYTES] = "";
    cl_int error = clGetPlatformInfo(platform, what, sizeof whole - 1, whole, NULL);
    text_take(whole, error, text, bytes);
}

/* True if the device can be divided into parts by numbers of compute units. */
static bool is_divisible(cl_device_id device)
{
    cl_device_partition_property list[16] = { 0 };
    cl_uint parts = 0;
    size_t bytes = 0;
    if (clGetDeviceInfo(device, CL_DEVICE_PARTITION_MAX_SUB_DEVICES, sizeof parts, &parts, NULL) ||
        clGetDeviceInfo(device, CL_DEVICE_PARTITION_PROPERTIES, sizeof list, list, &bytes))
        return false;
    for (size_t i = 0; parts > 0 && i < 16 && i < bytes / sizeof *list; i++)
        if (list[i] == CL_DEVICE_PARTITION_BY_COUNTS)
            return true;
    return false;
}

static bool is_true(cl_device_id device, cl_device_info what)
{
    cl_bool answer = CL_FALSE;
    return clGetDeviceInfo(device, what, sizeof answer, &answer, NULL) == CL_SUCCESS && answer;
}

/* `version`: "OpenCL 1.2 ...". */
static const char *refusal(cl_device_id device, const char *version)
{
    int major = 0, minor = 0;
    if (sscanf(version, "OpenCL %d.%d", &major, &minor) != 2 || major < 1 ||
        (major == 1 && minor < 2))
        return "it does not have OpenCL 1.2";
    if (!is_true(device, CL_DEVICE_AVAILABLE))
        return "its driver says that it is not available";
    if (!is_true(device, CL_DEVICE_COMPILER_AVAILABLE))
        return "its driver has no compiler";
    return is_true(device, CL_DEVICE_ENDIAN_LITTLE) ? "" : "it is not little-endian";
}

static void device_describe(cl_device_id device, opencl_found *found)
{
    char version[64], driver[32];
    cl_device_type type = 0;
    cl_ulong bytes = 0;
    cl_uint units = 0;
    clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    clGetDeviceInfo(device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    device_text(device, CL_DEVICE_NAME, found->name, sizeof found->name);
    device_text(device, CL_DEVICE_VERSION, version, sizeof version);
    device_text(device, CL_DRIVER_VERSION, driver, sizeof driver);
    snprintf(found->driver, sizeof found->driver, "%.54s, driver %s", version, driver);
    snprintf(found->refused, sizeof found->refused, "%s", refusal(device, version));
    found->is_cpu = (type & CL_DEVICE_TYPE_CPU) != 0;
    found->is_gpu = (type & (CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR)) != 0;
    found->is_divisible = found->is_cpu && is_divisible(device);
    found->memory_bytes = bytes;
    found->compute_units = units;
}

/* The number of entries that a query returned, of the `n` that exist. */
static cl_uint limited(cl_uint n)
{
    return n < OPENCL_MAX_OF_ONE ? n : OPENCL_MAX_OF_ONE;
}

static void platform_describe(cl_platform_id platform, int32_t number, opencl_found_list *list)
{
    cl_device_id devices[OPENCL_MAX_OF_ONE] = { NULL };
    cl_uint n = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, OPENCL_MAX_OF_ONE, devices, &n))
        return;
    for (cl_uint i = 0; i < limited(n) && list->n_devices < OPENCL_MAX_DEVICES; i++) {
        if (!devices[i])
            continue;
        opencl_found *found = &list->devices[list->n_devices++];
        *found = (opencl_found){ .platform = number, .index = (int32_t)i };
        platform_text(platform, CL_PLATFORM_NAME, found->platform_name,
                      sizeof found->platform_name);
        device_describe(devices[i], found);
    }
}

static void find_all(void *answer)
{
    opencl_found_list *list = answer;
    cl_platform_id platforms[OPENCL_MAX_OF_ONE] = { NULL };
    cl_uint n = 0;
    *list = (opencl_found_list){ 0 };
    if (clGetPlatformIDs(OPENCL_MAX_OF_ONE, platforms, &n))
        return;
    for (cl_uint i = 0; i < limited(n); i++) {
        list->n_platforms++;
        if (platforms[i])
            platform_describe(platforms[i], (int32_t)i, list);
    }
}

/* Any thread may open a context, but not every driver survives a first query from two threads at
 * once: PoCL 3.1 crashes or finds no device. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

rn_status opencl_devices(const opencl_found_list **list)
{
    static opencl_found_list found;
    static bool is_found;
    pthread_mutex_lock(&lock);
    rn_status status = is_found ? RN_OK : room_check(gpu_host, DRIVERS_MB, "OpenCL's drivers");
    if (!status && !is_found)
        status = opencl_probe(find_all, &found, sizeof found);
    is_found = !status;
    pthread_mutex_unlock(&lock);
    *list = &found;
    return status;
}

rn_status opencl_device_handles(const opencl_found *found, cl_platform_id *platform,
                                cl_device_id *device)
{
    cl_platform_id platforms[OPENCL_MAX_OF_ONE] = { NULL };
    cl_device_id devices[OPENCL_MAX_OF_ONE] = { NULL };
    cl_uint n_platforms = 0, n_devices = 0;
    char name[sizeof found->name] = "";
    pthread_mutex_lock(&lock);
    cl_int error = clGetPlatformIDs(OPENCL_MAX_OF_ONE, platforms, &n_platforms);
    *platform = !error && (cl_uint)found->platform < limited(n_platforms)
                    ? platforms[found->platform]
                    : NULL;
    if (*platform)
        error =
            clGetDeviceIDs(*platform, CL_DEVICE_TYPE_ALL, OPENCL_MAX_OF_ONE, devices, &n_devices);
    *device = *platform && !error && (cl_uint)found->index < limited(n_devices)
                  ? devices[found->index]
                  : NULL;
    if (*device)
        device_text(*device, CL_DEVICE_NAME, name, sizeof name);
    pthread_mutex_unlock(&lock);
    if (*device && strcmp(name, found->name) == 0)
        return RN_OK;
    return gpu_host->fail(RN_E_DEVICE, "%s/%s was there a moment ago, and is not any more",
                          found->platform_name, found->name);
}
