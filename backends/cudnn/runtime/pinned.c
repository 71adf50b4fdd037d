/* pinned.c: host memory in which the core prepares batches, and from which the GPU copies them. */
#include <resnet/pinned_memory.h>

#include "cudnn/cudnn.h"

static rn_status allocate(rn_context *context, uint64_t size_bytes, void **memory)
{
    *memory = NULL;
    rn_status status = cudnn_enter(context);
    if (status)
        return status;
    return cudnn_cuda_check(cudaHostAlloc(memory, size_bytes, cudaHostAllocPortable),
                            "pin memory for batches");
}

static void release(rn_context *context, void *memory)
{
    cudaSetDevice(context->device);
    cudaFreeHost(memory);
}

const rn_pinned_memory cudnn_pinned_memory = { .size = sizeof cudnn_pinned_memory,
                                               .allocate = allocate,
                                               .release = release,
                                               .upload = cudnn_upload_pinned };
