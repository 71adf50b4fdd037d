/* test_cudasim.c: the simulated machine detects errors in the use of memory, streams, events and
 * devices. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cudasim/cudasim_rig.h"

static const char *const two_devices[] = { "CUDASIM_DEVICES=2", NULL };

static void test_memory(void)
{
    void *p = NULL, *q = NULL;
    size_t before = 0, after = 0, all = 0;
    FINE(cudaMemGetInfo(&before, &all));
    CU_ASSERT_EQUAL(all, 8ull << 30);
    FINE(cudaMalloc(&p, 1000));
    FINE(cudaMemGetInfo(&after, &all));
    CU_ASSERT(after <= before - 1000);
    CU_ASSERT_EQUAL((uintptr_t)p % 256, 0);
    FAILS(cudaMalloc(&q, all), cudaErrorMemoryAllocation);
    FAILS(cudaMalloc(&q, SIZE_MAX), cudaErrorMemoryAllocation);
    CU_ASSERT_PTR_NULL(q);
    FINE(cudaFree(p));
    BLAMED(cudaFree(p), cudaErrorInvalidValue);
    BLAMED(cudaFree(&p), cudaErrorInvalidValue);
    FINE(cudaFree(NULL));
    FINE(cudaMalloc(&p, 64));
    BLAMED(cudaFree((char *)p + 4), cudaErrorInvalidValue);
    BLAMED(cudaFreeHost(p), cudaErrorInvalidValue);
    FINE(cudaFree(p));
    FINE(cudaMallocHost(&p, 64));
    BLAMED(cudaFree(p), cudaErrorInvalidValue);
    FINE(cudaFreeHost(p));
    BLAMED(cudaFreeHost(p), cudaErrorInvalidValue);
    FINE(cudaMemGetInfo(&after, &all));
    CU_ASSERT_EQUAL(after, before);
    rig_end();
}

static void test_fresh_memory(void)
{
    cudaStream_t stream = rig_stream();
    float *p = rig_device_float();
    CU_ASSERT(isnan(rig_get(stream, p)));
    CU_ASSERT(isnan(rig_pinned_floats(1)[0]));
    rig_end();
}

/* Parts that must end with a signal: the host accesses device memory. */
static int read_device(void)
{
    float *p = NULL;
    if (cudaMalloc((void **)&p, 64))
        return 2;
    float number = *(volatile float *)p;
    return number > 0 ? 0 : 2;
}

static int write_device(void)
{
    float *p = NULL;
    if (cudaMalloc((void **)&p, 64))
        return 2;
    *(volatile float *)p = 1;
    return 0;
}

static int read_after_work(void)
{
    float *p = NULL;
    float number = 1;
    if (cudaMalloc((void **)&p, 64))
        return 2;
    if (cudaMemcpy(p, &number, sizeof number, cudaMemcpyHostToDevice))
        return 2;
    number = *(volatile float *)p;
    return number == 1 ? 0 : 2;
}

static int write_beyond_pinned(void)
{
    float *p = NULL;
    if (cudaMallocHost((void **)&p, 256))
        return 2;
    ((volatile float *)p)[64] = 1;
    return 0;
}

static void test_protection(void)
{
    static const char *const parts[] = { "read_device", "write_device", "read_after_work",
                                         "write_beyond_pinned" };
    for (int i = 0; i < 4; i++) {
        int result = rig_child(parts[i], two_devices);
        /* Handlers of sanitizers exit with 1 or 66. */
        bool noticed = result == -SIGSEGV || result == 1 || result == 66;
        if (!noticed)
            check_note("%s: %d", parts[i], result);
        CU_ASSERT(noticed);
    }
}

