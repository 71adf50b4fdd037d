/* test_cudasim_capture.c: captured streams: what is recorded, what a launch does, and what CUDA
 * forbids during capture. */
#include <math.h>
#include <pthread.h>

#include "cudasim/cudasim_rig.h"

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
    cudaStream_t stream = rig_stream();
    float *p = rig_device_float(), *from = rig_pinned_floats(1), *to = rig_pinned_floats(1);
    enum cudaStreamCaptureStatus status;
    *from = 1;
    *to = 0;
    FINE(cudaStreamBeginCapture(stream, strict));
    FINE(cudaStreamIsCapturing(stream, &status));
    CU_ASSERT_EQUAL(status, cudaStreamCaptureStatusActive);
    CU_ASSERT(cudasim_is_capturing(stream));
    FINE(cudaMemcpyAsync(p, from, sizeof *p, cudaMemcpyHostToDevice, stream));
    FINE(rig_line(stream, p, 2, 1));
    FINE(rig_line(stream, p, 3, 1));
    FINE(cudaMemcpyAsync(to, p, sizeof *p, cudaMemcpyDeviceToHost, stream));
    cudaGraphExec_t exec = end_capture(stream);
    FINE(cudaStreamIsCapturing(stream, &status));
    CU_ASSERT_EQUAL(status, cudaStreamCaptureStatusNone);
    FINE(cudaStreamSynchronize(stream));
    CU_ASSERT_EQUAL(*to, 0); /* nothing has run */
    FINE(cudaGraphUpload(exec, stream));
    FINE(cudaGraphLaunch(exec, stream));
    CU_ASSERT_EQUAL(*to, 0);
    FINE(cudaStreamSynchronize(stream));
    CU_ASSERT_EQUAL(*to, 10);
    *from = 2;
    FINE(cudaGraphLaunch(exec, stream));
    FINE(rig_line(stream, p, 0, 7));
    FINE(cudaStreamSynchronize(stream));
    CU_ASSERT_EQUAL(*to, 16);
    CU_ASSERT_EQUAL(rig_get(stream, p), 7);
    FINE(cudaGraphLaunch(exec, stream));
    FINE(cudaGraphExecDestroy(exec)); /* waits until it is done */
    BLAMED(cudaGraphExecDestroy(exec), cudaErrorInvalidValue);
    BLAMED(cudaGraphLaunch(exec, stream), cudaErrorInvalidValue);
    CU_ASSERT_EQUAL(rig_get(stream, p), 16);
    rig_end();
}

/* The second stream forks from the first and joins it again. `waits` false: the fork is recorded
 * before the first stream's work, so that the second stream does not wait for it. */
static float fork_and_join(bool waits)
{
    cudaStream_t first = rig_stream(), second = rig_stream();
    cudaEvent_t fork = rig_event(), join = rig_event();
    float *p = rig_device_float(), *q = rig_device_float();
    FINE(cudaMemsetAsync(p, 0, sizeof *p, first));
    FINE(cudaMemsetAsync(q, 0, sizeof *q, first));
    FINE(cudaStreamSynchronize(first));
    FINE(cudaStreamBeginCapture(first, strict));
    if (!waits)
        FINE(cudaEventRecord(fork, first));
    FINE(rig_line(first, p, 1, 1));
    if (waits)
        FINE(cudaEventRecord(fork, first));
    FINE(cudaStreamWaitEvent(second, fork, 0));
    CU_ASSERT(cudasim_is_capturing(second));
    FINE(rig_line(second, p, 2, 1));
    FINE(rig_line(first, q, 1, 1));
    FINE(cudaEventRecord(join, second));
    FINE(cudaStreamWaitEvent(first, join, 0));
    FINE(rig_line(first, p, 10, 0));
    cudaGraphExec_t exec = end_capture(first);
    CU_ASSERT(!cudasim_is_capturing(second));
    FINE(cudaGraphLaunch(exec, first));
    float result = rig_get(first, p);
    CU_ASSERT_EQUAL(rig_get(first, q), 1);
    FINE(cudaGraphExecDestroy(exec));
    rig_end();
    return result;
}

static void test_forks(void)
{
    CU_ASSERT_EQUAL(fork_and_join(true), 30);
    CU_ASSERT_EQUAL(fork_and_join(false), 20); /* the second stream's work ran first */
}

