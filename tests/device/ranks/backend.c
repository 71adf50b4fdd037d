/* backend.c: the table of the test backend "ranks", and its checks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/described.h"
#include "ranks.h"

/* The reference's, and all_reduce. */
#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#define OWN(name) &reference_##name,
#define LACKS(name) NULL,
static const cpu_operator *operators[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef LACKS

#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#define OWN(name) #name,
#define LACKS(name)
static const char *const OPERATOR_NAMES[] = {
#include <resnet/operators.h>
    "all_reduce", NULL
};
#undef OWN
#undef LACKS

static void put_own_operators(void)
{
    operators[described_operator("conv2d_grad_weight")] = &ranks_conv2d_grad_weight;
    operators[described_operator("reorder")] = &ranks_reorder;
    operators[described_operator("batch_norm")] = &ranks_batch_norm;
    operators[described_operator("batch_norm_grad")] = &ranks_batch_norm_grad;
    operators[described_operator("all_reduce")] = &ranks_all_reduce;
}

bool ranks_fault(ranks_state *state, const char *what)
{
    const char *fault = getenv("RANKS_FAULT");
    int device = 0, length = 0;
    long count = 0;
    char wanted[64] = "";
    static _Thread_local char counted[64];
    static _Thread_local long n;
    if (!fault || sscanf(fault, "%d:%63[^:]:%ld%n", &device, wanted, &count, &length) != 3)
        return false;
    if (device != state->device || strcmp(wanted, what) != 0)
        return false;
    if (strcmp(counted, fault) != 0) {
        snprintf(counted, sizeof counted, "%s", fault);
        n = 0;
    }
    return ++n == count;
}

static rn_status fail_recording(const char *what)
{
    return cpu_host->fail(RN_E_DEVICE, "%s was called while the context records", what);
}

static rn_status device_count(int32_t *count)
{
    *count = RANKS_MAX;
    return RN_OK;
}

static rn_status device_info(int32_t index, rn_device_info *info)
{
    return cpu_device_info(index < RANKS_MAX ? 0 : index, info,
                           "the reference's operators, joined");
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    rn_open_params inner = *params;
    bool is_number =
        params->device[0] >= '0' && params->device[0] < '0' + RANKS_MAX && !params->device[1];
    *context = NULL;
    if (params->device[0] && !is_number)
        return cpu_host->fail(RN_E_DEVICE, "there is no device \"%s\", only 0 to %d",
                              params->device, RANKS_MAX - 1);
    ranks_state *state = calloc(1, sizeof *state);
    if (!state)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a context");
    state->device = is_number ? params->device[0] - '0' : 0;
    inner.device = "";
    if (inner.precision == RN_PRECISION_FP16) /* rounds nothing; the core still scales the loss */
        inner.precision = RN_PRECISION_FP32;
    rn_status status = cpu_open(&inner, operators, context);
    if (status)
        free(state);
    if (status)
        return status;
    (*context)->state = state;
    (*context)->has_layouts = 1;
    return RN_OK;
}

static void close_device(rn_context *context)
{
    ranks_state *state = context->state;
    if (state->recordings || state->is_recording)
        abort();
    ranks_leave(state);
    free(state);
    cpu_close(context);
}

static rn_status buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer)
{
    if (ranks_state_of(context)->is_recording)
        return fail_recording("buffer_create");
    if (ranks_fault(context->state, "buffer"))
        return cpu_host->fail(RN_E_NOMEM, "no memory for a buffer");
    return cpu_buffer_create(context, size_bytes, buffer);
}

static rn_status upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    if (ranks_state_of(context)->is_recording)
        return fail_recording("upload");
    if (ranks_fault(context->state, "upload"))
        return cpu_host->fail(RN_E_DEVICE, "the device was lost");
    return cpu_upload(context, to, from, size_bytes);
}

static rn_status download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    if (ranks_state_of(context)->is_recording)
        return fail_recording("download");
    if (ranks_fault(context->state, "download"))
        return cpu_host->fail(RN_E_DEVICE, "the device was lost");
    rn_status status = ranks_flush(context->state);
    return status ? status : cpu_download(context, to, from, size_bytes);
}

static rn_status query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    if (ranks_state_of(context)->is_recording)
        return fail_recording("query");
    return cpu_query(context, op, answer);
}

static rn_status prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel)
{
    if (ranks_state_of(context)->is_recording)
        return fail_recording("prepare");
    return cpu_prepare(context, op, kernel);
}

static void kernel_destroy(rn_context *context, rn_kernel *kernel)
{
    ranks_check_unused(context->state, kernel);
    cpu_kernel_destroy(context, kernel);
}

/* Does an operator read gradients after their exchange? */
static bool reads_gradients(const char *op)
{
    static const char *const readers[] = { "sgd",     "adamw",        "lamb",       "lars",
                                           "rmsprop", "check_finite", "square_sum", "clip_value" };
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (strcmp(op, readers[i]) == 0)
            return true;
    return false;
}

rn_status ranks_run_now(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                        rn_operand workspace)
{
    ranks_state *state = context->state;
    const char *op = kernel->desc.op;
    rn_status status = reads_gradients(op) ? ranks_flush(state) : RN_OK;
    if (status)
        return status;
    if (ranks_fault(state, op))
        return cpu_host->fail(RN_E_DEVICE, "the device was lost");
    state->status = RN_OK;
    state->n_runs++;
    status = cpu_run(context, kernel, operands, workspace);
    return status ? status : state->status;
}

static rn_status run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    ranks_state *state = context->state;
    return state->is_recording ? ranks_record(state, kernel, operands, workspace)
                               : ranks_run_now(context, kernel, operands, workspace);
}

static rn_status synchronize(rn_context *context)
{
    if (ranks_state_of(context)->is_recording)
        return fail_recording("synchronize");
    return ranks_flush(context->state);
}

static const void *extension(rn_context *context, const char *id)
{
    const char *by = getenv("RANKS_BY");
    if (by && strcmp(id, RN_HOST_MEMORY_ID) == 0)
        return strcmp(by, "core,host") == 0 ? cpu_extension(context, id) : NULL;
    if (by && (strcmp(id, RN_RANK_SUMS_ID) == 0 || strcmp(id, RN_COLLECTIVE_ID) == 0))
        return strcmp(id, RN_RANK_SUMS_ID) == 0 ? &ranks_by_core : NULL;
    if (strcmp(id, RN_CAPTURE_ID) == 0 && !ranks_fault(context->state, "no_capture"))
        return &ranks_capture;
    return strcmp(id, RN_COLLECTIVE_ID) == 0 ? &ranks_collective : NULL;
}

static const rn_backend RANKS = {
    .size = sizeof RANKS,
    .name = "ranks",
    .doc = "The reference's operators on several devices, recorded, for tests.",
    .operators = OPERATOR_NAMES,
    .device_count = device_count,
    .device_info = device_info,
    .open = open_device,
    .close = close_device,
    .buffer_create = buffer_create,
    .buffer_destroy = cpu_buffer_destroy,
    .upload = upload,
    .download = download,
    .query = query,
    .prepare = prepare,
    .kernel_destroy = kernel_destroy,
    .run = run,
    .synchronize = synchronize,
    .extension = extension,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    put_own_operators();
    return cpu_plugin_init(host, plugin, &RANKS, "0.1.0");
}
