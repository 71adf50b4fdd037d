/* device.h: the OpenCL devices of this machine, as the drivers describe them. */
#ifndef BACKENDS_OPENCL_RUNTIME_DEVICE_H
#define BACKENDS_OPENCL_RUNTIME_DEVICE_H

#include "opencl/opencl.h"

enum { OPENCL_MAX_DEVICES = 64, OPENCL_MAX_OF_ONE = 16 };

/* One device, or why it cannot be used. Texts are printable ASCII. */
typedef struct opencl_found {
    int32_t platform, index; /* in the lists of clGetPlatformIDs and clGetDeviceIDs */
    int32_t is_cpu, is_gpu;  /* is_gpu: a GPU or an accelerator */
    int32_t is_divisible;    /* part of it can be used: --threads */
    uint32_t compute_units;
    uint64_t memory_bytes;
    char platform_name[64], name[96];
    char driver[96];  /* "OpenCL 3.0 ..., driver 3.1" */
    char refused[64]; /* why it cannot be used; "" if it can */
} opencl_found;

typedef struct opencl_found_list {
    int32_t n_platforms, n_devices;
    opencl_found devices[OPENCL_MAX_DEVICES];
} opencl_found_list;

/* The devices of this machine. The first call finds them in a child process (probe.h).
 * RN_E_DEVICE if a driver is broken. */
rn_status opencl_devices(const opencl_found_list **list);

/* OpenCL's handles of a device of the list, in this process. */
rn_status opencl_device_handles(const opencl_found *found, cl_platform_id *platform,
                                cl_device_id *device);

/* RN_E_DEVICE if the driver runs code from a cache that other users could have written to. */
rn_status opencl_driver_cache_check(const opencl_found *found);

/* The number of the device that `text` names. "": the first GPU or accelerator, else the first
 * device. "N": device N. "PLATFORM/DEVICE": names or parts of names, each of which may be empty.
 * Other text is part of a device's name. RN_E_DEVICE if no device or more than one matches, or if
 * the device cannot be used. */
rn_status opencl_device_number(const opencl_found_list *list, const char *text, int32_t *number);

#endif
