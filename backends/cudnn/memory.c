/* memory.c: memory of a GPU, and copies from it. */
#include <stdlib.h>

#include "cudnn/cudnn.h"

struct rn_buffer {
    unsigned char *memory; /* the device's */
};

void *cudnn_address(rn_operand operand)
{
    return operand.buffer ? operand.buffer->memory + operand.offset_bytes : NULL;
}

rn_status cudnn_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer)
{
    void *memory = NULL;
    *buffer = NULL;
    rn_status status = cudnn_enter(context);
    if (!status)
        status = cudnn_cuda_check(cudaMalloc(&memory, size_bytes ? size_bytes : 1),
                                  "allocate memory");
    if (status)
        return status;
    *buffer = malloc(sizeof **buffer);
    if (!*buffer) {
        cudaFree(memory);
        return cudnn_host->fail(RN_E_NOMEM, "no memory for a buffer");
    }
    (*buffer)->memory = memory;
    return RN_OK;
}

void cudnn_buffer_destroy(rn_context *context, rn_buffer *buffer)
{
    if (!buffer)
        return;
    cudaSetDevice(context->device);
    cudaFree(buffer->memory);
    free(buffer);
}

rn_status cudnn_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    rn_status status = cudnn_synchronize(context);
    if (!status)
        status = cudnn_cuda_check(cudaMemcpy(to, cudnn_address(from), size_bytes,
                                             cudaMemcpyDeviceToHost), "copy from the GPU");
    return status;
}

rn_status cudnn_synchronize(rn_context *context)
{
    rn_status status = cudnn_enter(context);
    if (!status)
        status = cudnn_cuda_check(cudaStreamSynchronize(context->stream), "finish its work");
    return status;
}
