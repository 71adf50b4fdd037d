/* memory.c: device memory and synchronization. */
#include "cudnn/runtime/memory.h"

#include <stdlib.h>

#include "gpu/memory.h"

struct rn_buffer {
    unsigned char *memory; /* device memory */
    uint64_t size_bytes;
};

void *cudnn_address(rn_operand operand)
{
    return operand.buffer ? operand.buffer->memory + operand.offset_bytes : NULL;
}

static rn_status no_buffer(uint64_t size_bytes)
{
    size_t free_bytes = 0, total_bytes = 0;
    cudaGetLastError();
    if (cudaMemGetInfo(&free_bytes, &total_bytes))
        free_bytes = 0;
    return gpu_host->fail(RN_E_NOMEM,
                          "a buffer of %.1f MiB is needed, and the GPU has %.1f MiB "
                          "left of %.1f (CUDA: %s); ask for a smaller batch, or end other "
                          "programs that use the GPU",
                          (double)size_bytes / (1 << 20), (double)free_bytes / (1 << 20),
                          (double)total_bytes / (1 << 20),
                          cudaGetErrorName(cudaErrorMemoryAllocation));
}

rn_status cudnn_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer)
{
    void *memory = NULL;
    *buffer = NULL;
    rn_status status = cudnn_enter(context);
    if (status)
        return status;
    rn_buffer *made = malloc(sizeof *made);
    if (!made)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a buffer");
    cudaError_t error = cudaMalloc(&memory, size_bytes ? size_bytes : 1);
    if (error) {
        free(made);
        return error == cudaErrorMemoryAllocation ? no_buffer(size_bytes)
                                                  : cudnn_cuda_check(error, "allocate memory");
    }
    *made = (rn_buffer){ memory, size_bytes };
    *buffer = made;
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

rn_status cudnn_range_check(rn_operand operand, uint64_t size_bytes)
{
    return gpu_range_check(operand, operand.buffer->size_bytes, size_bytes);
}

rn_status cudnn_wait(rn_context *context, cudaEvent_t event)
{
    if (context->ranks)
        return cudnn_ranks_wait(context, event);
    return cudnn_cuda_check(event ? cudaEventSynchronize(event)
                                  : cudaStreamSynchronize(context->stream),
                            "finish its work");
}

rn_status cudnn_synchronize(rn_context *context)
{
    rn_status status = cudnn_enter(context);
    if (status)
        return status;
    status = gpu_joint_flush(context);
    if (!status)
        status = cudnn_ranks_join(context);
    return status ? status : cudnn_wait(context, NULL);
}
