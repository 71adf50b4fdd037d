/* test_cudasim_nvrtc.c: the stand-in for NVRTC compiles what NVIDIA's does, refuses what that
 * would, and keeps what it has compiled. */
#include <cuda_runtime_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cudasim/cudasim.h"
#include "cudasim/nvrtc_rig.h"
#include "support/check.h"

/* Does compiling end in this way, with these words in the log? */
static bool ends(const char *text, const char *options, nvrtcResult expected, const char *words)
{
    nvrtc_outcome o = nvrtc_rig_compile(text, options);
    bool good = o.result == expected && strstr(o.log, words) && (o.result == 0) == (o.bytes > 0);
    if (!good)
        check_note("%s of %s: %s, %zu bytes: %s", options, text, nvrtcGetErrorString(o.result),
                   o.bytes, o.log);
    free(o.image);
    return good;
}

#define SMALL KERNEL "k(int *p) { *p = N; }"

static void test_options(void)
{
    const nvrtcResult bad = NVRTC_ERROR_INVALID_OPTION;
    CU_ASSERT(ends(SMALL, "-arch=sm_90 -DN=3", NVRTC_SUCCESS, ""));
    CU_ASSERT(ends(SMALL, "--gpu-architecture sm_80 -D N=3 --std=c++17 -w -lineinfo --fmad=false",
                   NVRTC_SUCCESS, ""));
    CU_ASSERT(ends(SMALL, "-arch=sm_90 -DN=3 --frob", bad, "--frob"));
    CU_ASSERT(ends(SMALL, "-arch=sm_90 -DN=3 -O3", bad, "-O3"));
    CU_ASSERT(ends(SMALL, "-arch=sm_91 -DN=3", bad, "architecture"));
    CU_ASSERT(ends(SMALL, "-arch=sm_90 --fmad=perhaps -DN=3", bad, "fmad"));
    CU_ASSERT(ends(SMALL, "-arch", bad, "arch"));
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
    CU_ASSERT(ends(KERNEL "k(int *p) {\n *p = q; }", arch, bad, "test.cu"));
    CU_ASSERT(ends("__global__ void k(int *p) { *p = 1; }", arch, bad, "extern"));
    CU_ASSERT(ends("extern __shared__ int s[];" KERNEL "k(int *p) { *p = s[0]; }", arch, bad,
                   "within functions"));
    nvrtc_outcome o = nvrtc_rig_compile("#ifndef CUDASIM\n" KERNEL "k(int *p) { *p = \"text\"; }\n"
                                        "#endif",
                                        arch);
    free(o.image);
    if (access(CUDASIM_REAL_NVRTC, R_OK) != 0) {
        check_skip("NVIDIA's own compiler checks, too: it is not installed");
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
    char *kept = before ? strdup(before) : NULL;
    setenv("CUDASIM_CACHE", check_scratch(folder, "cache"), 1);
    CU_ASSERT(ends(SMALL, "-arch=sm_90 -DN=3", NVRTC_SUCCESS, ""));
    CU_ASSERT_EQUAL(files_in(folder), 1);
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    CU_ASSERT(ends(SMALL, "-arch=sm_90 -DN=3", NVRTC_SUCCESS, ""));
    CU_ASSERT(ends(SMALL, "-arch=sm_90 -DN=4", NVRTC_ERROR_COMPILATION, "compiler"));
    setenv("PATH", path, 1);
    free(path);
    CU_ASSERT_EQUAL(files_in(folder), 1);
    if (kept)
        setenv("CUDASIM_CACHE", kept, 1);
    else
        unsetenv("CUDASIM_CACHE");
    free(kept);
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

static void test_nothing_left(void)
{
    CU_ASSERT_EQUAL(cudasim_live(true), 0);
    CU_ASSERT_EQUAL(cudasim_blames(), 0);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "options", test_options },
        { "refusals", test_refusals },
        { "what was compiled is kept", test_cache },
        { "images", test_images },
        { "nothing is left", test_nothing_left },
        CU_TEST_INFO_NULL,
    };
    return check_run("cudasim_nvrtc", tests);
}
