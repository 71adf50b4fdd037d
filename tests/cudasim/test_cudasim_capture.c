/* test_cudasim_capture.c: captured streams: what is recorded, what a launch does, and what CUDA
 * forbids meanwhile. */
#include <math.h>
#include <pthread.h>

#include "cudasim/cudasim_play.h"

static const enum cudaStreamCaptureMode strict = cudaStreamCaptureModeGlobal;

static cudaGraphExec_t end_capture(cudaStream_t stream)
{
    cudaGraph_t graph = NULL;
    cudaGraphExec_t exec = NULL;
    FINE(cudaStreamEndCapture(stream, &graph));
    FINE(cudaGraphInstantiate(&exec, graph, 0));
    FINE(cudaGraphDestroy(graph));
    return exec;
}

static void test_replay(void)
{
    cudaStream_t stream = play_stream();
    float *p = play_device_float(), *from = play_pinned_floats(1), *to = play_pinned_floats(1);
    enum cudaStreamCaptureStatus status;
    *from = 1;
    *to = 0;
    FINE(cudaStreamBeginCapture(stream, strict));
    FINE(cudaStreamIsCapturing(stream, &status));
    CU_ASSERT_EQUAL(status, cudaStreamCaptureStatusActive);
    CU_ASSERT(cudasim_is_capturing(stream));
    FINE(cudaMemcpyAsync(p, from, sizeof *p, cudaMemcpyHostToDevice, stream));
    FINE(play_line(stream, p, 2, 1));
    FINE(play_line(stream, p, 3, 1));
    FINE(cudaMemcpyAsync(to, p, sizeof *p, cudaMemcpyDeviceToHost, stream));
    cudaGraphExec_t exec = end_capture(stream);
    FINE(cudaStreamIsCapturing(stream, &status));
    CU_ASSERT_EQUAL(status, cudaStreamCaptureStatusNone);
    FINE(cudaStreamSynchronize(stream));
    CU_ASSERT_EQUAL(*to, 0); /* nothing was done */
    FINE(cudaGraphUpload(exec, stream));
    FINE(cudaGraphLaunch(exec, stream));
    CU_ASSERT_EQUAL(*to, 0);
    FINE(cudaStreamSynchronize(stream));
    CU_ASSERT_EQUAL(*to, 10);
    *from = 2;
    FINE(cudaGraphLaunch(exec, stream));
    FINE(play_line(stream, p, 0, 7));
    FINE(cudaStreamSynchronize(stream));
    CU_ASSERT_EQUAL(*to, 16);
    CU_ASSERT_EQUAL(play_get(stream, p), 7);
    FINE(cudaGraphLaunch(exec, stream));
    FINE(cudaGraphExecDestroy(exec)); /* once it is done */
    BLAMED(cudaGraphExecDestroy(exec), cudaErrorInvalidValue);
    BLAMED(cudaGraphLaunch(exec, stream), cudaErrorInvalidValue);
    CU_ASSERT_EQUAL(play_get(stream, p), 16);
    play_end();
}

/* The second stream forks off the first, and comes back. `joins` false: it does not wait, at the
 * fork. */
static float fork_and_join(bool waits)
{
    cudaStream_t first = play_stream(), second = play_stream();
    cudaEvent_t fork = play_event(), join = play_event();
    float *p = play_device_float(), *q = play_device_float();
    FINE(cudaMemsetAsync(p, 0, sizeof *p, first));
    FINE(cudaMemsetAsync(q, 0, sizeof *q, first));
    FINE(cudaStreamSynchronize(first));
    FINE(cudaStreamBeginCapture(first, strict));
    if (!waits)
        FINE(cudaEventRecord(fork, first));
    FINE(play_line(first, p, 1, 1));
    if (waits)
        FINE(cudaEventRecord(fork, first));
    FINE(cudaStreamWaitEvent(second, fork, 0));
    CU_ASSERT(cudasim_is_capturing(second));
    FINE(play_line(second, p, 2, 1));
    FINE(play_line(first, q, 1, 1));
    FINE(cudaEventRecord(join, second));
    FINE(cudaStreamWaitEvent(first, join, 0));
    FINE(play_line(first, p, 10, 0));
    cudaGraphExec_t exec = end_capture(first);
    CU_ASSERT(!cudasim_is_capturing(second));
    FINE(cudaGraphLaunch(exec, first));
    float result = play_get(first, p);
    CU_ASSERT_EQUAL(play_get(first, q), 1);
    FINE(cudaGraphExecDestroy(exec));
    play_end();
    return result;
}

static void test_forks(void)
{
    CU_ASSERT_EQUAL(fork_and_join(true), 30);
    CU_ASSERT_EQUAL(fork_and_join(false), 20); /* the second stream's came first */
}

