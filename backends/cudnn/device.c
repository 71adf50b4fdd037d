/* device.c: the GPUs of the machine, and which one is meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cudnn/cudnn.h"

rn_status cudnn_enter(const rn_context *context)
{
    return cudnn_cuda_check(cudaSetDevice(context->device), "choose the GPU");
}

rn_status cudnn_device_count(int32_t *count)
{
    int found = 0;
    cudaError_t error = cudaGetDeviceCount(&found);
    *count = error == cudaErrorNoDevice ? 0 : (int32_t)found;
    return error == cudaErrorNoDevice ? RN_OK : cudnn_cuda_check(error, "count the GPUs");
}

static rn_status describe(int32_t device, rn_device_info *info)
{
    struct cudaDeviceProp p;
    rn_status status = cudnn_cuda_check(cudaGetDeviceProperties(&p, device), "describe the GPU");
    if (status)
        return status;
    info->memory_bytes = p.totalGlobalMem;
    snprintf(info->name, sizeof info->name, "%.127s", p.name);
    snprintf(info->library, sizeof info->library, "CUDA %d, cuDNN %zu", CUDART_VERSION,
             cudnnGetVersion());
    return RN_OK;
}

rn_status cudnn_device_info(int32_t index, rn_device_info *info)
{
    return describe(index, info);
}

rn_status cudnn_context_info(rn_context *context, rn_device_info *info)
{
    return describe(context->device, info);
}

rn_status cudnn_device_choose(const rn_open_params *params, rn_context *context)
{
    struct cudaDeviceProp p;
    context->device = atoi(params->device);
    rn_status status =
        cudnn_cuda_check(cudaGetDeviceProperties(&p, context->device), "describe the GPU");
    if (status)
        return status;
    context->arch = p.major * 10 + p.minor;
    context->multiprocessors = p.multiProcessorCount;
    snprintf(context->machine, sizeof context->machine, "%.127s, CUDA %d, cuDNN %zu", p.name,
             CUDART_VERSION, cudnnGetVersion());
    return RN_OK;
}
