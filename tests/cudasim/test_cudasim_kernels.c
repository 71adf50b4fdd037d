/* test_cudasim_kernels.c: the simulated machine runs kernels as a GPU may, and detects errors in
 * them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cudasim/cudasim.h"
#include "cudasim/nvrtc_rig.h"
#include "cudasim/values.h"
#include "support/check.h"

#define N 4096

/* The program of most tests. */
#define SIGNATURE "(float *__restrict__ y, const float *x, const int n, double s)"
#define AT "int i = blockIdx.x * blockDim.x + threadIdx.x;"
static const char PROGRAM[] = KERNEL
    "scale" SIGNATURE "{ " AT " if (i < n) y[i] = fmaf(x[i], (float)s, 1.0f); }\n"
    "template <int WARPS> __device__ float block_sum(float v) {\n"
    "    __shared__ float sums[WARPS];\n"
    "    for (int o = 16; o > 0; o >>= 1) v += __shfl_xor_sync(0xffffffffu, v, o);\n"
    "    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = v;\n"
    "    __syncthreads();\n"
    "    v = 0;\n"
    "    for (int k = 0; k < WARPS; k++) v += sums[k];\n"
    "    __syncthreads();\n"
    "    return v;\n"
    "}\n" KERNEL "sum" SIGNATURE "{ " AT " y[i] = block_sum<8>(x[i]); }\n" KERNEL "turn" SIGNATURE
    "{ " AT "\n"
    "    extern __shared__ __align__(16) float row[];\n"
    "    row[threadIdx.x] = x[i];\n"
    "    __syncthreads();\n"
    "    y[i] = row[blockDim.x - 1 - threadIdx.x];\n"
    "}\n" KERNEL "votes" SIGNATURE "{ " AT "\n"
    "    unsigned odd = __ballot_sync(~0u, i & 1);\n"
    "    y[i] = __popc(odd) + 100 * __any_sync(~0u, i < 0) + 1000 * __all_sync(~0u, i >= 0);\n"
    "    y[i] += __shfl_down_sync(~0u, threadIdx.x % 32, 1) == threadIdx.x % 32 + 1 ? 0.5f : 0;\n"
    "    y[i] += __shfl_sync(~0u, i, 3, 8) == (i & ~7) + 3 ? 0.25f : 0;\n"
    "}\n" KERNEL "add_up" SIGNATURE "{ " AT
    " atomicAdd(y, x[i]); atomicMax((int *)y + 1, i); }\n" KERNEL "vectors" SIGNATURE "{ " AT "\n"
    "    if (i >= n / 4) return;\n"
    "    float4 v = ((const float4 *)x)[i];\n"
    "    ((float4 *)y)[i] = make_float4(max(v.w, 3.f), v.z, -v.y, rsqrtf(v.x + 1));\n"
    "}\n" KERNEL "no_barrier" SIGNATURE "{ " AT "\n"
    "    __shared__ float row[256];\n"
    "    row[threadIdx.x] = x[i];\n"
    "    y[i] = row[i / 256 % 2 ? (threadIdx.x + 1) % 256 : (threadIdx.x + 255) % 256];\n"
    "}\n" KERNEL "garbage" SIGNATURE "{ " AT "\n"
    "    __shared__ float row[256];\n"
    "    if (n < 0) row[threadIdx.x] = 1;\n"
    "    __syncthreads();\n"
    "    y[i] = row[threadIdx.x];\n"
    "}\n" KERNEL "parted" SIGNATURE "{ if (threadIdx.x < 7) {\n __syncthreads(); } else\n"
    "    __syncthreads(); }\n" KERNEL "early" SIGNATURE
    "{ if (threadIdx.x < 7) return; __syncthreads(); }\n" KERNEL "absent" SIGNATURE
    "{ if (threadIdx.x % 32 < 16) y[0] = __shfl_xor_sync(~0u, n, 1); }\n" KERNEL "outside" SIGNATURE
    "{ if (threadIdx.x % 32 < 16)\n"
    "    y[0] = __shfl_xor_sync(0xffffu, n, 16); }\n" KERNEL "not_in_mask" SIGNATURE
    "{ y[0] = __shfl_xor_sync(0xffffu, n, 1); }\n" KERNEL "beyond" SIGNATURE
    "{ y[n + threadIdx.x] = 1; }\n" KERNEL "reads_beyond" SIGNATURE
    "{ y[0] = x[n + threadIdx.x]; }\n" KERNEL "crooked" SIGNATURE
    "{ *(float4 *)(y + threadIdx.x) = make_float4(1, 2, 3, 4); }\n" KERNEL "over_row" SIGNATURE
    "{\n"
    "    __shared__ float row[9]; row[threadIdx.x] = 1; y[0] = row[0]; }\n" KERNEL
    "over_dynamic" SIGNATURE "{\n"
    "    extern __shared__ float row[];\n"
    "    row[threadIdx.x + 1] = 1;\n"
    "}\n";