static void test_unjoined(void)
{
    cudaStream_t first = play_stream(), second = play_stream();
    cudaEvent_t fork = play_event(), join = play_event();
    float *p = play_device_float();
    cudaGraph_t graph = NULL;
    FINE(cudaStreamBeginCapture(first, strict));
    FINE(cudaEventRecord(fork, first));
    FINE(cudaStreamWaitEvent(second, fork, 0));
    FINE(play_line(second, p, 1, 1));
    FINE(cudaEventRecord(join, second));
    FINE(cudaStreamWaitEvent(first, join, 0));
    FINE(play_line(second, p, 1, 1));
    FAILS(cudaStreamEndCapture(first, &graph), cudaErrorStreamCaptureUnjoined);
    CU_ASSERT_PTR_NULL(graph);
    CU_ASSERT(!cudasim_is_capturing(second));
    BLAMED(cudaStreamEndCapture(first, &graph), cudaErrorIllegalState);
    play_end();
}

/* ---- What is forbidden ----------------------------------------------------------------------- */

typedef struct scene {
    cudaStream_t stream, other;
    cudaEvent_t event;
    float *p, *pinned;
} scene;

static cudaError_t do_malloc(const scene *s)
{
    void *p = NULL;
    (void)s;
    return cudaMalloc(&p, 8);
}

static cudaError_t do_malloc_host(const scene *s)
{
    void *p = NULL;
    (void)s;
    return cudaMallocHost(&p, 8);
}

static cudaError_t do_free(const scene *s)
{
    return cudaFree(s->p);
}

static cudaError_t do_free_host(const scene *s)
{
    return cudaFreeHost(s->pinned);
}

static cudaError_t do_wait(const scene *s)
{
    return cudaStreamSynchronize(s->stream);
}

static cudaError_t do_wait_other(const scene *s)
{
    return cudaStreamSynchronize(s->other);
}

static cudaError_t do_query(const scene *s)
{
    return cudaStreamQuery(s->stream);
}

static cudaError_t do_wait_device(const scene *s)
{
    (void)s;
    return cudaDeviceSynchronize();
}

static cudaError_t do_wait_event(const scene *s)
{
    return cudaEventSynchronize(s->event);
}

static cudaError_t do_query_event(const scene *s)
{
    return cudaEventQuery(s->event);
}

static cudaError_t do_copy(const scene *s)
{
    return cudaMemcpy(s->pinned, s->p, sizeof *s->p, cudaMemcpyDeviceToHost);
}

static void spoil(cudaError_t (*act)(const scene *), enum cudaStreamCaptureMode mode)
{
    scene s = { play_stream(), play_stream(), play_event(), play_device_float(),
                play_pinned_floats(1) };
    enum cudaStreamCaptureStatus status;
    cudaGraph_t graph = NULL;
    FINE(cudaEventRecord(s.event, s.other));
    FINE(cudaStreamBeginCapture(s.stream, mode));
    FINE(play_line(s.stream, s.p, 1, 1));
    FAILS(act(&s), cudaErrorStreamCaptureUnsupported);
    FINE(cudaStreamIsCapturing(s.stream, &status));
    CU_ASSERT_EQUAL(status, cudaStreamCaptureStatusInvalidated);
    FAILS(play_line(s.stream, s.p, 1, 1), cudaErrorStreamCaptureInvalidated);
    FAILS(cudaStreamEndCapture(s.stream, &graph), cudaErrorStreamCaptureInvalidated);
    CU_ASSERT_PTR_NULL(graph);
    play_end();
}

static void test_forbidden(void)
{
    cudaError_t (*const acts[])(const scene *) = {
        do_malloc, do_malloc_host, do_free,       do_free_host,   do_wait, do_wait_other,
        do_query,  do_wait_device, do_wait_event, do_query_event, do_copy,
    };
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        spoil(acts[i], cudaStreamCaptureModeGlobal);
        spoil(acts[i], cudaStreamCaptureModeThreadLocal);
    }
    spoil(do_wait, cudaStreamCaptureModeRelaxed);
    spoil(do_query, cudaStreamCaptureModeRelaxed);
    spoil(do_wait_device, cudaStreamCaptureModeRelaxed);
}

static void *allocate_there(void *error)
{
    void *p = NULL;
    *(cudaError_t *)error = cudaMalloc(&p, 8);
    if (p)
        cudaFree(p);
    return NULL;
}

