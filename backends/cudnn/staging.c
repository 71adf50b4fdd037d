/* staging.c: uploads. */
#include "cudnn/cudnn.h"

rn_status cudnn_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    rn_status status = cudnn_synchronize(context);
    if (!status)
        status = cudnn_cuda_check(cudaMemcpy(cudnn_address(to), from, size_bytes,
                                             cudaMemcpyHostToDevice), "copy to the GPU");
    return status;
}

void cudnn_staging_free(rn_context *context)
{
    (void)context;
}
