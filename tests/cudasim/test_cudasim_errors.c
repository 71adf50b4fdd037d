/* test_cudasim_errors.c: the simulated machine fails where it is told to; without a GPU it fails
 * like NVIDIA's library; it checks launches; and it ends waits that would last forever. */
#include <nvrtc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cudasim/cudasim_rig.h"

static void test_injected(void)
{
    void *p = NULL;
    int n = 0;
    uint64_t before = cudasim_calls(NULL);
    FINE(cudaGetDevice(&n));
    FINE(cudaFree(NULL));
    FINE(cudaGetLastError());
    CU_ASSERT_EQUAL(cudasim_calls(NULL), before + 1);
    cudasim_fail_at(NULL, 2);
    FINE(cudaGetDevice(&n));
    FAILS(cudaMalloc(&p, 64), cudaErrorMemoryAllocation);
    CU_ASSERT_PTR_NULL(p);
    FAILS(cudaPeekAtLastError(), cudaErrorMemoryAllocation);
    FAILS(cudaGetLastError(), cudaErrorMemoryAllocation);
    FINE(cudaGetLastError());
    cudaStream_t stream = NULL;
    cudasim_fail_at(NULL, 1);
    FAILS(cudaStreamCreate(&stream), cudaErrorUnknown);
    CU_ASSERT_PTR_NULL(stream);
    FINE(cudaMalloc(&p, 64));
    FINE(cudaFree(p));
    CU_ASSERT_EQUAL(cudasim_live(false), 0);
}

static int fail_by_name(void)
{
    int n = 0;
    void *p = NULL;
    if (cudaGetDevice(&n) || cudaMalloc(&p, 8))
        return 2;
    if (cudaMalloc(&p, 8) != cudaErrorMemoryAllocation)
        return 3;
    return cudaMalloc(&p, 8) ? 4 : 0;
}

static void test_lost_device(void)
{
    float *p = NULL;
    cudaStream_t stream = rig_stream();
    int n = 0;
    FINE(cudaMalloc((void **)&p, sizeof *p));
    FINE(cudaFree(p));
    float *good = rig_device_float(), *to = rig_pinned_floats(1);
    *to = 1;
    FINE(rig_line(stream, p, 1, 1));
    FINE(cudaMemcpyAsync(to, good, sizeof *to, cudaMemcpyDeviceToHost, stream));
    BLAMED(cudaStreamSynchronize(stream), cudaErrorIllegalAddress);
    CU_ASSERT_EQUAL(*to, 1); /* later work was not done */
    FAILS(cudaGetDevice(&n), cudaErrorIllegalAddress);
    FAILS(cudaMemsetAsync(p, 0, 1, stream), cudaErrorIllegalAddress);
    FAILS(cudaGetLastError(), cudaErrorIllegalAddress);
    FAILS(cudaGetLastError(), cudaErrorIllegalAddress);
    FINE(cudaSetDevice(1));
    FINE(cudaGetDevice(&n));
    FAILS(cudaSetDevice(0), cudaErrorIllegalAddress);
    cudasim_revive();
    FINE(cudaSetDevice(0));
    rig_end();
}

static int no_gpu(void)
{
    const char *devices = getenv("CUDASIM_DEVICES");
    bool is_none = !strcmp(devices, "none"), is_old = !strcmp(devices, "old");
    cudaError_t error = is_none || is_old ? cudaErrorInsufficientDriver : cudaErrorNoDevice;
    int version = -1, n = 0;
    void *p = NULL;
    if (cudaDriverGetVersion(&version))
        return 2;
    if (version != (is_none ? 0 : is_old ? 12000 : CUDART_VERSION))
        return 3;
    if (cudaGetDeviceCount(&n) != error || cudaSetDevice(0) != error)
        return 4;
    if (cudaMalloc(&p, 8) != error || cudaFree(p) != error)
        return 5;
    if (cudaGetLastError() != error || cudaDeviceSynchronize() != error)
        return 6;
    return 0;
}

static void test_no_gpu(void)
{
    const char *const none[] = { "CUDASIM_DEVICES=none", NULL };
    const char *const old[] = { "CUDASIM_DEVICES=old", NULL };
    const char *const zero[] = { "CUDASIM_DEVICES=0", NULL };
    const char *const fails[] = { "CUDASIM_FAIL=cudaMalloc:2", NULL };
    const char *const small[] = { "CUDASIM_MEMORY=1000", NULL };
    CU_ASSERT_EQUAL(rig_child("no_gpu", none), 0);
    CU_ASSERT_EQUAL(rig_child("no_gpu", old), 0);
    CU_ASSERT_EQUAL(rig_child("no_gpu", zero), 0);
    CU_ASSERT_EQUAL(rig_child("fail_by_name", fails), 0);
    CU_ASSERT_EQUAL(rig_child("small_memory", small), 0);
}