typedef struct machine {
    cudaLibrary_t library;
    cudaStream_t stream;
    float *x, *y, *host; /* host: N numbers, pinned */
} machine;

static machine gpu;

static void test_open(void)
{
    nvrtc_outcome o = nvrtc_rig_compile(PROGRAM, "--gpu-architecture=sm_90 --std=c++17");
    if (!o.image)
        check_note("%s: %s", nvrtcGetErrorString(o.result), o.log);
    CU_ASSERT_PTR_NOT_NULL_FATAL(o.image);
    CU_ASSERT_EQUAL(cudaLibraryLoadData(&gpu.library, o.image, NULL, NULL, 0, NULL, NULL, 0), 0);
    CU_ASSERT_EQUAL(cudaStreamCreateWithFlags(&gpu.stream, cudaStreamNonBlocking), 0);
    CU_ASSERT_EQUAL(cudaMalloc((void **)&gpu.x, N * sizeof(float)), 0);
    CU_ASSERT_EQUAL(cudaMalloc((void **)&gpu.y, N * sizeof(float)), 0);
    CU_ASSERT_EQUAL(cudaMallocHost((void **)&gpu.host, N * sizeof(float)), 0);
    free(o.image);
}

static void test_kernels(void)
{
    cudaKernel_t kernel = NULL;
    CU_ASSERT_EQUAL(cudaLibraryGetKernel(&kernel, gpu.library, "nothing"), cudaErrorSymbolNotFound);
    CU_ASSERT_EQUAL(cudaLibraryGetKernel(&kernel, gpu.library, "scale"), 0);
    struct cudaFuncAttributes about;
    CU_ASSERT_EQUAL(cudaFuncGetAttributes(&about, (const void *)kernel), 0);
    CU_ASSERT_EQUAL(about.maxThreadsPerBlock, 256);
    CU_ASSERT(about.sharedSizeBytes >= 8 * sizeof(float));
}

/* ---- running ---- */

/* Runs a kernel over N numbers; the result is in gpu.host. */
static cudaError_t run_n(const char *name, int n)
{
    cudaKernel_t kernel = NULL;
    double s = 2;
    void *args[] = { &gpu.y, &gpu.x, &n, &s };
    CU_ASSERT_EQUAL_FATAL(cudaLibraryGetKernel(&kernel, gpu.library, name), 0);
    for (int i = 0; i < N; i++)
        gpu.host[i] = (float)(i % 97);
    cudaMemcpyAsync(gpu.x, gpu.host, N * sizeof(float), cudaMemcpyHostToDevice, gpu.stream);
    cudaMemsetAsync(gpu.y, 0, N * sizeof(float), gpu.stream);
    const dim3 grid = { N / 256, 1, 1 }, block = { 256, 1, 1 };
    cudaError_t error =
        cudaLaunchKernel((const void *)kernel, grid, block, args, 256 * sizeof(float), gpu.stream);
    CU_ASSERT_EQUAL(error, 0);
    cudaStreamSynchronize(gpu.stream);
    cudaMemcpyAsync(gpu.host, gpu.y, N * sizeof(float), cudaMemcpyDeviceToHost, gpu.stream);
    return cudaStreamSynchronize(gpu.stream);
}

static void test_plain(void)
{
    CU_ASSERT_EQUAL(run_n("scale", 1000), 0);
    for (int i = 0; i < N; i++)
        CU_ASSERT_EQUAL(gpu.host[i], i < 1000 ? (float)(i % 97 * 2 + 1) : 0);
}

static void test_together(void)
{
    CU_ASSERT_EQUAL(run_n("sum", N), 0);
    for (int b = 0; b < N / 256; b++) {
        int sum = 0;
        for (int i = 0; i < 256; i++)
            sum += (b * 256 + i) % 97;
        for (int i = 0; i < 256; i++)
            CU_ASSERT_EQUAL(gpu.host[b * 256 + i], (float)sum);
    }
    CU_ASSERT_EQUAL(run_n("turn", N), 0);
    for (int i = 0; i < N; i++)
        CU_ASSERT_EQUAL(gpu.host[i], (float)((i / 256 * 256 + 255 - i % 256) % 97));
    CU_ASSERT_EQUAL(run_n("votes", N), 0);
    for (int i = 0; i < N; i++)
        CU_ASSERT_EQUAL(gpu.host[i], i % 32 == 31 ? 1016.25f : 1016.75f);
}