static void test_unjoined(void)
{
    cudaStream_t first = rig_stream(), second = rig_stream();
    cudaEvent_t fork = rig_event(), join = rig_event();
    float *p = rig_device_float();
    cudaGraph_t graph = NULL;
    FINE(cudaStreamBeginCapture(first, strict));
    FINE(cudaEventRecord(fork, first));
    FINE(cudaStreamWaitEvent(second, fork, 0));
    FINE(rig_line(second, p, 1, 1));
    FINE(cudaEventRecord(join, second));
    FINE(cudaStreamWaitEvent(first, join, 0));
    FINE(rig_line(second, p, 1, 1));
    FAILS(cudaStreamEndCapture(first, &graph), cudaErrorStreamCaptureUnjoined);
    CU_ASSERT_PTR_NULL(graph);
    CU_ASSERT(!cudasim_is_capturing(second));
    BLAMED(cudaStreamEndCapture(first, &graph), cudaErrorIllegalState);
    rig_end();
}

/* ---- Forbidden calls ------------------------------------------------------------------------- */

typedef struct context {
    cudaStream_t stream, other;
    cudaEvent_t event;
    float *p, *pinned;
} context;

static cudaError_t do_malloc(const context *s)
{
    void *p = NULL;
    (void)s;
    return cudaMalloc(&p, 8);
}

static cudaError_t do_malloc_host(const context *s)
{
    void *p = NULL;
    (void)s;
    return cudaMallocHost(&p, 8);
}

static cudaError_t do_free(const context *s)
{
    return cudaFree(s->p);
}

static cudaError_t do_free_host(const context *s)
{
    return cudaFreeHost(s->pinned);
}

static cudaError_t do_wait(const context *s)
{
    return cudaStreamSynchronize(s->stream);
}

static cudaError_t do_wait_other(const context *s)
{
    return cudaStreamSynchronize(s->other);
}

static cudaError_t do_query(const context *s)
{
    return cudaStreamQuery(s->stream);
}

static cudaError_t do_wait_device(const context *s)
{
    (void)s;
    return cudaDeviceSynchronize();
}

static cudaError_t do_wait_event(const context *s)
{
    return cudaEventSynchronize(s->event);
}

static cudaError_t do_query_event(const context *s)
{
    return cudaEventQuery(s->event);
}

static cudaError_t do_copy(const context *s)
{
    return cudaMemcpy(s->pinned, s->p, sizeof *s->p, cudaMemcpyDeviceToHost);
}

static void check_forbidden(cudaError_t (*call)(const context *), enum cudaStreamCaptureMode mode)
{
    context s = { rig_stream(), rig_stream(), rig_event(), rig_device_float(),
                  rig_pinned_floats(1) };
    enum cudaStreamCaptureStatus status;
    cudaGraph_t graph = NULL;
    FINE(cudaEventRecord(s.event, s.other));
    FINE(cudaStreamBeginCapture(s.stream, mode));
    FINE(rig_line(s.stream, s.p, 1, 1));
    FAILS(call(&s), cudaErrorStreamCaptureUnsupported);
    FINE(cudaStreamIsCapturing(s.stream, &status));
    CU_ASSERT_EQUAL(status, cudaStreamCaptureStatusInvalidated);
    FAILS(rig_line(s.stream, s.p, 1, 1), cudaErrorStreamCaptureInvalidated);
    FAILS(cudaStreamEndCapture(s.stream, &graph), cudaErrorStreamCaptureInvalidated);
    CU_ASSERT_PTR_NULL(graph);
    rig_end();
}

static void test_forbidden(void)
{
    cudaError_t (*const calls[])(const context *) = {
        do_malloc, do_malloc_host, do_free,       do_free_host,   do_wait, do_wait_other,
        do_query,  do_wait_device, do_wait_event, do_query_event, do_copy,
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        check_forbidden(calls[i], cudaStreamCaptureModeGlobal);
        check_forbidden(calls[i], cudaStreamCaptureModeThreadLocal);
    }
    check_forbidden(do_wait, cudaStreamCaptureModeRelaxed);
    check_forbidden(do_query, cudaStreamCaptureModeRelaxed);
    check_forbidden(do_wait_device, cudaStreamCaptureModeRelaxed);
}

static void *allocate_in_thread(void *error)
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
    cudaStream_t stream = rig_stream();
    for (int mode = 0; mode < 3; mode++) {
        cudaError_t found = cudaErrorUnknown;
        cudaGraph_t graph = NULL;
        pthread_t thread;
        FINE(cudaStreamBeginCapture(stream, (enum cudaStreamCaptureMode)mode));
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, allocate_in_thread, &found), 0);
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(found, expected[mode]);
        FAILS(cudaStreamEndCapture(stream, &graph),
              found ? cudaErrorStreamCaptureInvalidated : cudaSuccess);
        if (graph)
            FINE(cudaGraphDestroy(graph));
    }
    /* A relaxed capture, or a relaxed thread, allows allocations. */
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
    rig_end();
}

