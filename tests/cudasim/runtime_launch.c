/* runtime_launch.c: the runtime's functions for compiled programs and their kernels. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "machine.h"

#define SHARED_BYTES ((size_t)49152)
#define SHARED_OPTIN_BYTES ((size_t)232448)
#define ARGUMENT_ALIGNMENT ((size_t)16)
#define REGISTERS 65536 /* of a multiprocessor, which warps get in portions */
#define REGISTER_PORTION 256
#define WARP 32

struct CUlib_st {
    void *host; /* from dlopen */
    struct CUkern_st *kernels;
};

struct CUkern_st {
    char *name;
    cudasim_kernel *host;
    cudasim_parameters parameters;
    size_t dynamic_max;
    struct CUkern_st *next;
    char code[160]; /* names it among all that were ever loaded */
};

cudaError_t cudaLibraryLoadData(cudaLibrary_t *library, const void *code, enum cudaJitOption *jit,
                                void **jit_values, unsigned n_jit, enum cudaLibraryOption *options,
                                void **values, unsigned n)
{
    (void)jit, (void)jit_values, (void)options, (void)values;
    cudaError_t error = cudasim_begin(__func__, false);
    if (!error && (n_jit || n)) {
        cudasim_blame(__func__, "the stand-in supports no options");
        error = cudaErrorInvalidValue;
    }
    void *host = error ? NULL : cudasim_library_open(code, &error);
    if (!error) {
        *library = cudasim_object_new("cudaLibrary_t", sizeof **library);
        (*library)->host = host;
    }
    return cudasim_end(error);
}

static struct CUkern_st *find_kernel(cudaLibrary_t library, const char *name)
{
    static int n_kernels;
    struct CUkern_st *kernel = library->kernels;
    while (kernel && strcmp(kernel->name, name))
        kernel = kernel->next;
    if (kernel)
        return kernel;
    cudasim_kernel *host = cudasim_kernel_find(library->host, name);
    if (!host)
        return NULL;
    kernel = cudasim_object_new("cudaKernel_t", sizeof *kernel);
    kernel->name = strdup(name);
    kernel->host = host;
    snprintf(kernel->code, sizeof kernel->code, "kernel %.100s (%d)", name, ++n_kernels);
    cudasim_kernel_args(host, &kernel->parameters);
    size_t fixed = kernel->parameters.shared_bytes;
    kernel->dynamic_max = fixed < SHARED_BYTES ? SHARED_BYTES - fixed : 0;
    kernel->next = library->kernels;
    library->kernels = kernel;
    return kernel;
}

cudaError_t cudaLibraryGetKernel(cudaKernel_t *kernel, cudaLibrary_t library, const char *name)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error && !cudasim_object_is(__func__, "cudaLibrary_t", library))
        error = cudaErrorInvalidResourceHandle;
    if (!error && !(*kernel = find_kernel(library, name)))
        error = cudaErrorSymbolNotFound;
    return cudasim_end(error);
}

cudaError_t cudaLibraryUnload(cudaLibrary_t library)
{
    cudaError_t error = cudasim_begin(__func__, false);
    if (!error && !cudasim_object_is(__func__, "cudaLibrary_t", library))
        error = cudaErrorInvalidResourceHandle;
    if (!error) {
        cudasim_wait_device(__func__, -1);
        for (struct CUkern_st *kernel = library->kernels; kernel; kernel = kernel->next) {
            free(kernel->name);
            cudasim_object_free("cudaKernel_t", kernel);
        }
        dlclose(library->host);
        cudasim_object_free("cudaLibrary_t", library);
    }
    return cudasim_end(error);
}

static struct CUkern_st *kernel_of(const char *function, const void *handle)
{
    if (!cudasim_object_is(function, "cudaKernel_t", handle))
        return NULL;
    return (struct CUkern_st *)(uintptr_t)handle;
}

