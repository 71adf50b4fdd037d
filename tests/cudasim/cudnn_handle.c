/* cudnn_handle.c: handles, versions, messages, and how each function of the stand-in for cuDNN
 * begins and ends. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cudnn_sim.h"
#include "machine.h"

static _Thread_local char last_error[256];

cudnnStatus_t dnn_begin(const char *function, bool during_capture)
{
    switch (cudasim_enter(function, during_capture)) {
        case CUDASIM_GO: return CUDNN_STATUS_SUCCESS;
        case CUDASIM_FAIL: snprintf(last_error, sizeof last_error, "%s failed", function); break;
        default: snprintf(last_error, sizeof last_error, "%s: during capture", function); break;
    }
    return strstr(function, "Create") ? CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED
                                      : CUDNN_STATUS_EXECUTION_FAILED;
}

cudnnStatus_t dnn_end(cudnnStatus_t status)
{
    cudasim_leave();
    return status;
}

cudnnStatus_t dnn_wrong(const dnn_call *call, cudnnStatus_t status, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(last_error, sizeof last_error, format, list);
    va_end(list);
    if (!call->query || CUDNN_STATUS_CATEGORY(status) != CUDNN_STATUS_NOT_SUPPORTED)
        cudasim_blame(call->function, "%s", last_error);
    return status;
}

cudnnStatus_t dnn_handle_check(const dnn_call *call, cudnnHandle_t handle)
{
    if (!cudasim_object_is(call->function, DNN_HANDLE, handle))
        return CUDNN_STATUS_BAD_PARAM;
    if (cudasim_device() != handle->device) {
        return dnn_wrong(call, CUDNN_STATUS_BAD_PARAM,
                         "the handle belongs to device %d, but the current device is %d",
                         handle->device, cudasim_device());
    }
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t dnn_enqueue(const dnn_call *call, cudnnHandle_t handle, cudasim_work *run,
                          const void *what, size_t bytes)
{
    cudaError_t error = cudasim_enqueue(call->function, handle->stream, run, what, bytes);
    if (error) {
        snprintf(last_error, sizeof last_error, "CUDA error %d at the launch", (int)error);
        return CUDNN_STATUS_EXECUTION_FAILED_CUDART;
    }
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreate(cudnnHandle_t *handle)
{
    dnn_call call = { __func__, false };
    cudnnStatus_t status = dnn_begin(__func__, false);
    if (!status && !handle)
        status = dnn_wrong(&call, CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "no pointer for the handle");
    if (!status && cudasim_absence())
        status = CUDNN_STATUS_NOT_INITIALIZED;
    if (!status) {
        *handle = cudasim_object_new(DNN_HANDLE, sizeof **handle);
        (*handle)->device = cudasim_device();
        (*handle)->stream = NULL;
    }
    return dnn_end(status);
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle)
{
    cudnnStatus_t status = dnn_begin(__func__, false);
    if (!status && !cudasim_object_is(__func__, DNN_HANDLE, handle))
        status = CUDNN_STATUS_BAD_PARAM;
    if (!status)
        cudasim_object_free(DNN_HANDLE, handle);
    return dnn_end(status);
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream)
{
    dnn_call call = { __func__, false };
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status)
        status = dnn_handle_check(&call, handle);
    if (!status && stream && cudasim_stream_device(stream) != handle->device) {
        status = dnn_wrong(&call, CUDNN_STATUS_MAPPING_ERROR,
                           "the stream belongs to device %d, but the handle to device %d",
                           cudasim_stream_device(stream), handle->device);
    }
    if (!status)
        handle->stream = stream;
    return dnn_end(status);
}

cudnnStatus_t cudnnGetStream(cudnnHandle_t handle, cudaStream_t *stream)
{
    cudnnStatus_t status = dnn_begin(__func__, true);
    if (!status && (!stream || !cudasim_object_is(__func__, DNN_HANDLE, handle)))
        status = CUDNN_STATUS_BAD_PARAM;
    if (!status)
        *stream = handle->stream;
    return dnn_end(status);
}

size_t cudnnGetVersion(void)
{
    return CUDNN_VERSION;
}

size_t cudnnGetMaxDeviceVersion(void)
{
    return CUDNN_MAX_DEVICE_VERSION;
}

size_t cudnnGetCudartVersion(void)
{
    return CUDART_VERSION;
}

cudnnStatus_t cudnnGetProperty(libraryPropertyType type, int *value)
{
    const int values[] = { CUDNN_MAJOR, CUDNN_MINOR, CUDNN_PATCHLEVEL };
    if (!value || (unsigned)type > PATCH_LEVEL)
        return CUDNN_STATUS_BAD_PARAM;
    *value = values[type];
    return CUDNN_STATUS_SUCCESS;
}

/* Here all parts of the library have the same version. */
cudnnStatus_t cudnnGraphVersionCheck(void)
{
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnOpsVersionCheck(void)
{
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCnnVersionCheck(void)
{
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnAdvVersionCheck(void)
{
    return CUDNN_STATUS_SUCCESS;
}

const char *cudnnGetErrorString(cudnnStatus_t status)
{
#define NAME(name)                                                                                 \
    case name: return #name
    switch ((int)status) {
        NAME(CUDNN_STATUS_SUCCESS);
        NAME(CUDNN_STATUS_NOT_INITIALIZED);
        NAME(CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH);
        NAME(CUDNN_STATUS_BAD_PARAM);
        NAME(CUDNN_STATUS_BAD_PARAM_NULL_POINTER);
        NAME(CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER);
        NAME(CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT);
        NAME(CUDNN_STATUS_NOT_SUPPORTED);
        NAME(CUDNN_STATUS_INTERNAL_ERROR);
        NAME(CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED);
        NAME(CUDNN_STATUS_INTERNAL_ERROR_TEXTURE_CREATION_FAILED);
        NAME(CUDNN_STATUS_EXECUTION_FAILED);
        NAME(CUDNN_STATUS_EXECUTION_FAILED_CUDART);
        default: return "CUDNN_UNKNOWN_STATUS";
    }
#undef NAME
}

void cudnnGetLastErrorString(char *message, size_t max_size)
{
    if (message && max_size > 0)
        snprintf(message, max_size, "%s", last_error);
    last_error[0] = '\0';
}
