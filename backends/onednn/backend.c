/* backend.c: the plugin's entry: what oneDNN computes, and what our own kernels do better. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/choices.h"
#include "base/hand_over.h"
#include "base/processors.h"
#include "cpu/threads.h"
#include "onednn/context.h"
#include "reference/reference.h"

#define RN_OP(OPERATOR, name, bytes) ONEDNN_##OPERATOR(name)
#define OWN(name) &onednn_##name,
#define REFERENCE(name) &reference_##name,
#define LACKS(name) NULL,
static const cpu_operator *const OPERATORS[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef REFERENCE
#undef LACKS

#define RN_OP(OPERATOR, name, bytes) ONEDNN_##OPERATOR(name)
#define OWN(name) #name,
#define REFERENCE(name) #name,
#define LACKS(name)
static const char *const NAMES[] = {
#include <resnet/operators.h>
    NULL
};
#undef OWN
#undef REFERENCE
#undef LACKS

static rn_status device_info(int32_t index, rn_device_info *info)
{
    char library[64];
    onednn_library(library, sizeof library);
    return cpu_device_info(index, info, library);
}

static bool has_bf16(void)
{
    return dnnl_get_effective_cpu_isa() >= dnnl_cpu_isa_avx512_core_bf16;
}

static rn_status precision_check(int32_t precision)
{
    if (precision == RN_PRECISION_FP32 || (precision == RN_PRECISION_BF16 && has_bf16()))
        return RN_OK;
    if (precision == RN_PRECISION_BF16)
        return cpu_host->fail(RN_E_UNSUPPORTED, "this processor has no instructions for bfloat16 "
                                                "(avx512_bf16); ask for --precision=fp32");
    return cpu_host->fail(RN_E_UNSUPPORTED, "this backend computes in fp32 or bf16; ask for "
                                            "--precision=fp32 or --precision=bf16");
}

/* No more threads than OpenMP gives at all: all that it gives where the number was left open. */
static rn_status threads_check(rn_open_params *params)
{
    int32_t limit = omp_get_thread_limit();
    if (params->threads > limit)
        return cpu_host->fail(RN_E_DEVICE,
                              "%d threads were asked for, and OMP_THREAD_LIMIT is %d; "
                              "ask for --threads=%d or set a higher limit",
                              (int)params->threads, (int)limit, (int)limit);
    if (params->threads == 0 && processors_default() > limit)
        params->threads = limit;
    return RN_OK;
}

static void own_free(onednn_own *own)
{
    if (!own)
        return;
    backend_choices_close(own->choices);
    onednn_formats_free(own);
    if (own->stream)
        dnnl_stream_destroy(own->stream);
    if (own->engine)
        dnnl_engine_destroy(own->engine);
    free(own);
}

static rn_status own_make(int32_t precision, onednn_own **made)
{
    const backend_choices_file kept = { cpu_host, "onednn-convolutions",
                                        "resnet-run convolutions 1", "the fastest convolutions",
                                        NULL };
    onednn_own *own = calloc(1, sizeof *own);
    if (own)
        own->choices = backend_choices_open(&kept);
    if (!own || !own->choices) {
        own_free(own);
        return cpu_host->fail(RN_E_NOMEM, "no memory for a context");
    }
    own->precision = precision;
    dnnl_status_t failed = dnnl_engine_create(&own->engine, dnnl_cpu, 0);
    if (!failed)
        failed = dnnl_stream_create(&own->stream, own->engine, dnnl_stream_default_flags);
    if (failed) {
        own_free(own);
        return cpu_host->fail(RN_E_DEVICE, "oneDNN does not open the processor; its status is %d",
                              (int)failed);
    }
    *made = own;
    return RN_OK;
}

static void machine_write(onednn_own *own, int32_t n_threads)
{
    rn_device_info info = { .size = sizeof info };
    device_info(0, &info);
    snprintf(own->machine, sizeof own->machine, "%s|%s|%d threads|%s", info.name, info.library,
             (int)n_threads, own->precision == RN_PRECISION_BF16 ? "bf16" : "fp32");
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    onednn_own *own = NULL;
    *context = NULL;
    rn_status status = precision_check(params->precision);
    if (!status)
        status = own_make(params->precision, &own);
    if (status)
        return status;
    /* What the common code needs not know. */
    rn_open_params plain = { .size = sizeof plain };
    hand_over(&plain, params);
    plain.precision = RN_PRECISION_FP32;
    status = threads_check(&plain);
    if (!status)
        status = cpu_open(&plain, OPERATORS, context);
    if (status) {
        own_free(own);
        return status;
    }
    machine_write(own, (*context)->n_threads);
    (*context)->own = own;
    (*context)->has_layouts = 1;
    return RN_OK;
}

static void close_device(rn_context *context)
{
    own_free(context->own);
    cpu_close(context);
}

/* oneDNN divides work among as many threads as OpenMP would give the calling thread, when it makes
 * a primitive and when it runs it. With fewer its results are silently wrong, so OpenMP must not
 * decide by itself. */
static void threads_set(const rn_context *context)
{
    if (omp_get_max_threads() != context->n_threads)
        omp_set_num_threads(context->n_threads);
    if (omp_get_dynamic())
        omp_set_dynamic(0);
}

static rn_status query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    threads_set(context);
    rn_status status = onednn_room_check(context);
    return status ? status : cpu_query(context, op, answer);
}

static rn_status prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    threads_set(context);
    rn_status status = onednn_room_check(context);
    return status ? status : cpu_prepare(context, op, kernel);
}

/* At its first run a primitive may compile more, and others may have taken memory since `prepare`.
 * Later runs take none. */
static rn_status run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    onednn_own *own = onednn_of(context);
    threads_set(context);
    rn_status status = kernel->has_run ? RN_OK : onednn_room_check(context);
    kernel->has_run = 1;
    if (!status)
        status = cpu_run(context, kernel, operands, workspace);
    if (status || !own->failed)
        return status;
    int failed = (int)own->failed;
    own->failed = dnnl_success;
    if (failed == dnnl_out_of_memory)
        return cpu_host->fail(RN_E_NOMEM, "oneDNN has no memory to run an operator");
    return cpu_host->fail(RN_E_DEVICE, "oneDNN failed to run an operator; its status is %d",
                          failed);
}

static const rn_backend BACKEND = {
    .size = sizeof(rn_backend),
    .name = "onednn",
    .doc = "Processors, by oneDNN in layouts of its own, and own kernels where it has a gap.",
    .operators = NAMES,
    .device_info = device_info,
    .open = open_device,
    .close = close_device,
    .query = query,
    .prepare = prepare,
    .run = run,
    CPU_MEMORY_SLOTS,
};

RN_PLUGIN_EXPORT rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    return cpu_plugin_init(host, plugin, &BACKEND, "0.1.0");
}
