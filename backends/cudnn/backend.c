/* backend.c: the plugin's entry: NVIDIA GPUs, with cuDNN, cuBLAS and this backend's kernels. */
#include <resnet/capture.h>
#include <resnet/collective.h>
#include <resnet/pinned_memory.h>
#include <resnet/profile.h>
#include <resnet/source_kernel.h>
#include <stdlib.h>
#include <string.h>

#include "base/choices.h"
#include "base/hand_over.h"
#include "base/plugin_fill.h"
#include "cudnn/cudnn.h"
#include "gpu/operators.h"

#define RN_OP(OPERATOR, name, bytes) CUDNN_##OPERATOR(name)
#define OWN(name) &cudnn_##name,
#define SHARED(name) &gpu_##name,
#define LACKS(name) NULL,
const gpu_operator *const gpu_operators[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef SHARED
#undef LACKS

#define RN_OP(OPERATOR, name, bytes) CUDNN_##OPERATOR(name)
#include "base/operator_names.h"

/* cuBLAS's default on Hopper, the largest of all (cuBLAS, section "cublasSetWorkspace()"). */
enum { CUBLAS_WORKSPACE_BYTES = 32 << 20 };

static void close_device(rn_context *context)
{
    if (!context)
        return;
    cudaSetDevice(context->device);
    if (context->stream)
        cudaStreamSynchronize(context->stream);
    cudnn_ranks_leave(context);
    cudnn_record_free(context);
    cudnn_staging_free(context);
    cudnn_programs_free(context);
    choices_close(context->choices);
    cudnn_decided_free(context->decided);
    if (context->cublas)
        cublasDestroy(context->cublas);
    cudaFree(context->cublas_workspace);
    if (context->cudnn)
        cudnnDestroy(context->cudnn);
    if (context->copies)
        cudaStreamDestroy(context->copies);
    if (context->stream)
        cudaStreamDestroy(context->stream);
    free(context);
}

static const void *extension(rn_context *context, const char *id)
{
    (void)context;
    if (strcmp(id, RN_PROFILE_ID) == 0)
        return &cudnn_profile;
    if (strcmp(id, RN_CAPTURE_ID) == 0)
        return &cudnn_capture;
    if (strcmp(id, RN_PINNED_MEMORY_ID) == 0)
        return &cudnn_pinned_memory;
    if (strcmp(id, RN_SOURCE_KERNEL_ID) == 0)
        return &cudnn_source_kernel;
    return strcmp(id, RN_COLLECTIVE_ID) == 0 ? &cudnn_collective : NULL;
}

static void params_take(const rn_open_params *params, rn_context *context)
{
    rn_open_params given = { .size = sizeof given };
    hand_over(&given, params);
    context->precision = given.precision;
    context->deterministic = given.deterministic;
    context->convolution = given.convolution;
    context->tuning = given.tuning;
}

static rn_status streams_create(rn_context *context)
{
    cudaError_t error = cudaStreamCreateWithFlags(&context->stream, cudaStreamNonBlocking);
    if (!error)
        error = cudaStreamCreateWithFlags(&context->copies, cudaStreamNonBlocking);
    return cudnn_cuda_check(error, "make a stream");
}

static rn_status cudnn_open(rn_context *context)
{
    cudnnStatus_t error = cudnnCreate(&context->cudnn);
    if (!error)
        error = cudnnSetStream(context->cudnn, context->stream);
    return cudnn_dnn_check(error, "open the GPU");
}

static rn_status cublas_open(rn_context *context)
{
    cublasStatus_t error = cublasCreate(&context->cublas);
    if (error)
        return cudnn_blas_check(error, "open the GPU");
    rn_status status =
        cudnn_cuda_check(cudaMalloc(&context->cublas_workspace, CUBLAS_WORKSPACE_BYTES),
                         "allocate memory");
    if (status)
        return status;
    error = cublasSetStream(context->cublas, context->stream);
    if (!error)
        error =
            cublasSetWorkspace(context->cublas, context->cublas_workspace, CUBLAS_WORKSPACE_BYTES);
    return cudnn_blas_check(error, "set its stream");
}

static rn_status open_choices(rn_context *context)
{
    const choices_file kept = { gpu_host, "cudnn-choices", "resnet-run cudnn 1",
                                "the GPU's fastest algorithms", context->machine };
    context->choices = choices_open(&kept);
    return context->choices ? RN_OK : gpu_host->fail(RN_E_NOMEM, "no memory for a context");
}

static rn_status open_device(const rn_open_params *params, rn_context **opened)
{
    *opened = NULL;
    rn_context *context = calloc(1, sizeof *context);
    if (!context)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a context");
    params_take(params, context);
    rn_status status = cudnn_device_choose(params, context);
    if (status)
        goto done;
    status = cudnn_enter(context);
    if (status)
        goto done;
    status = streams_create(context);
    if (status)
        goto done;
    status = cudnn_open(context);
    if (status)
        goto done;
    status = cublas_open(context);
    if (status)
        goto done;
    status = open_choices(context);
done:
    if (status)
        close_device(context);
    else
        *opened = context;
    return status;
}

static const rn_backend BACKEND = {
    .size = sizeof(rn_backend),
    .name = "cudnn",
    .doc = "NVIDIA's GPUs, by cuDNN, cuBLAS and own kernels.",
    .operators = OPERATOR_NAMES,
    .device_count = cudnn_device_count,
    .device_info = cudnn_device_info,
    .open = open_device,
    .close = close_device,
    .buffer_create = cudnn_buffer_create,
    .buffer_destroy = cudnn_buffer_destroy,
    .upload = cudnn_upload,
    .download = cudnn_download,
    .query = cudnn_query,
    .prepare = cudnn_prepare,
    .kernel_destroy = cudnn_kernel_destroy,
    .run = cudnn_run,
    .synchronize = cudnn_synchronize,
    .extension = extension,
    .context_info = cudnn_context_info,
};

RN_PLUGIN_EXPORT rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    gpu_host = host;
    plugin_fill(plugin, &BACKEND, "0.1.0");
    return RN_OK;
}
