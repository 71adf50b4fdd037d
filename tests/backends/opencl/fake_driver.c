/* fake_driver.c: a driver for OpenCL's loader that is broken, or lists devices that can be named
 * but not opened. FAKE_DRIVER selects its behaviour:
 *
 *     abort, crash, exit, hang    when asked for its platforms
 *     nonsense                    too many devices, unterminated texts
 *     none                        no platform
 *     devices                     two platforms: "Alpha Compute" with "Turbo 9" twice, "Turbo 9
 *                                 Plus" and a processor; "Beta" with "Turbo Mini" and one device of
 *                                 each type that is refused */
#define CL_TARGET_OPENCL_VERSION 120

#include <CL/cl_icd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define COUNT(list) (sizeof(list) / sizeof(list)[0])

struct _cl_platform_id {
    const cl_icd_dispatch *dispatch;
    const char *name;
};

struct _cl_device_id {
    const cl_icd_dispatch *dispatch;
    const char *name, *version;
    cl_device_type type;
    int platform;
    cl_bool is_available, has_compiler, is_little;
};

static const cl_icd_dispatch DISPATCH;
static struct _cl_platform_id platforms[] = { { &DISPATCH, "Alpha Compute" },
                                              { &DISPATCH, "Beta" } };

#define GOOD "OpenCL 1.2 fake"
#define DEVICE(name, type, platform)                                                               \
    {                                                                                              \
        &DISPATCH, name, GOOD, CL_DEVICE_TYPE_##type, platform, 1, 1, 1                            \
    }
static struct _cl_device_id devices[] = {
    DEVICE("  Host\tprocessor  ", CPU, 0),
    DEVICE("Turbo 9", GPU, 0),
    DEVICE("Turbo 9", GPU, 0),
    DEVICE("Turbo 9 Plus", GPU, 0),
    { &DISPATCH, "Old", "OpenCL 1.1 fake", CL_DEVICE_TYPE_GPU, 1, 1, 1, 1 },
    { &DISPATCH, "Absent", GOOD, CL_DEVICE_TYPE_GPU, 1, 0, 1, 1 },
    { &DISPATCH, "Bare", GOOD, CL_DEVICE_TYPE_GPU, 1, 1, 0, 1 },
    { &DISPATCH, "Reversed", GOOD, CL_DEVICE_TYPE_GPU, 1, 1, 1, 0 },
    DEVICE("Turbo Mini", ACCELERATOR, 1),
};

static int is(const char *what)
{
    const char *chosen = getenv("FAKE_DRIVER");
    return chosen && strcmp(chosen, what) == 0;
}

static cl_int give(const void *value, size_t size, size_t capacity, void *to, size_t *needed)
{
    if (needed)
        *needed = size;
    if (to && capacity < size)
        return CL_INVALID_VALUE;
    if (to)
        memcpy(to, value, size);
    return CL_SUCCESS;
}

static cl_int give_text(const char *text, size_t capacity, void *to, size_t *needed)
{
    if (is("nonsense") && to) {
        memset(to, 0xff, capacity);
        return CL_SUCCESS;
    }
    return give(text, strlen(text) + 1, capacity, to, needed);
}

/* What the loader itself reads is always valid. */
static cl_int CL_API_CALL platform_info(cl_platform_id platform, cl_platform_info what,
                                        size_t capacity, void *to, size_t *needed)
{
    switch (what) {
        case CL_PLATFORM_EXTENSIONS: return give("cl_khr_icd", 11, capacity, to, needed);
        case CL_PLATFORM_ICD_SUFFIX_KHR: return give("FAKE", 5, capacity, to, needed);
        case CL_PLATFORM_NAME: return give_text(platform->name, capacity, to, needed);
        default: return give_text(GOOD, capacity, to, needed);
    }
}

