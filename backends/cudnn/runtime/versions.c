/* versions.c: the versions of NVIDIA's libraries and driver, and whether they are compatible. */
#include <nvrtc.h>
#include <stdio.h>

#include "cudnn/runtime/device.h"

typedef struct cuda_version {
    int major, minor;
} cuda_version;

/* Splits CUDA's number: 13000 is 13.0, and 0 (unknown) is 0.0. */
static cuda_version version_of(int number)
{
    return (cuda_version){ number / 1000, number % 1000 / 10 };
}

static cuda_version runtime_version(void)
{
    int number = 0;
    return version_of(cudaRuntimeGetVersion(&number) ? 0 : number);
}

/* The newest CUDA that the driver supports; 0.0 without a driver. */
static cuda_version driver_version(void)
{
    int number = 0;
    return version_of(cudaDriverGetVersion(&number) ? 0 : number);
}

static cuda_version cublas_version(void)
{
    cuda_version v = { 0, 0 };
    if (cublasGetProperty(MAJOR_VERSION, &v.major) || cublasGetProperty(MINOR_VERSION, &v.minor))
        v = (cuda_version){ 0, 0 };
    return v;
}

static cuda_version nvrtc_version(void)
{
    cuda_version v = { 0, 0 };
    return nvrtcVersion(&v.major, &v.minor) ? (cuda_version){ 0, 0 } : v;
}

/* cuDNN 8 and earlier encode the major version in thousands, 9 and later in ten thousands. */
static size_t cudnn_major(size_t version)
{
    return version >= 90000 ? version / 10000 : version / 1000;
}

static void cudnn_version_write(size_t version, char text[24])
{
    size_t rest = version >= 90000 ? version % 10000 : version % 1000;
    snprintf(text, 24, "%d.%d.%d", (int)(cudnn_major(version) % 1000), (int)(rest / 100),
             (int)(rest % 100));
}

void cudnn_versions(char text[CUDNN_VERSIONS_BYTES])
{
    cuda_version runtime = runtime_version(), blas = cublas_version(), driver = driver_version();
    char dnn[24], driver_text[32] = "no driver";
    cudnn_version_write(cudnnGetVersion(), dnn);
    if (driver.major)
        snprintf(driver_text, sizeof driver_text, "driver %d.%d", driver.major, driver.minor);
    snprintf(text, CUDNN_VERSIONS_BYTES, "CUDA %d.%d, cuDNN %s, cuBLAS %d.%d, %s", runtime.major,
             runtime.minor, dnn, blas.major, blas.minor, driver_text);
}

/* The oldest driver for a major version of CUDA (CUDA Toolkit release notes, "CUDA Toolkit and
 * Minimum Required Driver Version for CUDA Minor Version Compatibility"). */
static void driver_needed(cuda_version runtime, char text[48])
{
    switch (runtime.major) {
        case 12: snprintf(text, 48, "driver 525 or later"); break;
        case 13: snprintf(text, 48, "driver 580 or later"); break;
        default: snprintf(text, 48, "a driver for CUDA %d or later", runtime.major); break;
    }
}

rn_status cudnn_driver_fail(void)
{
    cuda_version runtime = runtime_version(), driver = driver_version();
    char versions[CUDNN_VERSIONS_BYTES], needed[48];
    cudnn_versions(versions);
    driver_needed(runtime, needed);
    if (!driver.major)
        return gpu_host->fail(RN_E_DEVICE,
                              "there is no NVIDIA driver (found: %s); CUDA %d.%d "
                              "needs %s, which comes with the system, not with CUDA: install "
                              "it, and in a container start that with its GPUs",
                              versions, runtime.major, runtime.minor, needed);
    return gpu_host->fail(RN_E_DEVICE,
                          "the NVIDIA driver is too old: CUDA %d.%d needs %s, and "
                          "the one that is there is for CUDA %d.%d (found: %s); update it",
                          runtime.major, runtime.minor, needed, driver.major, driver.minor,
                          versions);
}

static rn_status major_check(const char *library, cuda_version found)
{
    if (found.major == CUDART_VERSION / 1000)
        return RN_OK;
    return gpu_host->fail(RN_E_DEVICE,
                          "%s %d.%d is found, and %s of CUDA %d is needed; is "
                          "another CUDA's folder on LD_LIBRARY_PATH?",
                          library, found.major, found.minor, library, CUDART_VERSION / 1000);
}

static rn_status cudnn_check(void)
{
    size_t found = cudnnGetVersion();
    char text[24], needed[24];
    cudnn_version_write(found, text);
    cudnn_version_write(CUDNN_VERSION, needed);
    if (cudnn_major(found) == cudnn_major(CUDNN_VERSION) && found >= CUDNN_VERSION)
        return major_check("the cuDNN for CUDA", version_of((int)cudnnGetCudartVersion()));
    return gpu_host->fail(RN_E_DEVICE,
                          "cuDNN %s is found, and this plugin was built with %s: "
                          "install that, or a later one of the same major version; is an older "
                          "one's folder on LD_LIBRARY_PATH?",
                          text, needed);
}

rn_status cudnn_versions_check(void)
{
    rn_status status = major_check("CUDA's runtime", runtime_version());
    if (status)
        return status;
    status = cudnn_check();
    if (status)
        return status;
    status = major_check("cuBLAS", cublas_version());
    return status ? status : major_check("NVRTC", nvrtc_version());
}