static void end_invalidated(cudaStream_t stream)
{
    cudaGraph_t graph = NULL;
    FAILS(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
    CU_ASSERT_PTR_NULL(graph);
}

/* Captured streams and events used together with others. */
static void test_mixed(void)
{
    cudaStream_t first = rig_stream(), second = rig_stream(), blocking = NULL;
    cudaEvent_t event = rig_event();
    cudaGraph_t graph = NULL;
    float *p = rig_device_float();
    FAILS(cudaStreamBeginCapture(NULL, strict), cudaErrorStreamCaptureUnsupported);
    FINE(cudaStreamBeginCapture(first, strict));
    FAILS(cudaStreamBeginCapture(first, strict), cudaErrorIllegalState);
    BLAMED(cudaMemsetAsync(p, 0, sizeof *p, NULL), cudaSuccess); /* not in the graph */
    BLAMED(cudaStreamDestroy(first), cudaErrorStreamCaptureUnsupported);
    end_invalidated(first);

    FINE(cudaEventRecord(event, second));
    FINE(cudaStreamBeginCapture(first, strict));
    FAILS(cudaStreamWaitEvent(first, event, 0), cudaErrorStreamCaptureIsolation);
    end_invalidated(first);

    FINE(cudaStreamBeginCapture(first, strict));
    FINE(cudaStreamBeginCapture(second, strict));
    FINE(cudaEventRecord(event, first));
    FAILS(cudaStreamWaitEvent(second, event, 0), cudaErrorStreamCaptureMerge);
    end_invalidated(first);
    end_invalidated(second);

    FINE(cudaStreamBeginCapture(first, strict));
    FINE(cudaEventRecord(event, first));
    FINE(cudaStreamWaitEvent(second, event, 0));
    FAILS(cudaStreamEndCapture(second, &graph), cudaErrorStreamCaptureUnmatched);
    end_invalidated(first);
    FAILS(cudaEventQuery(event), cudaErrorCapturedEvent);
    FAILS(cudaEventSynchronize(event), cudaErrorCapturedEvent);
    FAILS(cudaStreamWaitEvent(first, event, 0), cudaErrorCapturedEvent);

    FINE(cudaStreamCreate(&blocking));
    FINE(cudaStreamBeginCapture(blocking, strict));
    FAILS(cudaMemsetAsync(p, 0, sizeof *p, NULL), cudaErrorStreamCaptureImplicit);
    end_invalidated(blocking);
    FINE(cudaStreamDestroy(blocking));
    rig_end();
}

static void *end_in_thread(void *stream)
{
    cudaGraph_t graph = NULL;
    return cudaStreamEndCapture(stream, &graph) == cudaErrorStreamCaptureWrongThread ? stream
                                                                                     : NULL;
}

static void test_wrong_thread(void)
{
    cudaStream_t stream = rig_stream();
    pthread_t thread;
    void *result = NULL;
    FINE(cudaStreamBeginCapture(stream, strict));
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, end_in_thread, stream), 0);
    pthread_join(thread, &result);
    CU_ASSERT_PTR_EQUAL(result, stream);
    end_invalidated(stream);
    rig_end();
}

static bool run_nothing(void *what)
{
    (void)what;
    return true;
}

/* Loads and, like the other calls here, checks whether that was blamed. */
static cudaError_t load(cudaStream_t stream, const char *code)
{
    cudasim_load(__func__, cudasim_device(), stream, code);
    return cudaSuccess;
}

static void test_first_use(void)
{
    cudaStream_t stream = rig_stream(), other = rig_stream();
    float *p = rig_device_float();
    FINE(load(stream, "a"));
    FINE(cudaStreamBeginCapture(stream, strict));
    FINE(rig_line(stream, p, 1, 1));
    FINE(load(stream, "a"));
    BLAMED(load(stream, "b"), cudaSuccess);
    FINE(load(other, "c"));
    FINE(cudaGraphExecDestroy(end_capture(stream)));
    FINE(cudasim_enqueue("ncclAllReduce", other, run_nothing, "", 1));
    FINE(load(stream, "c"));
    BLAMED(load(stream, "d"), cudaSuccess);
    FINE(cudaSetDevice(1));
    FINE(load(NULL, "a")); /* on another device */
    FINE(cudaSetDevice(0));
    FINE(cudaStreamSynchronize(other));
    FINE(load(stream, "e"));
    rig_end();
}

int main(int argc, char **argv)
{
    const rig_part parts[] = { { NULL, NULL } };
    const CU_TestInfo tests[] = {
        { "each launch runs what was captured", test_replay },
        { "a missing dependency changes the result", test_forks },
        { "a fork that does not join is an error", test_unjoined },
        { "forbidden calls invalidate the capture", test_forbidden },
        { "modes: global, this thread, relaxed", test_modes },
        { "captured streams and events used with others", test_mixed },
        { "ending the capture from another thread", test_wrong_thread },
        { "the first use of a kernel loads it", test_first_use },
        CU_TEST_INFO_NULL,
    };
    return rig_main(argc, argv, parts, tests);
}