static void test_modes(void)
{
    static const cudaError_t expected[] = { cudaErrorStreamCaptureUnsupported, cudaSuccess,
                                            cudaSuccess };
    cudaStream_t stream = play_stream();
    for (int mode = 0; mode < 3; mode++) {
        cudaError_t found = cudaErrorUnknown;
        cudaGraph_t graph = NULL;
        pthread_t thread;
        FINE(cudaStreamBeginCapture(stream, (enum cudaStreamCaptureMode)mode));
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, allocate_there, &found), 0);
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(found, expected[mode]);
        FAILS(cudaStreamEndCapture(stream, &graph),
              found ? cudaErrorStreamCaptureInvalidated : cudaSuccess);
        if (graph)
            FINE(cudaGraphDestroy(graph));
    }
    /* In relaxed mode, or while the thread is relaxed, much is allowed. */
    for (int i = 0; i < 2; i++) {
        enum cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
        cudaGraph_t graph = NULL;
        void *p = NULL;
        FINE(cudaStreamBeginCapture(stream, i ? strict : mode));
        if (i)
            FINE(cudaThreadExchangeStreamCaptureMode(&mode));
        FINE(cudaMalloc(&p, 8));
        if (i)
            FINE(cudaThreadExchangeStreamCaptureMode(&mode));
        CU_ASSERT_EQUAL(mode, cudaStreamCaptureModeRelaxed);
        FINE(cudaStreamEndCapture(stream, &graph));
        FINE(cudaGraphDestroy(graph));
        FINE(cudaFree(p));
    }
    play_end();
}

static void end_spoilt(cudaStream_t stream)
{
    cudaGraph_t graph = NULL;
    FAILS(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
    CU_ASSERT_PTR_NULL(graph);
}

/* Streams and events that are captured, and others, in the wrong places. */
static void test_mixed(void)
{
    cudaStream_t first = play_stream(), second = play_stream(), blocking = NULL;
    cudaEvent_t event = play_event();
    cudaGraph_t graph = NULL;
    float *p = play_device_float();
    FAILS(cudaStreamBeginCapture(NULL, strict), cudaErrorStreamCaptureUnsupported);
    FINE(cudaStreamBeginCapture(first, strict));
    FAILS(cudaStreamBeginCapture(first, strict), cudaErrorIllegalState);
    BLAMED(cudaMemsetAsync(p, 0, sizeof *p, NULL), cudaSuccess); /* not in the graph */
    BLAMED(cudaStreamDestroy(first), cudaErrorStreamCaptureUnsupported);
    end_spoilt(first);

    FINE(cudaEventRecord(event, second));
    FINE(cudaStreamBeginCapture(first, strict));
    FAILS(cudaStreamWaitEvent(first, event, 0), cudaErrorStreamCaptureIsolation);
    end_spoilt(first);

    FINE(cudaStreamBeginCapture(first, strict));
    FINE(cudaStreamBeginCapture(second, strict));
    FINE(cudaEventRecord(event, first));
    FAILS(cudaStreamWaitEvent(second, event, 0), cudaErrorStreamCaptureMerge);
    end_spoilt(first);
    end_spoilt(second);

    FINE(cudaStreamBeginCapture(first, strict));
    FINE(cudaEventRecord(event, first));
    FINE(cudaStreamWaitEvent(second, event, 0));
    FAILS(cudaStreamEndCapture(second, &graph), cudaErrorStreamCaptureUnmatched);
    end_spoilt(first);
    FAILS(cudaEventQuery(event), cudaErrorCapturedEvent);
    FAILS(cudaEventSynchronize(event), cudaErrorCapturedEvent);
    FAILS(cudaStreamWaitEvent(first, event, 0), cudaErrorCapturedEvent);

    FINE(cudaStreamCreate(&blocking));
    FINE(cudaStreamBeginCapture(blocking, strict));
    FAILS(cudaMemsetAsync(p, 0, sizeof *p, NULL), cudaErrorStreamCaptureImplicit);
    end_spoilt(blocking);
    FINE(cudaStreamDestroy(blocking));
    play_end();
}

static void *end_there(void *stream)
{
    cudaGraph_t graph = NULL;
    return cudaStreamEndCapture(stream, &graph) == cudaErrorStreamCaptureWrongThread ? stream
                                                                                     : NULL;
}

static void test_wrong_thread(void)
{
    cudaStream_t stream = play_stream();
    pthread_t thread;
    void *result = NULL;
    FINE(cudaStreamBeginCapture(stream, strict));
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, end_there, stream), 0);
    pthread_join(thread, &result);
    CU_ASSERT_PTR_EQUAL(result, stream);
    end_spoilt(stream);
    play_end();
}

int main(int argc, char **argv)
{
    const play_part parts[] = { { NULL, NULL } };
    const CU_TestInfo tests[] = {
        { "a launch does what was captured, anew", test_replay },
        { "a dependency that was forgotten is another number", test_forks },
        { "what does not come back is told", test_unjoined },
        { "what is forbidden spoils the capture", test_forbidden },
        { "modes: this thread, others, relaxed", test_modes },
        { "streams and events in the wrong places", test_mixed },
        { "the end, from another thread", test_wrong_thread },
        CU_TEST_INFO_NULL,
    };
    return play_main(argc, argv, parts, tests);
}