cudaError_t cudaFuncGetAttributes(struct cudaFuncAttributes *attributes, const void *handle)
{
    cudaError_t error = cudasim_begin(__func__, true);
    const struct CUkern_st *kernel = error ? NULL : kernel_of(__func__, handle);
    if (!error && !kernel)
        error = cudaErrorInvalidDeviceFunction;
    if (!error)
        cudasim_load(__func__, cudasim_device(), NULL, kernel->code);
    if (!error)
        *attributes = (struct cudaFuncAttributes){
            .sharedSizeBytes = kernel->parameters.shared_bytes,
            .maxThreadsPerBlock = kernel->parameters.max_threads,
            .numRegs = kernel->parameters.registers,
            .binaryVersion = cudasim_arch(),
            .ptxVersion = cudasim_arch(),
            .maxDynamicSharedSizeBytes = (int)kernel->dynamic_max,
        };
    return cudasim_end(error);
}

cudaError_t cudaFuncSetAttribute(const void *handle, enum cudaFuncAttribute attribute, int value)
{
    cudaError_t error = cudasim_begin(__func__, true);
    struct CUkern_st *kernel = error ? NULL : kernel_of(__func__, handle);
    if (!error && !kernel)
        error = cudaErrorInvalidDeviceFunction;
    if (!error && attribute == cudaFuncAttributeMaxDynamicSharedMemorySize) {
        if (value < 0 || (size_t)value + kernel->parameters.shared_bytes > SHARED_OPTIN_BYTES)
            error = cudaErrorInvalidValue;
        else
            kernel->dynamic_max = (size_t)value;
    } else if (!error && attribute != cudaFuncAttributePreferredSharedMemoryCarveout) {
        cudasim_blame(__func__, "the stand-in does not know attribute %d", (int)attribute);
        error = cudaErrorInvalidValue;
    }
    return cudasim_end(error);
}

/* ---- Launches -------------------------------------------------------------------------------- */

typedef struct launch {
    cudasim_kernel *kernel;
    dim3 grid, block;
    size_t shared_bytes;
    _Alignas(16) unsigned char arguments[];
} launch;

static size_t next_offset(size_t at, size_t bytes)
{
    return at + (bytes + ARGUMENT_ALIGNMENT - 1) / ARGUMENT_ALIGNMENT * ARGUMENT_ALIGNMENT;
}

static bool run_launch(void *what)
{
    launch *one = what;
    cudasim_parameters parameters;
    void *arguments[CUDASIM_PARAMETERS + 1] = { NULL };
    size_t at = 0;
    cudasim_kernel_args(one->kernel, &parameters);
    for (int i = 0; i < parameters.n; i++) {
        arguments[i] = one->arguments + at;
        at = next_offset(at, parameters.bytes[i]);
    }
    cudasim_kernel_run(one->kernel, one->grid, one->block, one->shared_bytes, arguments);
    return true;
}

static uint64_t registers_of(const struct CUkern_st *kernel, uint64_t threads)
{
    const uint64_t warp = (uint64_t)kernel->parameters.registers * WARP;
    return (threads + WARP - 1) / WARP * ((warp + REGISTER_PORTION - 1) / REGISTER_PORTION) *
           REGISTER_PORTION;
}

