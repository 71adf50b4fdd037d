/* nvidia_graphs.c: NVIDIA's own cuDNN without a GPU. The functions of the graph interface in this
 * file pass every call on, but for handles, which only a GPU can have: in their place cuDNN is
 * given a description of a GPU (since 9.8, for compiling ahead of time). */
#include "backends/cudnn/nvidia_graphs.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifndef CUDASIM_REAL_CUDNN
#define CUDASIM_REAL_CUDNN ""
#endif

/* A data centre's GPU. cuDNN's plans depend on the compute capability, and its heuristics on the
 * rest; the names are those of cuDNN's own texts (CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION). */
static const char GPU[] =
    "{\"maxGridSize\": [2147483647, 65535, 65535], \"maxBlockSize\": [1024, 1024, 64],"
    " \"regsPerBlock\": 65536, \"multiProcessorCount\": 132, \"warpSize\": 32,"
    " \"maxSharedMemoryPerBlock\": 49152, \"maxSharedMemoryPerBlockOptin\": %d,"
    " \"reservedSharedMemoryPerBlock\": 1024, \"maxRegistersPerSM\": 65536, \"maxCtasPerSM\": 32,"
    " \"maxThreadsPerBlock\": 1024, \"maxThreadsPerSM\": 2048, \"pciDeviceId\": 0,"
    " \"isTccDriver\": 0, \"supportCoopLaunch\": 1, \"smClockRateKHz\": 1980000,"
    " \"memClockRateKHz\": 2619000, \"l2CacheSize\": 52428800, \"deviceName\": \"a GPU\","
    " \"deviceVer\": %d, \"cudaDeviceId\": 0, \"driverVer\": 13000,"
    " \"totalGlobalMem\": 85899345920}";

static struct {
    void *library;
    __typeof__(&cudnnBackendCreateDescriptor) create;
    __typeof__(&cudnnBackendDestroyDescriptor) destroy;
    __typeof__(&cudnnBackendSetAttribute) set;
    __typeof__(&cudnnBackendGetAttribute) get;
    __typeof__(&cudnnBackendFinalize) finalize;
    cudnnBackendDescriptor_t gpu;
} real;

static bool functions_find(void)
{
    const struct {
        const char *name;
        void *to;
    } all[] = { { "cudnnBackendCreateDescriptor", &real.create },
                { "cudnnBackendDestroyDescriptor", &real.destroy },
                { "cudnnBackendSetAttribute", &real.set },
                { "cudnnBackendGetAttribute", &real.get },
                { "cudnnBackendFinalize", &real.finalize } };
    bool has_all = true;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        void *found = dlsym(real.library, all[i].name);
        memcpy(all[i].to, &found, sizeof found);
        has_all = has_all && found;
    }
    return has_all;
}

/* The most that a block can ask for (CUDA's programming guide, "Compute Capabilities"). */
static int shared_bytes(int arch)
{
    return arch == 80 ? 166912 : arch == 90 || arch == 100 ? 232448 : 101376;
}

#if CUDNN_VERSION >= 90800
static cudnnStatus_t gpu_describe(int arch)
{
    char text[2048];
    const int n = snprintf(text, sizeof text, GPU, shared_bytes(arch), 10 * arch);
    cudnnStatus_t status = real.create(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, &real.gpu);
    if (!status)
        status =
            real.set(real.gpu, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, n, text);
    return status ? status : real.finalize(real.gpu);
}

static cudnnStatus_t gpu_tell(cudnnBackendDescriptor_t to, cudnnBackendAttributeName_t name)
{
    return real.set(to, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &real.gpu);
}
#else
enum {
    CUDNN_ATTR_ENGINEHEUR_DEVICEPROP,
    CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP,
    CUDNN_ATTR_ENGINE_DEVICEPROP
};

static cudnnStatus_t gpu_describe(int arch)
{
    (void)shared_bytes(arch);
    (void)GPU;
    return CUDNN_STATUS_NOT_SUPPORTED;
}

static cudnnStatus_t gpu_tell(cudnnBackendDescriptor_t to, int name)
{
    (void)to;
    (void)name;
    return CUDNN_STATUS_NOT_SUPPORTED;
}
#endif

const char *nvidia_graphs_open(int arch)
{
    if (!real.library)
        real.library = dlopen(CUDASIM_REAL_CUDNN, RTLD_NOW | RTLD_LOCAL);
    if (!real.library || !functions_find())
        return "NVIDIA's cuDNN is not installed";
    return gpu_describe(arch) ? "this cuDNN makes no plans without a GPU (9.8 and later do)" : NULL;
}

void nvidia_graphs_close(void)
{
    if (real.gpu)
        real.destroy(real.gpu);
    real.gpu = NULL;
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type,
                                           cudnnBackendDescriptor_t *descriptor)
{
    cudnnStatus_t status = real.create(type, descriptor);
    if (status)
        return status;
    switch ((int)type) {
        case CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR:
            return gpu_tell(*descriptor, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP);
        case CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR:
            return gpu_tell(*descriptor, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP);
        default: return CUDNN_STATUS_SUCCESS;
    }
}

cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t descriptor)
{
    return real.destroy(descriptor);
}

/* An engine is told its GPU with its number: one that is read from a configuration has it. */
cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t n,
                                       const void *values)
{
    if (type == CUDNN_TYPE_HANDLE)
        return CUDNN_STATUS_SUCCESS;
    if (name == CUDNN_ATTR_ENGINE_GLOBAL_INDEX) {
        cudnnStatus_t status = gpu_tell(descriptor, CUDNN_ATTR_ENGINE_DEVICEPROP);
        if (status)
            return status;
    }
    return real.set(descriptor, name, type, n, values);
}

cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t const descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t n, int64_t *found,
                                       void *values)
{
    return real.get(descriptor, name, type, n, found, values);
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor)
{
    return real.finalize(descriptor);
}

/* Nothing runs. */
cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan,
                                  cudnnBackendDescriptor_t pack)
{
    (void)handle;
    (void)plan;
    (void)pack;
    return CUDNN_STATUS_NOT_SUPPORTED;
}
