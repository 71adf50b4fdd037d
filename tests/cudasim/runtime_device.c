/* runtime_device.c: the runtime's device functions: number, properties, attributes, current
 * device. */
#include <stdio.h>
#include <string.h>

#include "machine.h"

/* An H100's values. */
#define SHARED_BYTES 49152
#define SHARED_OPTIN_BYTES 232448
#define SHARED_PROCESSOR_BYTES 233472
#define PROCESSORS 132
#define L2_BYTES (50 << 20)
#define BUS_BITS 5120

cudaError_t cudaDriverGetVersion(int *version)
{
    bool fails = cudasim_enter(__func__, true) == CUDASIM_FAIL;
    if (!fails)
        *version = cudasim_driver_version();
    cudasim_leave();
    return fails ? cudaErrorUnknown : cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    bool fails = cudasim_enter(__func__, true) == CUDASIM_FAIL;
    if (!fails)
        *version = CUDART_VERSION;
    cudasim_leave();
    return fails ? cudaErrorUnknown : cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        *count = cudasim_device_count();
    return cudasim_end(error);
}

static cudaError_t check(const char *function, int device)
{
    if (device >= 0 && device < cudasim_device_count())
        return cudaSuccess;
    cudasim_blame(function, "there is no device %d", device);
    return cudaErrorInvalidDevice;
}

cudaError_t cudaSetDevice(int device)
{
    cudaError_t error = cudasim_begin(__func__, true);
    /* Devices other than the lost one remain usable. */
    if (error && !cudasim_absence() && error == cudasim_gpu_at(cudasim_device())->lost)
        error = cudaSuccess;
    if (!error)
        error = check(__func__, device);
    if (!error)
        error = cudasim_gpu_at(device)->lost;
    if (!error)
        cudasim_set_device(device);
    return cudasim_end(error);
}

cudaError_t cudaGetDevice(int *device)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        *device = cudasim_device();
    return cudasim_end(error);
}

cudaError_t cudaDeviceCanAccessPeer(int *can, int device, int peer)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = check(__func__, device);
    if (!error)
        error = check(__func__, peer);
    if (!error)
        *can = device != peer;
    return cudasim_end(error);
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = check(__func__, device);
    if (!error) {
        *properties = (struct cudaDeviceProp){
            .totalGlobalMem = cudasim_gpu_at(device)->memory_bytes,
            .sharedMemPerBlock = SHARED_BYTES,
            .sharedMemPerBlockOptin = SHARED_OPTIN_BYTES,
            .sharedMemPerMultiprocessor = SHARED_PROCESSOR_BYTES,
            .regsPerBlock = 65536,
            .regsPerMultiprocessor = 65536,
            .warpSize = 32,
            .maxThreadsPerBlock = 1024,
            .maxThreadsDim = { 1024, 1024, 64 },
            .maxGridSize = { 2147483647, 65535, 65535 },
            .major = cudasim_arch() / 10,
            .minor = cudasim_arch() % 10,
            .multiProcessorCount = PROCESSORS,
            .maxThreadsPerMultiProcessor = 2048,
            .l2CacheSize = L2_BYTES,
            .memoryBusWidth = BUS_BITS,
            .unifiedAddressing = 1,
            .concurrentKernels = 1,
            .asyncEngineCount = 3,
            .pciBusID = cudasim_device_bus(device),
        };
        snprintf(properties->name, sizeof properties->name, "Simulated GPU %d",
                 cudasim_device_bus(device) - 1);
        memset(properties->uuid.bytes, cudasim_device_bus(device), sizeof properties->uuid.bytes);
    }
    return cudasim_end(error);
}

static bool find_attribute(enum cudaDeviceAttr attribute, int device, int *value)
{
    switch (attribute) {
        case cudaDevAttrMaxThreadsPerBlock:
        case cudaDevAttrMaxBlockDimX:
        case cudaDevAttrMaxBlockDimY: *value = 1024; break;
        case cudaDevAttrMaxBlockDimZ: *value = 64; break;
        case cudaDevAttrMaxGridDimX: *value = 2147483647; break;
        case cudaDevAttrMaxGridDimY:
        case cudaDevAttrMaxGridDimZ: *value = 65535; break;
        case cudaDevAttrMaxSharedMemoryPerBlock: *value = SHARED_BYTES; break;
        case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = SHARED_OPTIN_BYTES; break;
        case cudaDevAttrMaxSharedMemoryPerMultiprocessor: *value = SHARED_PROCESSOR_BYTES; break;
        case cudaDevAttrMaxRegistersPerBlock: *value = 65536; break;
        case cudaDevAttrWarpSize: *value = 32; break;
        case cudaDevAttrMultiProcessorCount: *value = PROCESSORS; break;
        case cudaDevAttrMaxThreadsPerMultiProcessor: *value = 2048; break;
        case cudaDevAttrComputeCapabilityMajor: *value = cudasim_arch() / 10; break;
        case cudaDevAttrComputeCapabilityMinor: *value = cudasim_arch() % 10; break;
        case cudaDevAttrL2CacheSize: *value = L2_BYTES; break;
        case cudaDevAttrGlobalMemoryBusWidth: *value = BUS_BITS; break;
        case cudaDevAttrClockRate: *value = 1980000; break;
        case cudaDevAttrMemoryClockRate: *value = 2619000; break;
        case cudaDevAttrConcurrentKernels:
        case cudaDevAttrUnifiedAddressing: *value = 1; break;
        case cudaDevAttrAsyncEngineCount: *value = 3; break;
        case cudaDevAttrComputeMode:
        case cudaDevAttrIntegrated: *value = 0; break;
        case cudaDevAttrPciBusId: *value = device + 1; break;
        case cudaDevAttrPciDeviceId:
        case cudaDevAttrPciDomainId: *value = 0; break;
        default: return false;
    }
    return true;
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int device)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = check(__func__, device);
    if (!error && !find_attribute(attribute, device, value)) {
        cudasim_blame(__func__, "the stand-in does not know attribute %d", (int)attribute);
        error = cudaErrorInvalidValue;
    }
    return cudasim_end(error);
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *all_bytes)
{
    cudaError_t error = cudasim_begin(__func__, true);
    const cudasim_gpu *gpu = cudasim_gpu_at(cudasim_device());
    if (!error) {
        *free_bytes = gpu->memory_bytes - gpu->used_bytes;
        *all_bytes = gpu->memory_bytes;
    }
    return cudasim_end(error);
}

cudaError_t cudaDeviceSynchronize(void)
{
    cudaError_t error = cudasim_begin(__func__, false);
    if (!error && cudasim_capture_blocks_wait(cudasim_device()))
        error = cudaErrorStreamCaptureUnsupported;
    if (!error)
        error = cudasim_wait_device(__func__, cudasim_device());
    return cudasim_end(error);
}