static cudaError_t check_shape(const struct CUkern_st *kernel, dim3 grid, dim3 block,
                               size_t shared_bytes)
{
    const char *const function = "cudaLaunchKernel";
    uint64_t threads = (uint64_t)block.x * block.y * block.z;
    if (!grid.x || grid.x > 2147483647u || !grid.y || grid.y > 65535 || !grid.z || grid.z > 65535 ||
        !threads || block.x > 1024 || block.y > 1024 || block.z > 64 || threads > 1024) {
        cudasim_blame(function, "%s with a grid of %ux%ux%u blocks of %ux%ux%u", kernel->name,
                      grid.x, grid.y, grid.z, block.x, block.y, block.z);
        return cudaErrorInvalidConfiguration;
    }
    if (threads > (uint64_t)kernel->parameters.max_threads) {
        cudasim_blame(function, "%s with %u threads, but it is compiled for at most %d",
                      kernel->name, (unsigned)threads, kernel->parameters.max_threads);
        return cudaErrorLaunchOutOfResources;
    }
    if (registers_of(kernel, threads) > REGISTERS) {
        cudasim_blame(function, "%s with %u threads of %d registers", kernel->name,
                      (unsigned)threads, kernel->parameters.registers);
        return cudaErrorLaunchOutOfResources;
    }
    if (shared_bytes > kernel->dynamic_max) {
        cudasim_blame(function, "%s with %zu bytes of shared memory, but it may have %zu",
                      kernel->name, shared_bytes, kernel->dynamic_max);
        return cudaErrorInvalidValue;
    }
    return cudaSuccess;
}

static cudaError_t check_arguments(const struct CUkern_st *kernel, void **arguments)
{
    const char *const function = "cudaLaunchKernel";
    const cudasim_parameters *parameters = &kernel->parameters;
    if (parameters->n && !arguments) {
        cudasim_blame(function, "%s without arguments", kernel->name);
        return cudaErrorInvalidValue;
    }
    for (int i = 0; i < parameters->n; i++) {
        void *p = NULL;
        if (!arguments[i]) {
            cudasim_blame(function, "%s without argument %d", kernel->name, i);
            return cudaErrorInvalidValue;
        }
        if (!parameters->is_pointer[i])
            continue;
        memcpy(&p, arguments[i], sizeof p);
        if (!p || cudasim_range_is(function, cudasim_device(), p, 1, 1))
            continue;
        cudasim_blame(function, "the address above is argument %d of %s", i, kernel->name);
        cudasim_late_error(cudaErrorIllegalAddress);
        return cudaErrorIllegalAddress;
    }
    return cudaSuccess;
}

static cudaError_t enqueue(const launch *shape, const cudasim_parameters *parameters,
                           void **arguments, cudaStream_t stream)
{
    size_t bytes = sizeof *shape, at = 0;
    for (int i = 0; i < parameters->n; i++)
        bytes = next_offset(bytes, parameters->bytes[i]);
    launch *one = calloc(1, bytes);
    if (!one)
        return cudaErrorMemoryAllocation;
    *one = *shape;
    for (int i = 0; i < parameters->n; i++) {
        memcpy(one->arguments + at, arguments[i], parameters->bytes[i]);
        at = next_offset(at, parameters->bytes[i]);
    }
    cudaError_t error = cudasim_enqueue("cudaLaunchKernel", stream, run_launch, one, bytes);
    free(one);
    return error;
}

cudaError_t cudaLaunchKernel(const void *handle, dim3 grid, dim3 block, void **arguments,
                             size_t shared_bytes, cudaStream_t stream)
{
    cudaError_t error = cudasim_begin(__func__, true);
    const struct CUkern_st *kernel = error ? NULL : kernel_of(__func__, handle);
    if (!error && !kernel)
        error = cudaErrorInvalidDeviceFunction;
    cudaStream_t found = error ? NULL : cudasim_stream_find(__func__, stream);
    if (!error && !found)
        error = cudaErrorInvalidResourceHandle;
    if (!error && found->device != cudasim_device()) {
        cudasim_blame(__func__, "a stream of device %d, while device %d is current", found->device,
                      cudasim_device());
        error = cudaErrorInvalidResourceHandle;
    }
    if (!error)
        error = check_shape(kernel, grid, block, shared_bytes);
    if (!error)
        error = check_arguments(kernel, arguments);
    if (!error)
        cudasim_load(__func__, found->device, stream, kernel->code);
    launch shape = { error ? NULL : kernel->host, grid, block, shared_bytes };
    if (!error)
        error = enqueue(&shape, &kernel->parameters, arguments, stream);
    return cudasim_end(error);
}
