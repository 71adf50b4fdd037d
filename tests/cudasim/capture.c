/* capture.c: streams being captured: their work goes into a graph, and what CUDA forbids during
 * capture invalidates it. */
#include <pthread.h>
#include <stdlib.h>

#include "machine.h"

typedef struct cudasim_capture {
    uint64_t id;
    enum cudaStreamCaptureMode mode;
    pthread_t thread;
    cudaStream_t origin;
    cudaGraph_t graph;
    bool is_invalidated;
    struct cudasim_capture *next;
} capture;

static capture *captures;
static uint64_t last_id;
static _Thread_local enum cudaStreamCaptureMode thread_mode; /* initially global */

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
        bool is_mine = pthread_equal(c->thread, pthread_self());
        bool hits = is_mine ? c->mode != cudaStreamCaptureModeRelaxed
                            : c->mode == cudaStreamCaptureModeGlobal &&
                                  thread_mode == cudaStreamCaptureModeGlobal;
        if (hits)
            forbids = c->is_invalidated = true;
    }
    return forbids;
}

bool cudasim_capture_blocks_wait(int device)
{
    bool blocks = false;
    for (cudaStream_t stream = cudasim_streams(); stream; stream = stream->next)
        if (stream->capture && stream->device == device)
            blocks = stream->capture->is_invalidated = true;
    return blocks;
}

void cudasim_capture_invalidate(cudaStream_t stream)
{
    if (stream->capture)
        stream->capture->is_invalidated = true;
}

cudaError_t cudasim_capture_legacy(const char *function, cudaStream_t stream)
{
    if (stream != cudasim_gpu_at(stream->device)->default_stream)
        return cudaSuccess;
    bool is_implicit = false, is_mine = false;
    for (cudaStream_t other = cudasim_streams(); other; other = other->next) {
        if (!other->capture || other->device != stream->device)
            continue;
        is_mine |= pthread_equal(other->capture->thread, pthread_self()) != 0;
        if (!other->is_blocking)
            continue;
        is_implicit = other->capture->is_invalidated = true;
    }
    if (is_implicit)
        return cudaErrorStreamCaptureImplicit;
    if (is_mine)
        cudasim_blame(function,
                      "uses the default stream while another is captured: the graph will not"
                      " contain it");
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

/* True if the graph holds work that the end of the origin stream does not depend on. */
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
        c->is_invalidated = true;
        return cudaErrorStreamCaptureUnmatched;
    }
    if (c->mode != cudaStreamCaptureModeRelaxed && !pthread_equal(c->thread, pthread_self())) {
        c->is_invalidated = true;
        return cudaErrorStreamCaptureWrongThread;
    }
    if (c->is_invalidated)
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
    return stream->capture->is_invalidated ? cudaStreamCaptureStatusInvalidated
                                           : cudaStreamCaptureStatusActive;
}

static cudaError_t add(cudaStream_t stream, cudasim_node node)
{
    if (stream->capture->is_invalidated)
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
    if (!event->capture) { /* recorded outside of the capture */
        stream->capture->is_invalidated = true;
        return cudaErrorStreamCaptureIsolation;
    }
    if (!c) {
        cudasim_capture_invalidate(stream);
        return cudaErrorCapturedEvent;
    }
    if (stream == cudasim_gpu_at(stream->device)->default_stream) {
        c->is_invalidated = true;
        return cudaErrorStreamCaptureImplicit;
    }
    if (stream->capture && stream->capture != c) {
        stream->capture->is_invalidated = c->is_invalidated = true;
        return cudaErrorStreamCaptureMerge;
    }
    if (!stream->capture) {
        stream->capture = c;
        stream->capture_node = -1;
    }
    return add(stream, (cudasim_node){ .after = { -1, event->capture_node } });
}