static int small_memory(void)
{
    void *p = NULL;
    if (cudaMalloc(&p, 1001) != cudaErrorMemoryAllocation)
        return 2;
    return cudaMalloc(&p, 700) ? 3 : 0;
}

/* Leaks objects, which the report must list. */
static int leak(void)
{
    void *p = NULL;
    cudaStream_t stream = NULL;
    if (cudaMalloc(&p, 8) || cudaMalloc(&p, 8) || cudaMallocHost(&p, 8))
        return 2;
    if (cudaStreamCreate(&stream) || cudaFree(stream) != cudaErrorInvalidValue)
        return 3;
    return cudasim_live(false) != 4;
}

static void test_report(void)
{
    char path[CHECK_PATH_MAX], setting[CHECK_PATH_MAX + 32], line[256];
    const char *const lines[] = { "calls cudaMalloc 2\n",   "calls cudaFree 1\n",
                                  "live device memory 2\n", "live pinned memory 1\n",
                                  "live cudaStream_t 1\n",  "blame cudaFree: " };
    const char *const settings[] = { setting, NULL };
    snprintf(setting, sizeof setting, "CUDASIM_REPORT=%s", check_scratch(path, "report"));
    CU_ASSERT_EQUAL(rig_child("leak", settings), 0);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        FILE *file = fopen(path, "r");
        bool found = false;
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        while (!found && fgets(line, sizeof line, file))
            found = !strncmp(line, lines[i], strlen(lines[i]));
        fclose(file);
        if (!found)
            check_note("no line %s", lines[i]);
        CU_ASSERT(found);
    }
}

/* ---- Work that needs other work -------------------------------------------------------------- */

/* Neither of two meetings continues until both have arrived. */
static int arrived;

typedef struct meeting {
    bool has_arrived;
} meeting;

static bool run_meeting(void *what)
{
    meeting *self = what;
    arrived += !self->has_arrived;
    self->has_arrived = true;
    return arrived >= 2;
}

static void meet(cudaStream_t stream)
{
    meeting self = { false };
    FINE(cudasim_enqueue(__func__, stream, run_meeting, &self, sizeof self));
}

static void *wait_in_thread(void *stream)
{
    return cudaStreamSynchronize(stream) ? stream : NULL;
}

static void test_meeting(void)
{
    cudaStream_t first = rig_stream(), second = rig_stream();
    pthread_t thread;
    void *failed = NULL;
    /* One thread enqueues both. */
    arrived = 0;
    meet(first);
    meet(second);
    FINE(cudaStreamSynchronize(first));
    FINE(cudaStreamSynchronize(second));
    /* A thread waits before the other meeting is enqueued. */
    arrived = 0;
    meet(first);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, wait_in_thread, first), 0);
    meet(second);
    FINE(cudaStreamSynchronize(second));
    pthread_join(thread, &failed);
    CU_ASSERT_PTR_NULL(failed);
    CU_ASSERT_EQUAL(arrived, 2);
    rig_end();
}

/* ---- Kernels --------------------------------------------------------------------------------- */

static const char *const program_text =
    "extern \"C\" __global__ void __launch_bounds__(256) scale(float *y, float a, int n)\n"
    "{\n"
    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n) y[i] *= a;\n"
    "}\n"
    "extern \"C\" __global__ void many(int n)\n"
    "{\n"
    "}\n";

static char *compile(void)
{
    nvrtcProgram program = NULL;
    const char *const options[] = { "--gpu-architecture=sm_90" };
    size_t bytes = 0;
    char *code = NULL;
    if (!nvrtcCreateProgram(&program, program_text, "test.cu", 0, NULL, NULL) &&
        !nvrtcCompileProgram(program, 1, options) && !nvrtcGetCUBINSize(program, &bytes) &&
        (code = malloc(bytes)))
        nvrtcGetCUBIN(program, code);
    nvrtcDestroyProgram(&program);
    return code;
}

