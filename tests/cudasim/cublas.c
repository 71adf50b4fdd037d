/* cublas.c: handles and settings of the stand-in for cuBLAS. */
#include <stdarg.h>
#include <stdio.h>

#include "cublas_sim.h"
#include "machine.h"

cublasStatus_t cublas_leave(cublasStatus_t status)
{
    cudasim_leave();
    return status;
}

cublasStatus_t cublas_wrong(const char *function, cublasStatus_t status, const char *format, ...)
{
    char text[256];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    cudasim_blame(function, "%s", text);
    return status;
}

cublasStatus_t cublas_enter(const char *function, cublasHandle_t handle)
{
    if (cudasim_enter(function, true) != CUDASIM_GO)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    if (!cudasim_object_is(function, CUBLAS_SIM_HANDLE, handle))
        return CUBLAS_STATUS_NOT_INITIALIZED;
    if (handle->device != cudasim_device())
        return cublas_wrong(function, CUBLAS_STATUS_EXECUTION_FAILED,
                            "the handle belongs to device %d, "
                            "but the current device is %d",
                            handle->device, cudasim_device());
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasCreate_v2(cublasHandle_t *handle)
{
    switch (cudasim_enter(__func__, false)) {
        case CUDASIM_GO: break;
        case CUDASIM_FAIL: return cublas_leave(CUBLAS_STATUS_ALLOC_FAILED);
        default: return cublas_leave(CUBLAS_STATUS_EXECUTION_FAILED);
    }
    if (!handle)
        return cublas_leave(cublas_wrong(__func__, CUBLAS_STATUS_INVALID_VALUE, "no handle"));
    if (cudasim_absence())
        return cublas_leave(CUBLAS_STATUS_NOT_INITIALIZED);
    cublasHandle_t made = cudasim_object_new(CUBLAS_SIM_HANDLE, sizeof *made);
    if (!made)
        return cublas_leave(CUBLAS_STATUS_ALLOC_FAILED);
    *made = (struct cublasContext){ .device = cudasim_device() };
    *handle = made;
    return cublas_leave(CUBLAS_STATUS_SUCCESS);
}

/* Waits for the device, as cuBLAS does before it frees its workspace. */
cublasStatus_t cublasDestroy_v2(cublasHandle_t handle)
{
    if (cudasim_enter(__func__, false) != CUDASIM_GO)
        return cublas_leave(CUBLAS_STATUS_EXECUTION_FAILED);
    if (!cudasim_object_is(__func__, CUBLAS_SIM_HANDLE, handle))
        return cublas_leave(CUBLAS_STATUS_NOT_INITIALIZED);
    cudasim_wait_device(__func__, handle->device);
    cudasim_object_free(CUBLAS_SIM_HANDLE, handle);
    return cublas_leave(CUBLAS_STATUS_SUCCESS);
}

/* Drops the user's workspace, as cuBLAS's documentation says. */
cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream)
{
    cublasStatus_t status = cublas_enter(__func__, handle);
    if (!status && stream && cudasim_stream_device(stream) != handle->device)
        status = cublas_wrong(__func__, CUBLAS_STATUS_INVALID_VALUE,
                              "the stream does not belong to device %d", handle->device);
    if (!status) {
        handle->stream = stream;
        handle->workspace = NULL;
        handle->workspace_bytes = 0;
    }
    return cublas_leave(status);
}

cublasStatus_t cublasGetStream_v2(cublasHandle_t handle, cudaStream_t *stream)
{
    cublasStatus_t status = cublas_enter(__func__, handle);
    if (!status && !stream)
        status = CUBLAS_STATUS_INVALID_VALUE;
    if (!status)
        *stream = handle->stream;
    return cublas_leave(status);
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void *workspace, size_t bytes)
{
    cublasStatus_t status = cublas_enter(__func__, handle);
    if (!status && workspace && !cudasim_range_is(__func__, handle->device, workspace, bytes, 256))
        status = CUBLAS_STATUS_INVALID_VALUE;
    if (!status) {
        handle->workspace = workspace;
        handle->workspace_bytes = workspace ? bytes : 0;
    }
    return cublas_leave(status);
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode)
{
    cublasStatus_t status = cublas_enter(__func__, handle);
    int base_mode = (int)mode & ~CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
    if (!status && base_mode != CUBLAS_DEFAULT_MATH && base_mode != CUBLAS_PEDANTIC_MATH &&
        base_mode != CUBLAS_TF32_TENSOR_OP_MATH)
        status = cublas_wrong(__func__, CUBLAS_STATUS_INVALID_VALUE,
                              "the stand-in does not know math mode %d", (int)mode);
    if (!status)
        handle->math = mode;
    return cublas_leave(status);
}

cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t *mode)
{
    cublasStatus_t status = cublas_enter(__func__, handle);
    if (!status && !mode)
        status = CUBLAS_STATUS_INVALID_VALUE;
    if (!status)
        *mode = handle->math;
    return cublas_leave(status);
}

cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t mode)
{
    cublasStatus_t status = cublas_enter(__func__, handle);
    if (!status && mode != CUBLAS_POINTER_MODE_HOST)
        status = cublas_wrong(__func__, CUBLAS_STATUS_INVALID_VALUE,
                              "the stand-in supports only scalars in host memory");
    return cublas_leave(status);
}

cublasStatus_t cublasGetVersion_v2(cublasHandle_t handle, int *version)
{
    (void)handle;
    if (cudasim_enter(__func__, true) != CUDASIM_GO)
        return cublas_leave(CUBLAS_STATUS_INTERNAL_ERROR);
    if (!version)
        return cublas_leave(CUBLAS_STATUS_INVALID_VALUE);
    *version = CUBLAS_VERSION;
    return cublas_leave(CUBLAS_STATUS_SUCCESS);
}

const char *cublasGetStatusName(cublasStatus_t status)
{
    switch (status) {
        case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
        case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
        case CUBLAS_STATUS_ALLOC_FAILED: return "CUBLAS_STATUS_ALLOC_FAILED";
        case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
        case CUBLAS_STATUS_ARCH_MISMATCH: return "CUBLAS_STATUS_ARCH_MISMATCH";
        case CUBLAS_STATUS_MAPPING_ERROR: return "CUBLAS_STATUS_MAPPING_ERROR";
        case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
        case CUBLAS_STATUS_INTERNAL_ERROR: return "CUBLAS_STATUS_INTERNAL_ERROR";
        case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
        case CUBLAS_STATUS_LICENSE_ERROR: return "CUBLAS_STATUS_LICENSE_ERROR";
        default: return "CUBLAS_STATUS_UNKNOWN";
    }
}

const char *cublasGetStatusString(cublasStatus_t status)
{
    switch (status) {
        case CUBLAS_STATUS_SUCCESS: return "success";
        case CUBLAS_STATUS_NOT_INITIALIZED: return "the library was not initialized";
        case CUBLAS_STATUS_ALLOC_FAILED: return "the resource allocation failed";
        case CUBLAS_STATUS_INVALID_VALUE:
            return "an unsupported value or parameter was passed to the "
                   "function";
        case CUBLAS_STATUS_EXECUTION_FAILED: return "the function failed to launch on the GPU";
        case CUBLAS_STATUS_INTERNAL_ERROR: return "an internal operation failed";
        case CUBLAS_STATUS_NOT_SUPPORTED: return "the functionality requested is not supported";
        default: return "unknown error";
    }
}
