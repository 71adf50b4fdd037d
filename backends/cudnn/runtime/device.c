/* device.c: lists the machine's GPUs, and chooses one for a context. */
#include "cudnn/runtime/device.h"

#include <stdio.h>
#include <string.h>

#include "base/hand_over.h"
#include "cudnn/runtime/compile.h"
#include "gpu/name.h"

rn_status cudnn_enter(const rn_context *context)
{
    return cudnn_cuda_check(cudaSetDevice(context->device), "choose the GPU");
}

rn_status cudnn_device_count(int32_t *count)
{
    int found = 0;
    *count = 0;
    cudaError_t error = cudaGetDeviceCount(&found);
    if (error == cudaErrorNoDevice) {
        cudaGetLastError();
        return RN_OK;
    }
    rn_status status = cudnn_cuda_check(error, "count the GPUs");
    if (status)
        return status;
    if (found > 0)
        *count = found < CUDNN_MAX_DEVICES ? found : CUDNN_MAX_DEVICES;
    return RN_OK;
}

/* ---- Description ---- */

/* If a GPU cannot be described, only that one is refused. */
static void describe(int32_t device, int32_t oldest, cudnn_found *found)
{
    struct cudaDeviceProp p;
    *found = (cudnn_found){ .name = "a GPU" };
    memset(&p, 0, sizeof p);
    cudaError_t error = cudaGetDeviceProperties(&p, device);
    if (error) {
        cudaGetLastError();
        snprintf(found->refused, sizeof found->refused, "CUDA does not describe it (%s)",
                 cudaGetErrorName(error));
        return;
    }
    snprintf(found->name, sizeof found->name, "%.*s", (int)sizeof found->name - 1, p.name);
    gpu_name_clean(found->name);
    found->arch = p.major * 10 + p.minor;
    found->multiprocessors = p.multiProcessorCount > 0 ? p.multiProcessorCount : 1;
    found->memory_bytes = p.totalGlobalMem;
    if (found->arch < oldest)
        snprintf(found->refused, sizeof found->refused,
                 "CUDA %d.%d is for compute capability "
                 "%d.%d and later; it has %d.%d",
                 CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10, (int)oldest / 10,
                 (int)oldest % 10, p.major, p.minor);
}

rn_status cudnn_devices(cudnn_found_list *list)
{
    int32_t oldest = 0;
    rn_status status = cudnn_device_count(&list->n);
    if (status)
        return status;
    status = cudnn_compiler_oldest(&oldest);
    if (status)
        return status;
    for (int32_t i = 0; i < list->n; i++)
        describe(i, oldest, &list->devices[i]);
    return RN_OK;
}

static rn_status info_fill(const cudnn_found *found, rn_device_info *info)
{
    char versions[CUDNN_VERSIONS_BYTES];
    rn_device_info filled = { .size = sizeof filled, .memory_bytes = found->memory_bytes };
    cudnn_versions(versions);
    snprintf(filled.name, sizeof filled.name, "%s", found->name);
    if (found->refused[0])
        snprintf(filled.library, sizeof filled.library, "cannot be used: %s", found->refused);
    else
        snprintf(filled.library, sizeof filled.library, "%s", versions);
    hand_over(info, &filled);
    return RN_OK;
}

rn_status cudnn_device_info(int32_t index, rn_device_info *info)
{
    int32_t n = 0, oldest = 0;
    cudnn_found found;
    rn_status status = cudnn_device_count(&n);
    if (status)
        return status;
    status = cudnn_compiler_oldest(&oldest);
    if (status)
        return status;
    if (index < 0 || index >= n)
        return gpu_host->fail(RN_E_DEVICE, "there is no GPU %d, but %d of them", (int)index,
                              (int)n);
    describe(index, oldest, &found);
    return info_fill(&found, info);
}

rn_status cudnn_context_info(rn_context *context, rn_device_info *info)
{
    return cudnn_device_info(context->device, info);
}

/* ---- Choice ---- */

static rn_status precision_check(const cudnn_found *found, int32_t precision)
{
    bool is_new = precision == RN_PRECISION_TF32 || precision == RN_PRECISION_BF16;
    if (precision < RN_PRECISION_FP32 || precision > RN_PRECISION_FP16)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "cudnn computes in fp32, tf32, bf16 or fp16, not "
                              "in precision %d",
                              (int)precision);
    if (!is_new || found->arch >= 80)
        return RN_OK;
    return gpu_host->fail(RN_E_UNSUPPORTED,
                          "%s has compute capability %d.%d, and %s needs 8.0; "
                          "ask for --precision=fp32 or --precision=fp16",
                          found->name, (int)found->arch / 10, (int)found->arch % 10,
                          precision == RN_PRECISION_TF32 ? "tf32" : "bf16");
}

static void machine_write(const cudnn_found *found, rn_context *context)
{
    char versions[CUDNN_VERSIONS_BYTES];
    cudnn_versions(versions);
    snprintf(context->machine, sizeof context->machine, "%s, %d.%d, %d multiprocessors, %s",
             found->name, (int)found->arch / 10, (int)found->arch % 10, (int)found->multiprocessors,
             versions);
}

rn_status cudnn_device_choose(const rn_open_params *params, rn_context *context)
{
    cudnn_found_list list;
    rn_status status = cudnn_versions_check();
    if (status)
        return status;
    status = cudnn_devices(&list);
    if (status)
        return status;
    status = cudnn_device_number(&list, params->device ? params->device : "", &context->device);
    if (status)
        return status;
    const cudnn_found *found = &list.devices[context->device];
    context->arch = found->arch;
    context->multiprocessors = found->multiprocessors;
    machine_write(found, context);
    return precision_check(found, params->precision);
}