static void test_copies(void)
{
    cudaStream_t stream = rig_stream();
    float *p = rig_device_float(), *from = rig_pinned_floats(2), *to = rig_pinned_floats(1);
    float ordinary = 0;
    *from = 1;
    *to = 0;
    FINE(cudaMemcpyAsync(p, from, sizeof *p, cudaMemcpyHostToDevice, stream));
    FINE(cudaMemcpyAsync(to, p, sizeof *p, cudaMemcpyDeviceToHost, stream));
    CU_ASSERT_EQUAL(*to, 0); /* not done yet */
    *from = 2;               /* changed too early */
    BLAMED(cudaStreamSynchronize(stream), cudaSuccess);
    CU_ASSERT_EQUAL(*to, 2);
    FINE(cudaMemsetAsync(p, 0, sizeof *p, stream));
    CU_ASSERT_EQUAL(rig_get(stream, p), 0);

    enum cudaMemcpyKind up = cudaMemcpyHostToDevice, down = cudaMemcpyDeviceToHost;
    cudaError_t invalid = cudaErrorInvalidValue;
    BLAMED(cudaMemcpyAsync(p, &ordinary, sizeof *p, up, stream), invalid);
    BLAMED(cudaMemcpyAsync(&ordinary, p, sizeof *p, down, stream), invalid);
    BLAMED(cudaMemcpyAsync(p, from, 2 * sizeof *p, up, stream), invalid);
    BLAMED(cudaMemcpyAsync(to, p, 2 * sizeof *p, down, stream), invalid);
    BLAMED(cudaMemcpyAsync(p, from + 1, 2 * sizeof *p, up, stream), invalid);
    BLAMED(cudaMemcpyAsync(p, from, sizeof *p, down, stream), invalid);
    BLAMED(cudaMemcpyAsync(to, p, sizeof *p, up, stream), invalid);
    BLAMED(cudaMemcpyAsync(from, to, sizeof *p, cudaMemcpyDeviceToDevice, stream), invalid);
    BLAMED(cudaMemcpyAsync(p, NULL, sizeof *p, up, stream), invalid);
    BLAMED(cudaMemcpyAsync(p, p, sizeof *p, cudaMemcpyDeviceToDevice, stream), invalid);
    BLAMED(cudaMemsetAsync(p, 0, sizeof *p + 1, stream), invalid);
    BLAMED(cudaMemsetAsync(from, 0, 1, stream), invalid);
    FAILS(cudaMemcpyAsync(p, from, sizeof *p, (enum cudaMemcpyKind)9, stream),
          cudaErrorInvalidMemcpyDirection);
    FINE(cudaMemcpyAsync(p, from, 0, up, stream));
    FINE(cudaMemcpyAsync(p, from, sizeof *p, cudaMemcpyDefault, stream));
    FINE(cudaMemcpy(&ordinary, p, sizeof ordinary, cudaMemcpyDeviceToHost));
    CU_ASSERT_EQUAL(ordinary, 0); /* did not wait for the stream */
    BLAMED(cudaMemcpy(p, rig_device_float(), sizeof *p, cudaMemcpyHostToDevice), invalid);
    rig_end();
}

static bool run_write(void *what)
{
    **(float **)what = 1;
    return true;
}

static void test_overrun(void)
{
    cudaStream_t stream = rig_stream();
    float *p = NULL;
    FINE(cudaMalloc((void **)&p, 5 * sizeof *p));
    float *end = p + 5;
    FINE(cudasim_enqueue(__func__, stream, run_write, &end, sizeof end));
    BLAMED(cudaFree(p), cudaSuccess);
    rig_end();
}

static void test_missing_wait(void)
{
    cudaStream_t first = rig_stream(), second = rig_stream();
    cudaEvent_t event = rig_event();
    float *p = rig_device_float();
    rig_put(first, p, 1);
    CU_ASSERT(isnan(rig_get(second, p)));
    FINE(rig_line(first, p, 2, 1));
    FINE(cudaEventRecord(event, first));
    FINE(rig_line(first, p, 2, 1));
    FINE(cudaStreamWaitEvent(second, event, 0));
    CU_ASSERT_EQUAL(rig_get(second, p), 3);
    CU_ASSERT_EQUAL(rig_get(first, p), 7);
    /* Recording an event again moves it; waiting for one that was never recorded does nothing. */
    FINE(cudaEventRecord(event, first));
    FINE(rig_line(first, p, 2, 1));
    FINE(cudaEventRecord(event, first));
    FINE(cudaStreamWaitEvent(second, event, 0));
    CU_ASSERT_EQUAL(rig_get(second, p), 15);
    FINE(cudaStreamWaitEvent(second, rig_event(), 0));
    FINE(rig_line(first, p, 2, 1));
    FINE(cudaDeviceSynchronize());
    CU_ASSERT_EQUAL(rig_get(second, p), 31);
    rig_end();
}

