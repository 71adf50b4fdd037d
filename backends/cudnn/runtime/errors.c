/* errors.c: turns the libraries' errors into messages with a remedy. */
#include <stdio.h>

#include "cudnn/runtime/device.h"
#include "gpu/binary.h"

typedef struct remedy {
    int error;
    const char *text;
} remedy;

#define LOST                                                                                       \
    "the GPU is lost to this process: the system's log (dmesg, \"Xid\") says why; start "          \
    "again with --resume"
#define NO_START "the driver does not start: does nvidia-smi work? The system's log says why"
#define NO_MEMORY "ask for a smaller batch, or end other programs that use the GPU"

static const remedy OF_CUDA[] = {
    { cudaErrorNoDevice, "there is no NVIDIA GPU, or CUDA_VISIBLE_DEVICES hides it" },
    { cudaErrorDevicesUnavailable, "another program has the GPU for itself; nvidia-smi shows "
                                   "which" },
    { cudaErrorInitializationError, NO_START },
    { cudaErrorUnknown, "does nvidia-smi work? The system's log may say why" },
    { cudaErrorOperatingSystem, "may you use /dev/nvidia*?" },
    { cudaErrorStubLibrary, "a stub of libcuda.so is found before the driver's: take its folder "
                            "from LD_LIBRARY_PATH" },
    { cudaErrorSystemNotReady, "the system's services for the GPUs do not run; start "
                               "nvidia-fabricmanager" },
    { cudaErrorSystemDriverMismatch, "the driver was updated and its old half still runs: restart "
                                     "the machine" },
    { cudaErrorCompatNotSupportedOnDevice, "CUDA's compatibility package is not for this GPU: take "
                                           "its libcuda.so from LD_LIBRARY_PATH, or update the "
                                           "driver" },
    { cudaErrorUnsupportedPtxVersion, "the driver is older than NVRTC: update it" },
    { cudaErrorNoKernelImageForDevice, "the GPU is not one that it was compiled for" },
    { cudaErrorECCUncorrectable, LOST },
    { cudaErrorNvlinkUncorrectable, LOST },
    { cudaErrorIllegalAddress, LOST },
    { cudaErrorLaunchFailure, LOST },
    { cudaErrorLaunchTimeout, LOST },
    { cudaErrorHardwareStackError, LOST },
    { cudaErrorIllegalInstruction, LOST },
    { cudaErrorMisalignedAddress, LOST },
    { cudaErrorAssert, LOST },
};

static const remedy OF_CUDNN[] = {
    { CUDNN_STATUS_NOT_INITIALIZED, "is there enough memory on the GPU, and the driver new enough "
                                    "for this cuDNN?" },
    { CUDNN_STATUS_EXECUTION_FAILED, LOST },
#if CUDNN_MAJOR >= 9
    { CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH, "libraries of two cuDNN are mixed: leave one on "
                                                "LD_LIBRARY_PATH" },
    { CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED, "a library of cuDNN is missing: install it whole" },
    { CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH, "this cuDNN is not for this GPU; use an older one, "
                                                "or --backend=opencl" },
    { CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDA_DRIVER, "update the driver" },
    { CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED, NO_MEMORY },
    { CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER, LOST },
#endif
};

static const remedy OF_CUBLAS[] = {
    { CUBLAS_STATUS_NOT_INITIALIZED, "is there enough memory on the GPU?" },
    { CUBLAS_STATUS_ALLOC_FAILED, NO_MEMORY },
    { CUBLAS_STATUS_ARCH_MISMATCH, "this cuBLAS is not for this GPU" },
    { CUBLAS_STATUS_EXECUTION_FAILED, LOST },
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* Writes "; REMEDY", or "" if none is known. */
static void remedy_write(const remedy *list, size_t n, int error, char text[256])
{
    text[0] = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i].error == error)
            snprintf(text, 256, "; %s", list[i].text);
}

/* True if the call cannot be recorded in a graph. */
static bool is_of_capture(cudaError_t error)
{
    return error >= cudaErrorStreamCaptureUnsupported && error <= cudaErrorStreamCaptureWrongThread;
}

/* Clears CUDA's last error: otherwise the libraries would take a recoverable error for their own
 * calls' error. */
rn_status cudnn_cuda_check(cudaError_t error, const char *what)
{
    char text[256];
    if (!error)
        return RN_OK;
    cudaGetLastError();
    if (error == cudaErrorInsufficientDriver)
        return cudnn_driver_fail();
    if (error == cudaErrorMemoryAllocation)
        return gpu_host->fail(RN_E_NOMEM,
                              "CUDA could not %s: the memory does not suffice; " NO_MEMORY, what);
    if (is_of_capture(error))
        return gpu_host->fail(RN_E_UNSUPPORTED, "CUDA could not %s: %s (%s)", what,
                              cudaGetErrorString(error), cudaGetErrorName(error));
    remedy_write(OF_CUDA, COUNT(OF_CUDA), (int)error, text);
    return gpu_host->fail(RN_E_DEVICE, "CUDA could not %s: %s (%s)%s", what,
                          cudaGetErrorString(error), cudaGetErrorName(error), text);
}

static bool is_memory(cudnnStatus_t error)
{
#if CUDNN_MAJOR >= 9
    if (error == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED)
        return true;
    return error == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED;
#else
    return error == CUDNN_STATUS_ALLOC_FAILED;
#endif
}

rn_status cudnn_dnn_check(cudnnStatus_t error, const char *what)
{
    char text[256], details[512] = "";
    if (!error)
        return RN_OK;
#if CUDNN_MAJOR >= 9
    cudnnGetLastErrorString(details, sizeof details);
    details[sizeof details - 1] = 0;
    gpu_binary_log_flatten(details);
#endif
    remedy_write(OF_CUDNN, COUNT(OF_CUDNN), (int)error, text);
    return gpu_host->fail(is_memory(error) ? RN_E_NOMEM : RN_E_DEVICE,
                          "cuDNN could not %s: %s%s%s%s%s", what, cudnnGetErrorString(error),
                          details[0] ? " (" : "", details, details[0] ? ")" : "", text);
}

rn_status cudnn_blas_check(cublasStatus_t error, const char *what)
{
    char text[256];
    if (!error)
        return RN_OK;
    remedy_write(OF_CUBLAS, COUNT(OF_CUBLAS), (int)error, text);
    return gpu_host->fail(error == CUBLAS_STATUS_ALLOC_FAILED ? RN_E_NOMEM : RN_E_DEVICE,
                          "cuBLAS could not %s: %s%s", what, cublasGetStatusString(error), text);
}
