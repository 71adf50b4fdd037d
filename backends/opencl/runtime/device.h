/* device.h: what was found out about the devices of all platforms. */
#ifndef BACKENDS_OPENCL_RUNTIME_DEVICE_H
#define BACKENDS_OPENCL_RUNTIME_DEVICE_H

#include "opencl/opencl.h"

enum { OPENCL_MAX_DEVICES = 64, OPENCL_MAX_OF_ONE = 16 };

/* One device, or why it cannot be used. Texts are printable ASCII. */
typedef struct opencl_found {
    int32_t platform, place; /* in what clGetPlatformIDs and clGetDeviceIDs give */
    int32_t is_cpu, is_gpu;  /* is_gpu: an accelerator, too */
    int32_t is_divisible;    /* parts of it may be used: --threads */
    uint32_t compute_units;
    uint64_t memory_bytes;
    char platform_name[64], name[96];
    char driver[96];  /* "OpenCL 3.0 ..., driver 3.1" */
    char refused[64]; /* why it cannot be used; "": it can */
} opencl_found;

typedef struct opencl_found_list {
    int32_t n_platforms, n_devices;
    opencl_found devices[OPENCL_MAX_DEVICES];
} opencl_found_list;

/* The devices of this machine, found at the first call, by a child process (probe.h). RN_E_DEVICE
 * where a driver is broken. */
rn_status opencl_devices(const opencl_found_list **list);

/* OpenCL's handles of a device of the list, in this process. */
rn_status opencl_device_handles(const opencl_found *found, cl_platform_id *platform,
                                cl_device_id *device);

/* RN_E_DEVICE where the driver would run what others could have put into a cache of its own. */
rn_status opencl_driver_cache_check(const opencl_found *found);

/* The number of the device that a text means: "": the first GPU, or accelerator, else the first
 * device; "N": that number; "PLATFORM/DEVICE": names or parts of them, each of which may be empty;
 * other text is part of a device's name. RN_E_DEVICE where none or more than one is meant, or the
 * one cannot be used. */
rn_status opencl_device_number(const opencl_found_list *list, const char *text, int32_t *number);

#endif