static void check_launches(cudaKernel_t kernel, cudaKernel_t other)
{
    cudaStream_t stream = rig_stream();
    float *y = rig_device_float(), *freed = NULL, host = 0, a = 3;
    int n = 1;
    void *arguments[] = { &y, &a, &n }, *holes[] = { &y, NULL, &n }, *count[] = { &n };
    const dim3 one = { 1, 1, 1 }, threads = { 256, 1, 1 }, more = { 257, 1, 1 };
    const dim3 none = { 0, 1, 1 }, high = { 1, 65536, 1 }, deep = { 1, 1, 65 };
    const void *f = (const void *)kernel, *g = (const void *)other;
    cudaError_t shape = cudaErrorInvalidConfiguration, invalid = cudaErrorInvalidValue;
    rig_put(stream, y, 2);
    FINE(cudaLaunchKernel(f, one, threads, arguments, 0, stream));
    a = 100; /* arguments are copied */
    CU_ASSERT_EQUAL(rig_get(stream, y), 6);
    BLAMED(cudaLaunchKernel(f, none, threads, arguments, 0, stream), shape);
    BLAMED(cudaLaunchKernel(f, high, threads, arguments, 0, stream), shape);
    BLAMED(cudaLaunchKernel(f, one, none, arguments, 0, stream), shape);
    BLAMED(cudaLaunchKernel(f, one, deep, arguments, 0, stream), shape);
    BLAMED(cudaLaunchKernel(g, one, (dim3){ 64, 17, 1 }, count, 0, stream), shape);
    BLAMED(cudaLaunchKernel(f, one, more, arguments, 0, stream), cudaErrorLaunchOutOfResources);
    BLAMED(cudaLaunchKernel(f, one, threads, NULL, 0, stream), invalid);
    BLAMED(cudaLaunchKernel(f, one, threads, holes, 0, stream), invalid);
    BLAMED(cudaLaunchKernel(&host, one, threads, arguments, 0, stream),
           cudaErrorInvalidDeviceFunction);
    BLAMED(cudaLaunchKernel(g, one, one, count, 49153, stream), invalid);
    FINE(cudaFuncSetAttribute(g, cudaFuncAttributeMaxDynamicSharedMemorySize, 100000));
    FINE(cudaLaunchKernel(g, one, one, count, 49153, stream));
    FAILS(cudaFuncSetAttribute(g, cudaFuncAttributeMaxDynamicSharedMemorySize, 300000), invalid);
    FINE(cudaSetDevice(1));
    BLAMED(cudaLaunchKernel(f, one, threads, arguments, 0, stream), cudaErrorInvalidResourceHandle);
    FINE(cudaSetDevice(0));
    arguments[0] = &freed;
    FINE(cudaLaunchKernel(g, one, one, count, 0, stream));
    FINE(cudaMalloc((void **)&freed, 64));
    FINE(cudaFree(freed));
    BLAMED(cudaLaunchKernel(f, one, threads, arguments, 0, stream), cudaErrorIllegalAddress);
    cudasim_revive();
    freed = &host;
    BLAMED(cudaLaunchKernel(f, one, threads, arguments, 0, stream), cudaErrorIllegalAddress);
    cudasim_revive();
}

static void test_launches(void)
{
    cudaLibrary_t library = NULL;
    cudaKernel_t kernel = NULL, other = NULL, none = NULL;
    struct cudaFuncAttributes attributes;
    const char nonsense[64] = "nonsense";
    char *code = compile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(code);
    FAILS(cudaLibraryLoadData(&library, nonsense, NULL, NULL, 0, NULL, NULL, 0),
          cudaErrorInvalidKernelImage);
    FINE(cudaLibraryLoadData(&library, code, NULL, NULL, 0, NULL, NULL, 0));
    free(code);
    FINE(cudaLibraryGetKernel(&kernel, library, "scale"));
    FINE(cudaLibraryGetKernel(&other, library, "many"));
    FAILS(cudaLibraryGetKernel(&none, library, "absent"), cudaErrorSymbolNotFound);
    FINE(cudaFuncGetAttributes(&attributes, (const void *)kernel));
    CU_ASSERT_EQUAL(attributes.maxThreadsPerBlock, 256);
    check_launches(kernel, other);
    FINE(cudaLibraryUnload(library));
    BLAMED(cudaLibraryUnload(library), cudaErrorInvalidResourceHandle);
    BLAMED(cudaFuncGetAttributes(&attributes, (const void *)kernel),
           cudaErrorInvalidDeviceFunction);
    rig_end();
}

int main(int argc, char **argv)
{
    const rig_part parts[] = {
        { "no_gpu", no_gpu },
        { "fail_by_name", fail_by_name },
        { "small_memory", small_memory },
        { "leak", leak },
        { NULL, NULL },
    };
    const CU_TestInfo tests[] = {
        { "injected failures", test_injected },
        { "a lost device returns its error from every call", test_lost_device },
        { "machines without a GPU, or with little memory", test_no_gpu },
        { "the report lists calls, leaks and blame", test_report },
        { "work that waits for other work", test_meeting },
        { "launches: shapes, arguments, memory", test_launches },
        CU_TEST_INFO_NULL,
    };
    return rig_main(argc, argv, parts, tests);
}