/* Two streams without a wait: what the first's read sees of the second's write. */
static int hazard(void)
{
    float *p = NULL, *host = NULL;
    cudaStream_t first = NULL, second = NULL;
    if (cudaMalloc((void **)&p, sizeof *p) || cudaMallocHost((void **)&host, 3 * sizeof *host))
        return 100;
    if (cudaStreamCreate(&first) || cudaStreamCreate(&second))
        return 100;
    for (int i = 0; i < 3; i++)
        host[i] = (float)(i + 1);
    if (cudaMemcpyAsync(p, &host[0], sizeof *p, cudaMemcpyHostToDevice, first))
        return 100;
    if (cudaStreamSynchronize(first))
        return 100;
    if (cudaMemcpyAsync(&host[2], p, sizeof *p, cudaMemcpyDeviceToHost, first))
        return 100;
    int immediately = (int)host[2];
    if (cudaMemcpyAsync(p, &host[1], sizeof *p, cudaMemcpyHostToDevice, second))
        return 100;
    if (cudaStreamSynchronize(first))
        return 100;
    return immediately * 10 + (int)host[2];
}

static void test_orders(void)
{
    const char *const late[] = { "CUDASIM_ORDER=late", NULL };
    const char *const early[] = { "CUDASIM_ORDER=early", NULL };
    const char *const others[] = { "CUDASIM_ORDER=others", NULL };
    CU_ASSERT_EQUAL(rig_child("hazard", late), 31);
    CU_ASSERT_EQUAL(rig_child("hazard", early), 11);
    CU_ASSERT_EQUAL(rig_child("hazard", others), 32);
}

static void test_streams(void)
{
    cudaStream_t stream = NULL, gone = NULL, going = rig_stream();
    float *p = rig_device_float(), number = 0;
    FINE(cudaStreamCreate(&gone));
    rig_put(gone, p, 1);
    FINE(cudaStreamDestroy(gone)); /* finishes its work */
    BLAMED(cudaStreamDestroy(gone), cudaErrorInvalidResourceHandle);
    BLAMED(cudaStreamSynchronize(gone), cudaErrorInvalidResourceHandle);
    BLAMED(cudaMemsetAsync(p, 0, sizeof *p, gone), cudaErrorInvalidResourceHandle);
    BLAMED(cudaStreamDestroy(NULL), cudaErrorInvalidResourceHandle);
    BLAMED(cudaStreamQuery((cudaStream_t)(void *)&number), cudaErrorInvalidResourceHandle);
    BLAMED(cudaStreamQuery((cudaStream_t)(void *)rig_event()), cudaErrorInvalidResourceHandle);
    FAILS(cudaStreamCreateWithFlags(&stream, 8), cudaErrorInvalidValue);
    CU_ASSERT_EQUAL(rig_get(going, p), 1);

    FINE(rig_line(going, p, 1, 1));
    FAILS(cudaStreamQuery(going), cudaErrorNotReady);
    for (int i = 0; i < 10 && cudaStreamQuery(going); i++) {
    }
    FINE(cudaStreamQuery(going));

    /* The default stream and blocking streams wait for each other. */
    FINE(cudaStreamCreateWithPriority(&stream, cudaStreamDefault, -1));
    FINE(rig_line(stream, p, 2, 1));
    FINE(rig_line(NULL, p, 3, 1));
    FINE(rig_line(stream, p, 5, 1));
    FINE(cudaMemcpy(&number, p, sizeof number, cudaMemcpyDeviceToHost));
    CU_ASSERT_EQUAL(number, 81);
    FINE(rig_line(NULL, p, 2, 0));
    FINE(rig_line(stream, p, 1, 1));
    CU_ASSERT_EQUAL(rig_get(stream, p), 163);
    FINE(cudaStreamDestroy(stream));
    rig_end();
}

