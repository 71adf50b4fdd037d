/* capture.c: streams that are being captured: what they do goes to a graph, and what CUDA forbids
 * meanwhile spoils it. */
#include <pthread.h>
#include <stdlib.h>

#include "machine.h"

typedef struct cudasim_capture {
    uint64_t id;
    enum cudaStreamCaptureMode mode;
    pthread_t thread;
    cudaStream_t origin;
    cudaGraph_t graph;
    bool is_spoilt;
    struct cudasim_capture *next;
} capture;

static capture *captures;
static uint64_t last_id;
static _Thread_local enum cudaStreamCaptureMode thread_mode; /* global, at first */

enum cudaStreamCaptureMode cudasim_capture_exchange(enum cudaStreamCaptureMode mode)
{
    enum cudaStreamCaptureMode before = thread_mode;
    thread_mode = mode;
    return before;
}

bool cudasim_capture_forbids(void)
{
    bool forbids = false;
    if (thread_mode == cudaStreamCaptureModeRelaxed)
        return false;
    for (capture *c = captures; c; c = c->next) {
        bool is_own = pthread_equal(c->thread, pthread_self());
        bool hits = is_own ? c->mode != cudaStreamCaptureModeRelaxed
                           : c->mode == cudaStreamCaptureModeGlobal &&
                                 thread_mode == cudaStreamCaptureModeGlobal;
        if (hits)
            forbids = c->is_spoilt = true;
    }
    return forbids;
}

bool cudasim_capture_hinders(int device)
{
    bool hinders = false;
    for (cudaStream_t stream = cudasim_streams(); stream; stream = stream->next)
        if (stream->capture && stream->device == device)
            hinders = stream->capture->is_spoilt = true;
    return hinders;
}

void cudasim_capture_spoil(cudaStream_t stream)
{
    if (stream->capture)
        stream->capture->is_spoilt = true;
}

cudaError_t cudasim_capture_legacy(const char *function, cudaStream_t stream)
{
    if (stream != cudasim_gpu_at(stream->device)->default_stream)
        return cudaSuccess;
    bool is_implicit = false, is_own = false;
    for (cudaStream_t other = cudasim_streams(); other; other = other->next) {
        if (!other->capture || other->device != stream->device)
            continue;
        is_own |= pthread_equal(other->capture->thread, pthread_self()) != 0;
        if (!other->is_blocking)
            continue;
        is_implicit = other->capture->is_spoilt = true;
    }
    if (is_implicit)
        return cudaErrorStreamCaptureImplicit;
    if (is_own)
        cudasim_blame(function, "uses the default stream while another is captured: that is not"
                                " in the graph");
    return cudaSuccess;
}

cudaError_t cudasim_capture_begin(cudaStream_t stream, enum cudaStreamCaptureMode mode)
{
    if (stream == cudasim_gpu_at(stream->device)->default_stream)
        return cudaErrorStreamCaptureUnsupported;
    if (stream->capture)
        return cudaErrorIllegalState;
    capture *c = calloc(1, sizeof *c);
    cudaGraph_t graph = cudasim_graph_new();
    if (!c || !graph)
        return cudaErrorMemoryAllocation;
    *c = (capture){ ++last_id, mode, pthread_self(), stream, graph, false, captures };
    captures = c;
    stream->capture = c;
    stream->capture_node = -1;
    return cudaSuccess;
}

/* Is there work that the end of the first stream does not come after? */
static bool has_unjoined(const struct CUgraph_st *graph, int end)
{
    bool *before = calloc((size_t)graph->n + 1, sizeof *before);
    bool found = false;
    if (!before)
        abort();
    if (end >= 0)
        before[end] = true;
    for (int i = graph->n - 1; i >= 0; i--) {
        const cudasim_node *node = &graph->nodes[i];
        for (int k = 0; k < 2 && before[i]; k++)
            if (node->after[k] >= 0)
                before[node->after[k]] = true;
        found |= node->run && !before[i];
    }
    free(before);
    return found;
}

static void end(capture *c)
{
    capture **link = &captures;
    while (*link != c)
        link = &(*link)->next;
    *link = c->next;
    for (cudaStream_t stream = cudasim_streams(); stream; stream = stream->next)
        if (stream->capture == c)
            stream->capture = NULL;
    free(c);
}

cudaError_t cudasim_capture_end(const char *function, cudaStream_t stream, cudaGraph_t *graph)
{
    capture *c = stream->capture;
    cudaError_t error = cudaSuccess;
    *graph = NULL;
    if (!c) {
        cudasim_blame(function, "the stream is not captured");
        return cudaErrorIllegalState;
    }
    if (c->origin != stream) {
        c->is_spoilt = true;
        return cudaErrorStreamCaptureUnmatched;
    }
    if (c->mode != cudaStreamCaptureModeRelaxed && !pthread_equal(c->thread, pthread_self())) {
        c->is_spoilt = true;
        return cudaErrorStreamCaptureWrongThread;
    }
    if (c->is_spoilt)
        error = cudaErrorStreamCaptureInvalidated;
    else if (has_unjoined(c->graph, stream->capture_node))
        error = cudaErrorStreamCaptureUnjoined;
    if (error)
        cudasim_graph_free(c->graph);
    else
        *graph = c->graph;
    end(c);
    return error;
}

enum cudaStreamCaptureStatus cudasim_capture_status(cudaStream_t stream)
{
    if (!stream->capture)
        return cudaStreamCaptureStatusNone;
    return stream->capture->is_spoilt ? cudaStreamCaptureStatusInvalidated
                                      : cudaStreamCaptureStatusActive;
}

static cudaError_t add(cudaStream_t stream, cudasim_node node)
{
    if (stream->capture->is_spoilt)
        return cudaErrorStreamCaptureInvalidated;
    node.after[0] = stream->capture_node;
    stream->capture_node = cudasim_graph_add(stream->capture->graph, &node);
    return cudaSuccess;
}

cudaError_t cudasim_capture_work(const char *function, cudaStream_t stream, cudasim_work *run,
                                 const void *what, size_t bytes)
{
    return add(stream, (cudasim_node){ function, run, (void *)(uintptr_t)what, bytes, { -1, -1 } });
}

cudaError_t cudasim_capture_record(cudaStream_t stream, cudaEvent_t event)
{
    cudaError_t error = add(stream, (cudasim_node){ .after = { -1, -1 } });
    if (error)
        return error;
    event->capture = stream->capture->id;
    event->capture_node = stream->capture_node;
    return cudaSuccess;
}

static capture *find_capture(uint64_t id)
{
    capture *c = captures;
    while (c && c->id != id)
        c = c->next;
    return c;
}

cudaError_t cudasim_capture_wait(cudaStream_t stream, const struct CUevent_st *event)
{
    capture *c = find_capture(event->capture);
    if (!event->capture) { /* recorded outside, and the stream is captured */
        stream->capture->is_spoilt = true;
        return cudaErrorStreamCaptureIsolation;
    }
    if (!c) {
        cudasim_capture_spoil(stream);
        return cudaErrorCapturedEvent;
    }
    if (stream == cudasim_gpu_at(stream->device)->default_stream) {
        c->is_spoilt = true;
        return cudaErrorStreamCaptureImplicit;
    }
    if (stream->capture && stream->capture != c) {
        stream->capture->is_spoilt = c->is_spoilt = true;
        return cudaErrorStreamCaptureMerge;
    }
    if (!stream->capture) {
        stream->capture = c;
        stream->capture_node = -1;
    }
    return add(stream, (cudasim_node){ .after = { -1, event->capture_node } });
}