static cl_int CL_API_CALL device_ids(cl_platform_id platform, cl_device_type type, cl_uint capacity,
                                     cl_device_id *to, cl_uint *n)
{
    cl_uint found = 0;
    (void)type;
    for (size_t i = 0; i < COUNT(devices); i++)
        if (&platforms[devices[i].platform] == platform) {
            if (to && found < capacity)
                to[found] = &devices[i];
            found++;
        }
    if (n)
        *n = is("nonsense") ? UINT32_MAX : found;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL device_info(cl_device_id d, cl_device_info what, size_t capacity,
                                      void *to, size_t *needed)
{
    const cl_uint units = 4;
    const cl_ulong bytes = 1 << 30;
    const size_t group = d->type == CL_DEVICE_TYPE_CPU ? 8 : 64, sizes[] = { group, group, group };
    switch (what) {
        case CL_DEVICE_NAME: return give_text(d->name, capacity, to, needed);
        case CL_DEVICE_VERSION: return give_text(d->version, capacity, to, needed);
        case CL_DRIVER_VERSION: return give_text("7", capacity, to, needed);
        case CL_DEVICE_TYPE: return give(&d->type, sizeof d->type, capacity, to, needed);
        case CL_DEVICE_AVAILABLE:
            return give(&d->is_available, sizeof(cl_bool), capacity, to, needed);
        case CL_DEVICE_COMPILER_AVAILABLE:
            return give(&d->has_compiler, sizeof(cl_bool), capacity, to, needed);
        case CL_DEVICE_ENDIAN_LITTLE:
            return give(&d->is_little, sizeof(cl_bool), capacity, to, needed);
        case CL_DEVICE_MAX_COMPUTE_UNITS: return give(&units, sizeof units, capacity, to, needed);
        case CL_DEVICE_GLOBAL_MEM_SIZE: return give(&bytes, sizeof bytes, capacity, to, needed);
        case CL_DEVICE_MAX_WORK_GROUP_SIZE: return give(&group, sizeof group, capacity, to, needed);
        case CL_DEVICE_MAX_WORK_ITEM_SIZES: return give(sizes, sizeof sizes, capacity, to, needed);
        case CL_DEVICE_PLATFORM: {
            cl_platform_id platform = &platforms[d->platform];
            return give(&platform, sizeof platform, capacity, to, needed);
        }
        default: return CL_INVALID_VALUE;
    }
}

static cl_context CL_API_CALL create_context(const cl_context_properties *properties, cl_uint n,
                                             const cl_device_id *list,
                                             void(CL_CALLBACK *notify)(const char *, const void *,
                                                                       size_t, void *),
                                             void *data, cl_int *error)
{
    (void)properties, (void)n, (void)list, (void)notify, (void)data;
    if (error)
        *error = CL_DEVICE_NOT_AVAILABLE;
    return NULL;
}

static cl_int CL_API_CALL release_device(cl_device_id device)
{
    (void)device;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL platform_ids(cl_uint capacity, cl_platform_id *to, cl_uint *n)
{
    if (is("abort"))
        abort();
    if (is("exit"))
        exit(0);
    if (is("hang"))
        for (;;)
            pause();
    if (is("crash"))
        *(volatile int *)8 = 0;
    if (is("none"))
        return CL_INVALID_VALUE;
    for (cl_uint i = 0; to && i < capacity && i < COUNT(platforms); i++)
        to[i] = &platforms[i];
    if (n)
        *n = COUNT(platforms);
    return CL_SUCCESS;
}

static const cl_icd_dispatch DISPATCH = {
    .clGetPlatformIDs = platform_ids,
    .clGetPlatformInfo = platform_info,
    .clGetDeviceIDs = device_ids,
    .clGetDeviceInfo = device_info,
    .clCreateContext = create_context,
    .clReleaseDevice = release_device,
};

EXPORT cl_int CL_API_CALL clGetPlatformInfo(cl_platform_id platform, cl_platform_info what,
                                            size_t capacity, void *to, size_t *needed)
{
    return platform_info(platform, what, capacity, to, needed);
}

EXPORT cl_int CL_API_CALL clIcdGetPlatformIDsKHR(cl_uint capacity, cl_platform_id *to, cl_uint *n)
{
    return platform_ids(capacity, to, n);
}

EXPORT void *CL_API_CALL clGetExtensionFunctionAddress(const char *name)
{
    if (strcmp(name, "clIcdGetPlatformIDsKHR") == 0)
        return (void *)(uintptr_t)clIcdGetPlatformIDsKHR;
    return NULL;
}
