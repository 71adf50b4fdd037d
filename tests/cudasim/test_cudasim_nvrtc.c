/* test_cudasim_nvrtc.c: the stand-in for NVRTC accepts and rejects the same programs as NVIDIA's,
 * and caches the result. */
#include <cuda_runtime_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cudasim/cudasim.h"
#include "cudasim/nvrtc_rig.h"
#include "support/check.h"

/* True if compiling compiles_to with this result, and the log contains `words`. */
static bool compiles_to(const char *text, const char *options, nvrtcResult expected,
                        const char *words)
{
    nvrtc_outcome o = nvrtc_rig_compile(text, options);
    bool ok = o.result == expected && strstr(o.log, words) && (o.result == 0) == (o.bytes > 0);
    if (!ok)
        check_note("%s of %s: %s, %zu bytes: %s", options, text, nvrtcGetErrorString(o.result),
                   o.bytes, o.log);
    free(o.image);
    return ok;
}

#define SMALL KERNEL "k(int *p) { *p = N; }"

static void test_options(void)
{
    const nvrtcResult bad = NVRTC_ERROR_INVALID_OPTION;
    CU_ASSERT(compiles_to(SMALL, "-arch=sm_90 -DN=3", NVRTC_SUCCESS, ""));
    CU_ASSERT(compiles_to(SMALL,
                          "--gpu-architecture sm_80 -D N=3 --std=c++17 -w -lineinfo --fmad=false",
                          NVRTC_SUCCESS, ""));
    CU_ASSERT(compiles_to(SMALL, "-arch=sm_90 -DN=3 --frob", bad, "--frob"));
    CU_ASSERT(compiles_to(SMALL, "-arch=sm_90 -DN=3 -O3", bad, "-O3"));
    CU_ASSERT(compiles_to(SMALL, "-arch=sm_91 -DN=3", bad, "architecture"));
    CU_ASSERT(compiles_to(SMALL, "-arch=sm_90 --fmad=perhaps -DN=3", bad, "fmad"));
    CU_ASSERT(compiles_to(SMALL, "-arch", bad, "arch"));
    nvrtc_outcome o = nvrtc_rig_compile(SMALL, "-arch=compute_90 -DN=3");
    CU_ASSERT_EQUAL(o.result, 0);
    CU_ASSERT_EQUAL(o.bytes, 0);
    int n = 0, archs[64];
    CU_ASSERT_EQUAL(nvrtcGetNumSupportedArchs(&n), 0);
    CU_ASSERT_FATAL(n > 5 && n <= 64);
    CU_ASSERT_EQUAL(nvrtcGetSupportedArchs(archs), 0);
    CU_ASSERT(archs[n - 1] >= 120);
}

static void test_refusals(void)
{
    const nvrtcResult bad = NVRTC_ERROR_COMPILATION;
    const char *arch = "-arch=sm_90";
    CU_ASSERT(compiles_to(KERNEL "k(int *p) {\n *p = q; }", arch, bad, "test.cu"));
    CU_ASSERT(compiles_to("__global__ void k(int *p) { *p = 1; }", arch, bad, "extern"));
    CU_ASSERT(compiles_to("extern __shared__ int s[];" KERNEL "k(int *p) { *p = s[0]; }", arch, bad,
                          "within functions"));
    nvrtc_outcome o = nvrtc_rig_compile("#ifndef CUDASIM\n" KERNEL "k(int *p) { *p = \"text\"; }\n"
                                        "#endif",
                                        arch);
    free(o.image);
    if (access(CUDASIM_REAL_NVRTC, R_OK) != 0) {
        check_skip("check by NVIDIA's own compiler: not installed");
        return;
    }
    CU_ASSERT_EQUAL(o.result, bad);
    CU_ASSERT(strstr(o.log, "test.cu(2)") != NULL);
}

static int files_in(const char *folder)
{
    char command[CHECK_PATH_MAX + 32];
    int n = -1;
    snprintf(command, sizeof command, "ls '%s' | wc -l", folder);
    FILE *listing = popen(command, "r");
    if (listing && fscanf(listing, "%d", &n) != 1)
        n = -1;
    if (listing)
        pclose(listing);
    return n;
}

