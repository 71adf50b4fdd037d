/* scratch.c: memory for trials of a convolution. */
#include "cudnn/conv2d/scratch.h"

#include "cudnn/conv2d/descs.h"

/* Fills it: neither 0 nor denormal as floats, halves or bfloat16s. */
enum { SOME_BYTE = 0x3c };

cudaError_t cudnn_scratch_make(const cudnn_convolution *conv, uint64_t workspace_bytes,
                               cudnn_scratch *s)
{
    const uint64_t bytes[5] = { cudnn_conv2d_x_bytes(conv), cudnn_conv2d_weight_bytes(conv),
                                cudnn_conv2d_y_bytes(conv), (uint64_t)conv->shape.k * 4,
                                workspace_bytes };
    void **const at[5] = { &s->pointers.x, &s->pointers.weight, &s->pointers.y, &s->pointers.bias,
                           &s->pointers.workspace };
    uint64_t total = 0;
    if (s->block && s->pointers.workspace_bytes >= workspace_bytes)
        return cudaSuccess;
    cudaError_t error = cudnn_scratch_free(conv, s);
    for (int i = 0; i < 5; i++)
        total += cudnn_bytes((int64_t)bytes[i], 1);
    if (!error)
        error = cudaMalloc(&s->block, (size_t)total);
    if (!error)
        error = cudaMemsetAsync(s->block, SOME_BYTE, (size_t)total, conv->context->stream);
    if (error) {
        cudaFree(s->block);
        cudaGetLastError(); /* so that the next call does not report it */
        s->block = NULL;
        return error;
    }
    total = 0;
    for (int i = 0; i < 5; i++) {
        *at[i] = bytes[i] ? (unsigned char *)s->block + total : NULL;
        total += cudnn_bytes((int64_t)bytes[i], 1);
    }
    s->pointers.z = s->pointers.y;
    s->pointers.workspace_bytes = workspace_bytes;
    return cudaSuccess;
}

cudaError_t cudnn_scratch_free(const cudnn_convolution *conv, cudnn_scratch *s)
{
    if (!s->block)
        return cudaSuccess;
    cudaError_t error = cudaStreamSynchronize(conv->context->stream);
    cudaFree(s->block);
    cudaGetLastError(); /* so that the next call does not report a trial's error */
    *s = (cudnn_scratch){ .block = NULL };
    return error;
}
