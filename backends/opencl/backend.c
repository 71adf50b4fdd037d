/* backend.c: the plugin's entry: any OpenCL device, with this backend's kernels and CLBlast's. */
#include <resnet/profile.h>
#include <resnet/source_kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/choices.h"
#include "base/hand_over.h"
#include "base/plugin_fill.h"
#include "gpu/operators.h"
#include "opencl/opencl.h"
#include "opencl/product/clblast.h"
#include "opencl/product/product.h"

#define RN_OP(OPERATOR, name, bytes) OPENCL_##OPERATOR(name)
#define OWN(name) &opencl_##name,
#define SHARED(name) &gpu_##name,
#define LACKS(name) NULL,
const gpu_operator *const gpu_operators[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef SHARED
#undef LACKS

#define RN_OP(OPERATOR, name, bytes) OPENCL_##OPERATOR(name)
#include "base/operator_names.h"

/* How long the driver may take to let go of a context whose queue is empty. */
enum { LATE_MS = 1000 };

/* True once nothing but us holds the context. What was enqueued holds it until the driver's thread
 * is done with it, a little later than clFinish says. */
static bool is_let_go(cl_context cl)
{
    const struct timespec ms = { .tv_nsec = 1000000 };
    cl_uint holders = 0;
    for (int waited = 0; waited < LATE_MS; waited++) {
        if (clGetContextInfo(cl, CL_CONTEXT_REFERENCE_COUNT, sizeof holders, &holders, NULL) ||
            holders <= 1)
            return true;
        nanosleep(&ms, NULL);
    }
    return false;
}

/* PoCL 3.1's contexts do not hold their sub-devices: its thread would use one that is gone. Rather
 * than that, the device stays. */
static void context_release(rn_context *context)
{
    bool is_free = !context->cl || is_let_go(context->cl);
    if (context->cl)
        clReleaseContext(context->cl);
    if (context->device && is_free)
        clReleaseDevice(context->device);
}

static void close_device(rn_context *context)
{
    if (!context)
        return;
    opencl_record_free(context);
    opencl_staging_free(context);
    opencl_programs_free(context);
    choices_close(context->choices);
    opencl_conv2d_decided_free(context->decided);
    opencl_clblast_close(context);
    if (context->queue)
        clReleaseCommandQueue(context->queue);
    context_release(context);
    free(context);
}

static rn_status params_check(const rn_open_params *params)
{
    if (params->precision != RN_PRECISION_FP32 && params->precision != RN_PRECISION_FP16)
        return gpu_host->fail(RN_E_UNSUPPORTED, "this backend computes in fp32 or fp16; ask for "
                                                "--precision=fp32 or --precision=fp16");
    return RN_OK;
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

/* Messages that a driver sends unasked, from a thread that it made. */
static void CL_CALLBACK driver_said(const char *text, const void *more, size_t bytes, void *unused)
{
    (void)more;
    (void)bytes;
    (void)unused;
    gpu_host->note(RN_LOG_INFO, "the OpenCL driver says: %s", text);
}

static rn_status context_create(rn_context *context)
{
    rn_device_info info = { .size = sizeof info };
    char what[160];
    cl_int error = CL_SUCCESS;
    const cl_context_properties properties[] = { CL_CONTEXT_PLATFORM,
                                                 (cl_context_properties)context->platform, 0 };
    context->cl = clCreateContext(properties, 1, &context->device, driver_said, NULL, &error);
    opencl_context_info(context, &info);
    snprintf(what, sizeof what, "open %s", info.name);
    rn_status status = opencl_check(error, what);
    if (!status) {
        context->queue = clCreateCommandQueue(context->cl, context->device, 0, &error);
        status = opencl_check(error, "make a queue");
    }
    return status;
}

static rn_status open_choices(rn_context *context)
{
    const choices_file kept = { gpu_host, "opencl-choices", "resnet-run opencl 1",
                                "the device's fastest kernels", context->machine };
    context->choices = choices_open(&kept);
    return context->choices ? RN_OK : gpu_host->fail(RN_E_NOMEM, "no memory for a context");
}

static rn_status open_device(const rn_open_params *params, rn_context **opened)
{
    *opened = NULL;
    rn_status status = params_check(params);
    if (status)
        return status;
    rn_context *context = calloc(1, sizeof *context);
    if (!context)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a context");
    params_take(params, context);
    status = opencl_device_choose(params, context);
    if (status)
        goto done;
    status = context_create(context);
    if (status)
        goto done;
    status = open_choices(context);
    if (status)
        goto done;
    status = opencl_tune(context);
done:
    if (status)
        close_device(context);
    else
        *opened = context;
    return status;
}

static void ranks_set(rn_context *context, rn_rank_sum *sum, void *argument, int32_t n_ranks)
{
    context->ranks = (rank_sums){ sum, argument, n_ranks };
}

static const rn_rank_sums RANK_SUMS = { .size = sizeof RANK_SUMS, .set = ranks_set };

static const void *extension(rn_context *context, const char *id)
{
    (void)context;
    if (strcmp(id, RN_SOURCE_KERNEL_ID) == 0)
        return &opencl_source_kernel;
    if (strcmp(id, RN_RANK_SUMS_ID) == 0)
        return &RANK_SUMS;
    return strcmp(id, RN_PROFILE_ID) == 0 ? &opencl_profile : NULL;
}

static const rn_backend BACKEND = {
    .size = sizeof(rn_backend),
    .name = "opencl",
    .doc = "Any device with an OpenCL driver, by own kernels and CLBlast.",
    .operators = OPERATOR_NAMES,
    .device_count = opencl_device_count,
    .device_info = opencl_device_info,
    .open = open_device,
    .close = close_device,
    .buffer_create = opencl_buffer_create,
    .buffer_destroy = opencl_buffer_destroy,
    .upload = opencl_upload,
    .download = opencl_download,
    .query = gpu_kernel_query,
    .prepare = gpu_kernel_prepare,
    .kernel_destroy = gpu_kernel_destroy,
    .run = opencl_run,
    .synchronize = opencl_synchronize,
    .extension = extension,
    .context_info = opencl_context_info,
};

RN_PLUGIN_EXPORT rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    gpu_host = host;
    plugin_fill(plugin, &BACKEND, "0.1.0");
    return RN_OK;
}
