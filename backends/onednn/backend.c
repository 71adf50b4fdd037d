/* backend.c: the plugin's entry point: operators of oneDNN, and our own kernels where they are
 * better. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/choices.h"
#include "base/hand_over.h"
#include "base/processors.h"
#include "cpu/operators.h"
#include "cpu/threads.h"
#include "onednn/conv2d/plans.h"
#include "reference/reference.h"

#define RN_OP(OPERATOR, name, bytes) ONEDNN_##OPERATOR(name)
#define OWN(name) &onednn_##name,
#define SHARED(name) &cpu_##name,
#define REFERENCE(name) &reference_##name,
#define LACKS(name) NULL,
static const cpu_operator *const OPERATORS[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef SHARED
#undef REFERENCE
#undef LACKS

#define RN_OP(OPERATOR, name, bytes) ONEDNN_##OPERATOR(name)
#include "base/operator_names.h"

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

/* Limits the number of threads to what OpenMP gives: an error if more were requested, all of them
 * if the number was left open. */
static rn_status threads_check(rn_open_params *params)
{
    int32_t limit = omp_get_thread_limit();
    if (params->threads > limit)
        return cpu_host->fail(RN_E_DEVICE,
                              "%d threads were requested, but OMP_THREAD_LIMIT is %d; "
                              "ask for --threads=%d or set a higher limit",
                              (int)params->threads, (int)limit, (int)limit);
    if (params->threads == 0 && processors_default() > limit)
        params->threads = limit;
    return RN_OK;
}

static void state_free(onednn_state *state)
{
    if (!state)
        return;
    if (state->n_timed > 0)
        cpu_host->note(RN_LOG_INFO,
                       "onednn: the algorithms of %d convolutions were timed in %.0f ms",
                       (int)state->n_timed, state->timed_ms);
    choices_close(state->choices);
    onednn_conv2d_plans_free(state);
    onednn_formats_free(state);
    if (state->stream)
        dnnl_stream_destroy(state->stream);
    if (state->engine)
        dnnl_engine_destroy(state->engine);
    free(state);
}

static rn_status state_make(int32_t precision, onednn_state **made)
{
    onednn_state *state = calloc(1, sizeof *state);
    if (state) {
        const choices_file kept = { cpu_host, "onednn-convolutions", "resnet-run convolutions 2",
                                    "the fastest convolutions", state->machine };
        state->choices = choices_open(&kept);
    }
    if (!state || !state->choices) {
        state_free(state);
        return cpu_host->fail(RN_E_NOMEM, "no memory for a context");
    }
    state->precision = precision;
    state->channels_last = precision == RN_PRECISION_BF16 && onednn_has_amx();
    dnnl_status_t failed = dnnl_engine_create(&state->engine, dnnl_cpu, 0);
    if (failed)
        goto done;
    failed = dnnl_stream_create(&state->stream, state->engine, dnnl_stream_default_flags);
    if (failed)
        goto done;
    *made = state;
    return RN_OK;
done:
    state_free(state);
    return cpu_host->fail(RN_E_DEVICE, "oneDNN cannot open the processor; its status is %d",
                          (int)failed);
}

static void machine_write(onednn_state *state, int32_t n_threads)
{
    rn_device_info info = { .size = sizeof info };
    device_info(0, &info);
    snprintf(state->machine, sizeof state->machine, "%s|%s|%d threads|%s%s", info.name,
             info.library, (int)n_threads, state->precision == RN_PRECISION_BF16 ? "bf16" : "fp32",
             state->channels_last ? ", channels last" : "");
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    onednn_state *state = NULL;
    *context = NULL;
    rn_status status = precision_check(params->precision);
    if (status)
        return status;
    status = state_make(params->precision, &state);
    if (status)
        return status;
    /* The common code knows only fp32. */
    rn_open_params plain = { .size = sizeof plain };
    hand_over(&plain, params);
    plain.precision = RN_PRECISION_FP32;
    status = threads_check(&plain);
    if (status)
        goto done;
    status = cpu_open(&plain, OPERATORS, context);
    if (status)
        goto done;
    state->tuning = plain.tuning;
    machine_write(state, (*context)->n_threads);
    (*context)->state = state;
    (*context)->has_layouts = 1;
    return RN_OK;
done:
    state_free(state);
    return status;
}

static void close_device(rn_context *context)
{
    state_free(context->state);
    cpu_close(context);
}

/* oneDNN divides work among as many threads as OpenMP would give the calling thread, when it
 * creates a primitive and when it runs it. With fewer, its results are silently wrong, so OpenMP
 * must not choose the number itself. */
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

/* In its first run a primitive may compile more code, and others may have taken memory since
 * `prepare`. Later runs allocate nothing. */
static rn_status run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    onednn_state *state = onednn_of(context);
    threads_set(context);
    rn_status status = kernel->has_run ? RN_OK : onednn_room_check(context);
    kernel->has_run = 1;
    if (status)
        return status;
    status = cpu_run(context, kernel, operands, workspace);
    if (status || !state->failed)
        return status;
    int failed = (int)state->failed;
    state->failed = dnnl_success;
    if (failed == dnnl_out_of_memory)
        return cpu_host->fail(RN_E_NOMEM, "oneDNN has no memory to run an operator");
    return cpu_host->fail(RN_E_DEVICE, "oneDNN failed to run an operator; its status is %d",
                          failed);
}

static const rn_backend BACKEND = {
    .size = sizeof(rn_backend),
    .name = "onednn",
    .doc = "Processors, with oneDNN in its own layouts, and our kernels where oneDNN has gaps.",
    .operators = OPERATOR_NAMES,
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
