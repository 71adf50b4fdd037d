/* test_cudasim_races.c: the simulated machine finds races in kernels, and none where there are
 * none. */
#include <stdlib.h>
#include <string.h>

#include "cudasim/cudasim.h"
#include "cudasim/nvrtc_rig.h"
#include "support/check.h"

#define N 1024
#define THREADS 128

#define HEAD                                                                                       \
    "(float *y, const float *x, int n) { const int t = threadIdx.x, b = blockIdx.x,\n"             \
    " i = b * blockDim.x + t; "
#define SHARED "__shared__ float row[128];"

typedef struct race_case {
    const char *name, *text;
    bool is_race;
} race_case;

static const race_case CASES[] = {
    { "apart", HEAD "y[i] = x[i] + x[(i + 1) % n]; }", false },
    { "one_address", HEAD "if (t == 0) y[0] = x[i]; }", true },
    { "sum", HEAD "if (t == 0) y[0] += x[i]; }", true },
    { "atomic_sum", HEAD "atomicAdd(y, x[i]); }", false },
    { "atomic_and_plain", HEAD "if (b == 3) y[0] = 1; else atomicAdd(y, x[i]); }", true },
    { "atomic_then_read", HEAD "atomicAdd(y, x[i]); y[1 + i % (n - 1)] = y[0]; }", true },
    { "neighbour_block", HEAD "y[i] = x[i]; if (b && t == 0) y[i] = y[i - 1]; }", true },
    { "later_written", HEAD "float v = y[(i + 128) % n]; y[i] = v; }", true },
    { "half_overlaps", HEAD "((short *)y)[i - b * 127] = 1; }", true },
    { "bytes_apart", HEAD "((char *)y)[i] = 1; }", false },
    { "vectors", HEAD "if (i < n / 4) ((float4 *)y)[i] = ((const float4 *)x)[i]; }", false },
    { "vectors_overlap",
      HEAD "((float4 *)y)[(i / 128 * 31 + t % 32) % (n / 4)] = ((const float4 *)x)[0]; }", true },
    { "barrier", HEAD SHARED "row[t] = x[i]; __syncthreads(); y[i] = row[127 - t]; }", false },
    { "no_barrier", HEAD SHARED "row[t] = x[i]; y[i] = row[127 - t]; }", true },
    { "reused_too_early",
      HEAD SHARED "for (int k = 0; k < 2; k++) {\n"
                  "row[t] = x[i] + k; __syncthreads(); y[i] = row[127 - t]; } }",
      true },
    { "reused",
      HEAD SHARED "for (int k = 0; k < 2; k++) { row[t] = x[i] + k;\n"
                  "__syncthreads(); y[i] = row[127 - t]; __syncthreads(); } }",
      false },
    { "own_element", HEAD SHARED "row[t] = x[i]; row[t] += 1; y[i] = row[t]; }", false },
    { "dynamic_no_barrier",
      HEAD "extern __shared__ float line[]; line[t] = x[i]; y[i] = line[t ^ 64]; }", true },
    { "warp", HEAD SHARED "row[t] = x[i]; __syncwarp(); y[i] = row[t ^ 1]; }", false },
    { "warp_no_sync", HEAD SHARED "row[t] = x[i]; y[i] = row[t ^ 1]; }", true },
    { "warp_only", HEAD SHARED "row[t] = x[i]; __syncwarp(); y[i] = row[t ^ 32]; }", true },
    { "through_memory", HEAD "y[i] = x[i]; __syncthreads(); y[i] += y[i ^ 1]; }", true },
    { "through_memory_apart",
      HEAD "y[i] = x[i]; __syncthreads(); float v = y[i ^ 1]; __syncthreads(); y[i] = v; }",
      false },
    { "shuffled",
      HEAD SHARED "float v = x[i]; for (int o = 16; o; o >>= 1) v += __shfl_xor_sync(~0u, v, o);\n"
                  "if (t % 32 == 0) row[t / 32] = v; __syncthreads();\n"
                  "if (t == 0) y[b] = row[0] + row[1] + row[2] + row[3]; }",
      false },
};
#define N_CASES (sizeof CASES / sizeof *CASES)

static cudaLibrary_t library;
static float *x, *y;

static void test_open(void)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    for (size_t i = 0; i < N_CASES; i++)
        fprintf(out, "%s%s%s\n", KERNEL, CASES[i].name, CASES[i].text);
    fclose(out);
    nvrtc_outcome o = nvrtc_rig_compile(text, "--gpu-architecture=sm_90 --std=c++17");
    if (!o.image)
        check_note("%s: %s", nvrtcGetErrorString(o.result), o.log);
    CU_ASSERT_PTR_NOT_NULL_FATAL(o.image);
    CU_ASSERT_EQUAL_FATAL(cudaLibraryLoadData(&library, o.image, NULL, NULL, 0, NULL, NULL, 0), 0);
    CU_ASSERT_EQUAL(cudaMalloc((void **)&x, N * sizeof *x), 0);
    CU_ASSERT_EQUAL(cudaMalloc((void **)&y, (N + 4) * sizeof *y), 0);
    free(text);
    free(o.image);
}

static void test_cases(void)
{
    for (size_t i = 0; i < N_CASES; i++) {
        cudaKernel_t kernel = NULL;
        int n = N, before = cudasim_blames();
        void *args[] = { &y, &x, &n };
        CU_ASSERT_EQUAL_FATAL(cudaLibraryGetKernel(&kernel, library, CASES[i].name), 0);
        CU_ASSERT_EQUAL(cudaLaunchKernel((const void *)kernel, (dim3){ N / THREADS, 1, 1 },
                                         (dim3){ THREADS, 1, 1 }, args, THREADS * sizeof(float),
                                         NULL),
                        0);
        CU_ASSERT_EQUAL(cudaDeviceSynchronize(), 0);
        int found = cudasim_blames() - before;
        if (found != (int)CASES[i].is_race)
            check_note("%s: %d races", CASES[i].name, found);
        CU_ASSERT_EQUAL(found, (int)CASES[i].is_race);
    }
}

static void test_nothing_left(void)
{
    cudaLibraryUnload(library);
    cudaFree(x);
    cudaFree(y);
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "a program with races compiles", test_open },
        { "each race is found, and no other", test_cases },
        { "no leaks", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    setenv("CUDASIM_RACES", "1", 1);
    return check_run("cudasim_races", tests);
}
