/* stream.c: streams: queues of pending work, and marks in them. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

static cudaStream_t streams; /* including default ones; newest first */

cudaStream_t cudasim_streams(void)
{
    return streams;
}

static void link_stream(cudaStream_t stream, int device, bool is_blocking)
{
    stream->device = device;
    stream->is_blocking = is_blocking;
    stream->capture_node = -1;
    stream->next = streams;
    streams = stream;
}

cudaStream_t cudasim_stream_new(bool is_blocking)
{
    cudaStream_t stream = cudasim_object_new("cudaStream_t", sizeof *stream);
    if (stream)
        link_stream(stream, cudasim_device(), is_blocking);
    return stream;
}

void cudasim_stream_free(cudaStream_t stream)
{
    cudaStream_t *link = &streams;
    while (*link != stream)
        link = &(*link)->next;
    *link = stream->next;
    cudasim_object_free("cudaStream_t", stream);
}

static cudaStream_t default_stream(int device)
{
    cudasim_gpu *gpu = cudasim_gpu_at(device);
    if (!gpu->default_stream) {
        gpu->default_stream = calloc(1, sizeof *gpu->default_stream);
        if (gpu->default_stream)
            link_stream(gpu->default_stream, device, false);
    }
    return gpu->default_stream;
}

cudaStream_t cudasim_stream_find(const char *function, cudaStream_t handle)
{
    if (!handle || handle == cudaStreamLegacy)
        return default_stream(cudasim_device());
    if (handle == cudaStreamPerThread) {
        cudasim_blame(function, "the stand-in has no per-thread default stream");
        return NULL;
    }
    return cudasim_object_is(function, "cudaStream_t", handle) ? handle : NULL;
}

int cudasim_stream_device(cudaStream_t handle)
{
    cudasim_lock();
    cudaStream_t stream = cudasim_stream_find("cudasim_stream_device", handle);
    int device = stream ? stream->device : -1;
    cudasim_unlock();
    return device;
}

bool cudasim_is_capturing(cudaStream_t handle)
{
    cudasim_lock();
    cudaStream_t stream = cudasim_stream_find("cudasim_is_capturing", handle);
    bool is = stream && stream->capture;
    cudasim_unlock();
    return is;
}

/* ---- Queues ---------------------------------------------------------------------------------- */

void cudasim_mark_drop(cudasim_mark *mark)
{
    if (mark && --mark->users == 0)
        free(mark);
}

static cudasim_item *push(cudaStream_t stream, const char *function, const void *what, size_t bytes)
{
    size_t total = (sizeof(cudasim_item) + bytes + 63) / 64 * 64;
    cudasim_item *item = aligned_alloc(64, total);
    if (!item)
        abort();
    memset(item, 0, total);
    item->function = function;
    if (bytes)
        memcpy(item->what, what, bytes);
    if (stream->last)
        stream->last->next = item;
    else
        stream->first = item;
    stream->last = item;
    return item;
}

static cudasim_mark *push_mark(cudaStream_t stream)
{
    cudasim_mark *mark = calloc(1, sizeof *mark);
    if (!mark)
        abort();
    mark->users = 2;
    mark->stream = stream;
    push(stream, "cudaEventRecord", NULL, 0)->signal = mark;
    return mark;
}

void cudasim_stream_await(cudaStream_t stream, cudasim_mark *mark)
{
    if (mark->done)
        return;
    mark->users++;
    push(stream, "cudaStreamWaitEvent", NULL, 0)->wait = mark;
    cudasim_settle(stream);
}

static void await_stream(cudaStream_t stream, cudaStream_t other)
{
    if (!other->first)
        return;
    cudasim_mark *mark = push_mark(other);
    cudasim_stream_await(stream, mark);
    cudasim_mark_drop(mark);
}

/* The default stream waits for the blocking streams, and they for it. */
static void await_default(cudaStream_t stream)
{
    cudaStream_t legacy = cudasim_gpu_at(stream->device)->default_stream;
    if (stream == legacy) {
        for (cudaStream_t other = streams; other; other = other->next)
            if (other->is_blocking && other->device == stream->device)
                await_stream(stream, other);
    } else if (stream->is_blocking && legacy) {
        await_stream(stream, legacy);
    }
}

cudasim_mark *cudasim_stream_mark(cudaStream_t stream)
{
    await_default(stream);
    cudasim_mark *mark = push_mark(stream);
    cudasim_settle(stream);
    return mark;
}

void cudasim_stream_push(const char *function, cudaStream_t stream, cudasim_work *run,
                         const void *what, size_t bytes)
{
    await_default(stream);
    push(stream, function, what, bytes)->run = run;
    cudasim_settle(stream);
}

cudaError_t cudasim_enqueue(const char *function, cudaStream_t handle, cudasim_work *run,
                            const void *what, size_t bytes)
{
    cudasim_lock();
    cudaStream_t stream = cudasim_stream_find(function, handle);
    cudaError_t error =
        stream ? cudasim_gpu_at(stream->device)->lost : cudaErrorInvalidResourceHandle;
    if (!error)
        error = cudasim_capture_legacy(function, stream);
    if (!error && stream->capture)
        error = cudasim_capture_work(function, stream, run, what, bytes);
    else if (!error)
        cudasim_stream_push(function, stream, run, what, bytes);
    cudasim_unlock();
    return error;
}