static void test_vectors(void)
{
    CU_ASSERT_EQUAL(run_n("vectors", N), 0);
    for (int i = 0; i < N; i += 4) {
        int last = (i + 3) % 97;
        CU_ASSERT_EQUAL(gpu.host[i], (float)(last > 3 ? last : 3));
        CU_ASSERT_EQUAL(gpu.host[i + 1], (float)((i + 2) % 97));
        CU_ASSERT_EQUAL(gpu.host[i + 2], (float)-((i + 1) % 97));
        CU_ASSERT_DOUBLE_EQUAL(gpu.host[i + 3], 1 / sqrt(i % 97 + 1), 1e-6);
    }
}

/* Compares with the conversions in values.h. */
static void test_halves(void)
{
    static const char text[] =
        KERNEL "halves(unsigned short *half, float *back, const float *x, int n) {\n" AT
               " if (i < n) { half[i] = float_to_half(x[i]); back[i] = half_to_float(i); } }";
    enum { COUNT = 65536 };
    cudaLibrary_t library = NULL;
    cudaKernel_t kernel = NULL;
    float *x = NULL, *back = NULL;
    uint16_t *half = NULL;
    int n = COUNT, n_wrong = 0;
    setenv("CUDASIM_REAL", "0", 1); /* NVIDIA's compiler lacks these functions */
    nvrtc_outcome o = nvrtc_rig_compile(text, "-arch=sm_90");
    unsetenv("CUDASIM_REAL");
    CU_ASSERT_PTR_NOT_NULL_FATAL(o.image);
    cudaLibraryLoadData(&library, o.image, NULL, NULL, 0, NULL, NULL, 0);
    cudaLibraryGetKernel(&kernel, library, "halves");
    cudaMallocHost((void **)&x, COUNT * sizeof *x);
    cudaMallocHost((void **)&back, COUNT * sizeof *back);
    cudaMallocHost((void **)&half, COUNT * sizeof *half);
    float *d_x = NULL, *d_back = NULL;
    uint16_t *d_half = NULL;
    cudaMalloc((void **)&d_x, COUNT * sizeof *x);
    cudaMalloc((void **)&d_back, COUNT * sizeof *x);
    cudaMalloc((void **)&d_half, COUNT * sizeof *half);
    for (uint32_t i = 0; i < COUNT; i++) /* all signs and exponents, ties and their neighbours */
        x[i] = cudasim_from_bits(i << 16 | (i * 40503u & 0xffff & (i & 1 ? 0xf001u : 0xffffu)));
    cudaMemcpyAsync(d_x, x, COUNT * sizeof *x, cudaMemcpyHostToDevice, gpu.stream);
    void *args[] = { &d_half, &d_back, &d_x, &n };
    CU_ASSERT_EQUAL(cudaLaunchKernel((const void *)kernel, (dim3){ COUNT / 256, 1, 1 },
                                     (dim3){ 256, 1, 1 }, args, 0, gpu.stream),
                    0);
    cudaMemcpyAsync(half, d_half, COUNT * sizeof *half, cudaMemcpyDeviceToHost, gpu.stream);
    cudaMemcpyAsync(back, d_back, COUNT * sizeof *back, cudaMemcpyDeviceToHost, gpu.stream);
    CU_ASSERT_EQUAL(cudaStreamSynchronize(gpu.stream), 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        float expected = cudasim_from_half((uint16_t)i);
        n_wrong += half[i] != cudasim_to_half(x[i]);
        n_wrong += memcmp(&back[i], &expected, sizeof expected) != 0;
    }
    CU_ASSERT_EQUAL(n_wrong, 0);
    cudaFree(d_x), cudaFree(d_back), cudaFree(d_half);
    cudaFreeHost(x), cudaFreeHost(back), cudaFreeHost(half);
    cudaLibraryUnload(library);
    free(o.image);
}