static void test_events(void)
{
    cudaStream_t stream = rig_stream();
    cudaEvent_t begin = NULL, end = NULL, plain = rig_event();
    float ms = -1;
    float *p = rig_device_float();
    FINE(cudaEventCreate(&begin));
    FINE(cudaEventCreateWithFlags(&end, cudaEventBlockingSync));
    BLAMED(cudaEventElapsedTime(&ms, begin, end), cudaErrorInvalidResourceHandle);
    FINE(cudaEventSynchronize(begin));
    FINE(cudaEventQuery(begin));
    FINE(cudaEventRecord(begin, stream));
    FINE(rig_line(stream, p, 1, 1));
    FINE(cudaEventRecord(end, stream));
    FINE(cudaEventRecord(plain, stream));
    FAILS(cudaEventElapsedTime(&ms, begin, end), cudaErrorNotReady);
    FAILS(cudaEventQuery(end), cudaErrorNotReady);
    FINE(cudaEventSynchronize(end));
    FINE(cudaEventElapsedTime(&ms, begin, end));
    CU_ASSERT(ms >= 0 && ms < 1000);
    FAILS(cudaEventQuery(plain), cudaErrorNotReady); /* recorded last */
    FINE(cudaEventSynchronize(plain));
    BLAMED(cudaEventElapsedTime(&ms, begin, plain), cudaErrorInvalidResourceHandle);
    FINE(cudaEventDestroy(end));
    FINE(cudaEventDestroy(begin));
    BLAMED(cudaEventDestroy(begin), cudaErrorInvalidResourceHandle);
    BLAMED(cudaEventRecord(begin, stream), cudaErrorInvalidResourceHandle);
    BLAMED(cudaStreamWaitEvent(stream, begin, 0), cudaErrorInvalidResourceHandle);
    rig_end();
}

static void test_devices(void)
{
    int n = 0, can = 0, device = -1;
    struct cudaDeviceProp properties;
    FINE(cudaGetDeviceCount(&n));
    CU_ASSERT_EQUAL(n, 2);
    BLAMED(cudaSetDevice(2), cudaErrorInvalidDevice);
    BLAMED(cudaGetDeviceProperties(&properties, -1), cudaErrorInvalidDevice);
    FINE(cudaGetDeviceProperties(&properties, 1));
    CU_ASSERT_STRING_EQUAL(properties.name, "Simulated GPU 1");
    FINE(cudaDeviceCanAccessPeer(&can, 0, 1));
    cudaEvent_t event = rig_event();
    float *p = rig_device_float();
    FINE(cudaSetDevice(1));
    FINE(cudaGetDevice(&device));
    CU_ASSERT_EQUAL(device, 1);
    cudaStream_t stream = rig_stream();
    CU_ASSERT_EQUAL(cudasim_stream_device(stream), 1);
    BLAMED(cudaEventRecord(event, stream), cudaErrorInvalidResourceHandle);
    BLAMED(cudasim_range_is("test", 1, p, sizeof *p, 1) ? cudaSuccess : cudaErrorInvalidValue,
           cudaErrorInvalidValue);
    float *local = rig_device_float();
    rig_put(stream, p, 5);
    FINE(cudaMemcpyAsync(local, p, sizeof *local, cudaMemcpyDeviceToDevice, stream));
    CU_ASSERT_EQUAL(rig_get(stream, local), 5);
    FINE(cudaSetDevice(0));
    rig_end();
}

int main(int argc, char **argv)
{
    const rig_part parts[] = {
        { "read_device", read_device },
        { "write_device", write_device },
        { "read_after_work", read_after_work },
        { "write_beyond_pinned", write_beyond_pinned },
        { "hazard", hazard },
        { NULL, NULL },
    };
    const CU_TestInfo tests[] = {
        { "memory is counted, and freed once, by the matching function", test_memory },
        { "fresh memory is full of NaNs", test_fresh_memory },
        { "the host cannot touch device memory", test_protection },
        { "copies run late, and check their memory", test_copies },
        { "a write beyond the end is detected", test_overrun },
        { "a missing wait changes the result", test_missing_wait },
        { "orders of work that a GPU may use", test_orders },
        { "streams: handles, queries, the default one", test_streams },
        { "events: handles, queries, times", test_events },
        { "two devices are separate", test_devices },
        CU_TEST_INFO_NULL,
    };
    return rig_main(argc, argv, parts, tests);
}
