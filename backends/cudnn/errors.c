/* errors.c: what a library's error means for the user. */
#include "cudnn/cudnn.h"

rn_status cudnn_cuda_check(cudaError_t error, const char *what)
{
    if (!error)
        return RN_OK;
    if (error == cudaErrorMemoryAllocation)
        return cudnn_host->fail(RN_E_NOMEM, "CUDA could not %s: the GPU has not enough memory; ask "
                                "for a smaller batch, or end other programs that use it", what);
    return cudnn_host->fail(RN_E_DEVICE, "CUDA could not %s: %s (%s)", what,
                            cudaGetErrorString(error), cudaGetErrorName(error));
}

rn_status cudnn_dnn_check(cudnnStatus_t error, const char *what)
{
    if (!error)
        return RN_OK;
    return cudnn_host->fail(error == CUDNN_STATUS_ALLOC_FAILED ? RN_E_NOMEM : RN_E_DEVICE,
                            "cuDNN could not %s: %s", what, cudnnGetErrorString(error));
}

rn_status cudnn_blas_check(cublasStatus_t error, const char *what)
{
    if (!error)
        return RN_OK;
    return cudnn_host->fail(error == CUBLAS_STATUS_ALLOC_FAILED ? RN_E_NOMEM : RN_E_DEVICE,
                            "cuBLAS could not %s: %s", what, cublasGetStatusString(error));
}
