/* runtime_stream.c: the runtime's stream functions. */
#include "machine.h"

static cudaError_t create(const char *function, cudaStream_t *stream, unsigned flags)
{
    cudaError_t error = cudasim_begin(function, true);
    if (!error && flags & ~(unsigned)cudaStreamNonBlocking)
        error = cudaErrorInvalidValue;
    if (!error)
        *stream = cudasim_stream_new(!(flags & cudaStreamNonBlocking));
    return cudasim_end(error);
}

cudaError_t cudaStreamCreate(cudaStream_t *stream)
{
    return create(__func__, stream, 0);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
    return create(__func__, stream, flags);
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned flags, int priority)
{
    (void)priority;
    return create(__func__, stream, flags);
}

cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error) {
        *least = 0;
        *greatest = -5;
    }
    return cudasim_end(error);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error && !cudasim_object_is(__func__, "cudaStream_t", stream))
        error = cudaErrorInvalidResourceHandle;
    if (!error && stream->capture) {
        cudasim_blame(__func__, "the stream is captured");
        cudasim_capture_invalidate(stream);
        error = cudaErrorStreamCaptureUnsupported;
    }
    if (!error) {
        cudasim_wait(__func__, stream, NULL);
        cudasim_stream_free(stream);
    }
    return cudasim_end(error);
}

/* Finds a stream to wait for; one that is captured cannot be waited for. */
static cudaError_t find(const char *function, cudaStream_t handle, cudaStream_t *stream)
{
    *stream = cudasim_stream_find(function, handle);
    if (!*stream)
        return cudaErrorInvalidResourceHandle;
    cudaError_t error = cudasim_capture_legacy(function, *stream);
    if (error || !(*stream)->capture)
        return error;
    cudasim_capture_invalidate(*stream);
    return cudaErrorStreamCaptureUnsupported;
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle)
{
    cudaStream_t stream = NULL;
    cudaError_t error = cudasim_begin(__func__, false);
    if (!error)
        error = find(__func__, handle, &stream);
    if (!error)
        error = cudasim_wait(__func__, stream, NULL);
    return cudasim_end(error);
}

cudaError_t cudaStreamQuery(cudaStream_t handle)
{
    cudaStream_t stream = NULL;
    cudaError_t error = cudasim_begin(__func__, false);
    if (!error)
        error = find(__func__, handle, &stream);
    if (!error && stream->first) {
        cudasim_poll(stream, NULL);
        error = cudaErrorNotReady;
    }
    return cudasim_end(error);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned flags)
{
    cudaStream_t stream = NULL;
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error && flags)
        error = cudaErrorInvalidValue;
    if (!error && !(stream = cudasim_stream_find(__func__, handle)))
        error = cudaErrorInvalidResourceHandle;
    if (!error && !cudasim_object_is(__func__, "cudaEvent_t", event))
        error = cudaErrorInvalidResourceHandle;
    if (!error && (event->capture || (stream->capture && event->mark)))
        error = cudasim_capture_wait(stream, event);
    else if (!error && event->mark)
        cudasim_stream_await(stream, event->mark);
    return cudasim_end(error);
}