/* Races are not errors on a GPU either, but they change the result. */
static void test_races(void)
{
    int n_wrong[2] = { 0, 0 }; /* reading the previous thread, and the next one */
    CU_ASSERT_EQUAL(run_n("no_barrier", N), 0);
    for (int i = 0; i < N; i++) {
        int next = i / 256 % 2, from = i / 256 * 256 + (i + (next ? 1 : 255)) % 256;
        n_wrong[next] += gpu.host[i] != (float)(from % 97);
    }
    CU_ASSERT(n_wrong[0] > N / 16 && n_wrong[1] > N / 16);
    CU_ASSERT_EQUAL(run_n("garbage", N), 0);
    for (int i = 0; i < N; i++)
        CU_ASSERT(isnan(gpu.host[i]));
}

/* Of 5 equal launches of a kernel that sums by atomics, the number that differ from the first. */
static int count_different(cudaKernel_t kernel, unsigned threads)
{
    int n = 0;
    float first = 0;
    for (int k = 0; k < 5; k++) {
        void *args[] = { &gpu.y };
        cudaMemsetAsync(gpu.y, 0, sizeof(float), gpu.stream);
        cudaLaunchKernel((const void *)kernel, (dim3){ 256 / threads, 1, 1 },
                         (dim3){ threads, 1, 1 }, args, 0, gpu.stream);
        cudaMemcpyAsync(gpu.host, gpu.y, sizeof(float), cudaMemcpyDeviceToHost, gpu.stream);
        CU_ASSERT_EQUAL(cudaStreamSynchronize(gpu.stream), 0);
        CU_ASSERT_DOUBLE_EQUAL(gpu.host[0], 6.124345, 1e-4);
        first = k == 0 ? gpu.host[0] : first;
        n += gpu.host[0] != first;
    }
    return n;
}

/* Blocks and threads run in a different order each time. */
static void test_order(void)
{
    static const char text[] = KERNEL "add(float *sum) { " AT " atomicAdd(sum, 1.0f / (i + 1)); }";
    nvrtc_outcome o = nvrtc_rig_compile(text, "-arch=sm_90");
    cudaLibrary_t library = NULL;
    cudaKernel_t kernel = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(o.image);
    cudaLibraryLoadData(&library, o.image, NULL, NULL, 0, NULL, NULL, 0);
    free(o.image); /* loading copies it */
    cudaLibraryGetKernel(&kernel, library, "add");
    CU_ASSERT(count_different(kernel, 1) > 0);
    CU_ASSERT(count_different(kernel, 256) > 0);
    cudaLibraryUnload(library);
}

static void test_misuse(void)
{
#ifdef __SANITIZE_THREAD__
    check_skip("misuse: the thread sanitizer does not allow a jump out of a signal handler");
    return;
#endif
    static const struct {
        const char *name;
        cudaError_t error;
    } cases[] = {
        { "parted", cudaErrorLaunchFailure },      { "early", cudaErrorLaunchFailure },
        { "absent", cudaErrorLaunchFailure },      { "outside", cudaErrorLaunchFailure },
        { "not_in_mask", cudaErrorLaunchFailure }, { "beyond", cudaErrorIllegalAddress },
        { "crooked", cudaErrorLaunchFailure },     { "reads_beyond", cudaErrorIllegalAddress },
        { "over_row", cudaErrorLaunchFailure },    { "over_dynamic", cudaErrorIllegalAddress },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int before = cudasim_blames();
        cudaError_t error = run_n(cases[i].name, N);
        if (error != cases[i].error || cudasim_blames() != before + 1)
            check_note("%s: %s, blamed %d times", cases[i].name, cudaGetErrorName(error),
                       cudasim_blames() - before);
        CU_ASSERT_EQUAL(error, cases[i].error);
        CU_ASSERT_EQUAL(cudasim_blames(), before + 1);
        cudasim_revive();
        cudaGetLastError();
        CU_ASSERT_EQUAL(run_n("sum", N), 0); /* the device works again */
    }
}

static void test_nothing_left(void)
{
    cudaLibraryUnload(gpu.library);
    cudaFree(gpu.x);
    cudaFree(gpu.y);
    cudaFreeHost(gpu.host);
    cudaStreamDestroy(gpu.stream);
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "a program compiles", test_open },
        { "its kernels are found", test_kernels },
        { "independent threads", test_plain },
        { "threads that synchronise", test_together },
        { "vectors", test_vectors },
        { "halves", test_halves },
        { "races give wrong results", test_races },
        { "the order of threads changes", test_order },
        { "misuse is detected", test_misuse },
        { "no leaks", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    return check_run("cudasim_kernels", tests);
}