static void test_cache(void)
{
    char folder[CHECK_PATH_MAX], *before = getenv("CUDASIM_CACHE");
    char *saved = before ? strdup(before) : NULL;
    setenv("CUDASIM_CACHE", check_scratch(folder, "cache"), 1);
    CU_ASSERT(compiles_to(SMALL, "-arch=sm_90 -DN=3", NVRTC_SUCCESS, ""));
    CU_ASSERT_EQUAL(files_in(folder), 1);
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    CU_ASSERT(compiles_to(SMALL, "-arch=sm_90 -DN=3", NVRTC_SUCCESS, ""));
    CU_ASSERT(compiles_to(SMALL, "-arch=sm_90 -DN=4", NVRTC_ERROR_COMPILATION, "compiler"));
    setenv("PATH", path, 1);
    free(path);
    CU_ASSERT_EQUAL(files_in(folder), 1);
    if (saved)
        setenv("CUDASIM_CACHE", saved, 1);
    else
        unsetenv("CUDASIM_CACHE");
    free(saved);
}

static void test_images(void)
{
    cudaLibrary_t library = NULL;
    nvrtc_outcome o = nvrtc_rig_compile(SMALL, "-arch=sm_100 -DN=3");
    CU_ASSERT_PTR_NOT_NULL_FATAL(o.image);
    CU_ASSERT_EQUAL(cudaLibraryLoadData(&library, o.image, NULL, NULL, 0, NULL, NULL, 0),
                    cudaErrorNoKernelImageForDevice);
    o.image[0] ^= 1;
    CU_ASSERT_EQUAL(cudaLibraryLoadData(&library, o.image, NULL, NULL, 0, NULL, NULL, 0),
                    cudaErrorInvalidKernelImage);
    free(o.image);
}

static void test_no_blame(void)
{
    CU_ASSERT_EQUAL(cudasim_blames(), 0);
}

/* Needs more registers than a multiprocessor has for 1024 threads. */
#define HEAVY                                                                                      \
    "extern \"C\" __global__ void heavy(float *p) {\n"                                             \
    "    float a[120];\n"                                                                          \
    "    for (int i = 0; i < 120; i++) a[i] = p[i * blockDim.x + threadIdx.x];\n"                  \
    "    __syncthreads();\n"                                                                       \
    "    for (int i = 0; i < 120; i++) p[i * blockDim.x + threadIdx.x] = a[i] * a[119 - i];\n"     \
    "}\n"

static void test_registers(void)
{
    cudaLibrary_t library = NULL;
    cudaKernel_t kernel = NULL;
    struct cudaFuncAttributes about;
    float *p = NULL;
    void *args[] = { &p };
    nvrtc_outcome o = nvrtc_rig_compile(HEAVY, "-arch=sm_90");
    CU_ASSERT_PTR_NOT_NULL_FATAL(o.image);
    CU_ASSERT(!strstr(o.log, "ptxas"));
    CU_ASSERT_EQUAL(cudaLibraryLoadData(&library, o.image, NULL, NULL, 0, NULL, NULL, 0), 0);
    CU_ASSERT_EQUAL(cudaLibraryGetKernel(&kernel, library, "heavy"), 0);
    CU_ASSERT_EQUAL(cudaFuncGetAttributes(&about, (const void *)kernel), 0);
    CU_ASSERT_EQUAL(cudaMalloc((void **)&p, 120 * 1024 * sizeof *p), 0);
    cudaError_t error = cudaLaunchKernel((const void *)kernel, (dim3){ 1, 1, 1 },
                                         (dim3){ 1024, 1, 1 }, args, 0, NULL);
    if (about.numRegs == 32) {
        check_skip("NVIDIA's compiler, which knows the registers, is not here");
    } else {
        CU_ASSERT(about.numRegs > 64);
        CU_ASSERT_EQUAL(error, cudaErrorLaunchOutOfResources);
        CU_ASSERT_EQUAL(cudasim_blames(), 1);
    }
    cudaFree(p);
    cudaLibraryUnload(library);
    free(o.image);
}

static void test_nothing_left(void)
{
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "options", test_options },
        { "rejected programs", test_refusals },
        { "the result is cached", test_cache },
        { "images", test_images },
        { "no blame", test_no_blame },
        { "too many registers for a block", test_registers },
        { "no leaks", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    return check_run("cudasim_nvrtc", tests);
}
