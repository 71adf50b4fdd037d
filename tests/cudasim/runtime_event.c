/* runtime_event.c: the runtime's event functions. */
#include "machine.h"

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags)
{
    unsigned known = cudaEventBlockingSync | cudaEventDisableTiming;
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error && flags & ~known) {
        cudasim_blame(__func__, "the stand-in does not know flags %#x", flags);
        error = cudaErrorInvalidValue;
    }
    if (!error) {
        *event = cudasim_object_new("cudaEvent_t", sizeof **event);
        (*event)->device = cudasim_device();
        (*event)->flags = flags;
    }
    return cudasim_end(error);
}

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
    return cudaEventCreateWithFlags(event, cudaEventDefault);
}

static cudaError_t find(const char *function, cudaEvent_t event)
{
    bool is = cudasim_object_is(function, "cudaEvent_t", event);
    return is ? cudaSuccess : cudaErrorInvalidResourceHandle;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = find(__func__, event);
    if (!error) {
        cudasim_mark_drop(event->mark);
        cudasim_object_free("cudaEvent_t", event);
    }
    return cudasim_end(error);
}

static cudaError_t record(const char *function, cudaEvent_t event, cudaStream_t handle)
{
    cudaStream_t stream = cudasim_stream_find(function, handle);
    if (!stream)
        return cudaErrorInvalidResourceHandle;
    if (stream->device != event->device) {
        cudasim_blame(function, "an event of device %d is recorded on device %d", event->device,
                      stream->device);
        return cudaErrorInvalidResourceHandle;
    }
    cudaError_t error = cudasim_capture_legacy(function, stream);
    if (error)
        return error;
    if (stream->capture)
        return cudasim_capture_record(stream, event);
    cudasim_mark_drop(event->mark);
    event->mark = cudasim_stream_mark(stream);
    event->capture = 0;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = find(__func__, event);
    if (!error)
        error = record(__func__, event, stream);
    return cudasim_end(error);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    cudaError_t error = cudasim_begin(__func__, false);
    if (!error)
        error = find(__func__, event);
    if (!error && event->capture)
        error = cudaErrorCapturedEvent;
    if (!error && event->mark && !event->mark->done)
        error = cudasim_wait(__func__, event->mark->stream, event->mark);
    return cudasim_end(error);
}

/* Runs one more step each time, so that polling ends. */
cudaError_t cudaEventQuery(cudaEvent_t event)
{
    cudaError_t error = cudasim_begin(__func__, false);
    if (!error)
        error = find(__func__, event);
    if (!error && event->capture)
        error = cudaErrorCapturedEvent;
    if (!error && event->mark && !event->mark->done) {
        cudasim_poll(event->mark->stream, event->mark);
        error = cudaErrorNotReady;
    }
    return cudasim_end(error);
}

static cudaError_t check_time(const char *function, cudaEvent_t event)
{
    cudaError_t error = find(function, event);
    if (error)
        return error;
    if (event->flags & cudaEventDisableTiming) {
        cudasim_blame(function, "the event was created without timing");
        return cudaErrorInvalidResourceHandle;
    }
    if (event->capture)
        return cudaErrorCapturedEvent;
    if (!event->mark) {
        cudasim_blame(function, "the event was not recorded");
        return cudaErrorInvalidResourceHandle;
    }
    return event->mark->done ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t start, cudaEvent_t end)
{
    cudaError_t error = cudasim_begin(__func__, true);
    if (!error)
        error = check_time(__func__, start);
    if (!error)
        error = check_time(__func__, end);
    if (!error && start->device != end->device)
        error = cudaErrorInvalidResourceHandle;
    if (!error)
        *ms = (float)(end->mark->time_ms - start->mark->time_ms);
    return cudasim_end(error);
}
