/* op_harness.c: runs one operator in a guarded arena, several times. */
#include "support/op_harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "support/check.h"

#define GUARD_BYTES 256

/* All operands and the workspace in one buffer, guards between them. Every byte that the kernel may
 * not write is compared with what was uploaded. */
typedef struct op_job {
    const op_backend *backend;
    const op_call *call;
    rn_kernel *kernel;
    rn_buffer *buffer;
    const op_tensor *tensors[RN_MAX_OPERANDS]; /* inputs then outputs; NULL: absent */
    uint64_t offsets[RN_MAX_OPERANDS];
    uint64_t workspace_offset, workspace_bytes, size_bytes;
    uint8_t *before, *after; /* size_bytes each */
    bool deterministic;
    uint32_t inplace_inputs; /* of the backend's answer */
    int shared_input;        /* output 0 lies on this input; -1: on none */
} op_job;

static bool job_writes(const op_job *job, int i)
{
    return i >= job->call->n_inputs || job->call->updated[i] || i == job->shared_input;
}

/* The results of operand i; NULL where it has none. */
static op_tensor *job_result(const op_job *job, int i)
{
    int n = job->call->n_inputs;
    return i < n ? job->call->updated[i] : job->call->outputs[i - n];
}

/* Places everything behind `start`, each operand ending where its bytes end: one more is a guard.
 */
static void job_place(op_job *job, uint64_t start)
{
    uint64_t cursor = start;
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++) {
        if (!job->tensors[i]) {
            continue;
        }
        cursor = (cursor + GUARD_BYTES + 63) / 64 * 64;
        job->offsets[i] = cursor;
        cursor += job->tensors[i]->desc.size_bytes;
    }
    if (job->shared_input >= 0) {
        job->offsets[job->call->n_inputs] = job->offsets[job->shared_input];
    }
    job->workspace_offset = (cursor + GUARD_BYTES + 63) / 64 * 64;
    job->size_bytes = job->workspace_offset + job->workspace_bytes + GUARD_BYTES;
}

static void job_fill(op_job *job, int garbage)
{
    memset(job->before, garbage, job->size_bytes);
    for (int i = 0; i < job->call->n_inputs; i++) {
        if (job->tensors[i]) {
            memcpy(job->before + job->offsets[i], job->tensors[i]->data,
                   job->tensors[i]->desc.size_bytes);
        }
    }
}

/* Names the place of a byte: the last thing that begins at or before it. */
static void job_name_place(const op_job *job, uint64_t at, char *text, size_t size)
{
    uint64_t best = 0, end = 0;
    snprintf(text, size, "before the first operand");
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++) {
        if (job->tensors[i] && job->offsets[i] <= at && job->offsets[i] >= best) {
            best = job->offsets[i];
            end = best + job->tensors[i]->desc.size_bytes;
            snprintf(text, size, "%s operand %d (%s) by byte %lld of %llu",
                     at < end ? "in" : "behind", i, job->tensors[i]->name, (long long)(at - best),
                     (unsigned long long)(end - best));
        }
    }
    if (at >= job->workspace_offset) {
        snprintf(text, size, "behind the workspace of %llu bytes",
                 (unsigned long long)job->workspace_bytes);
    }
}

/* Everything outside of outputs, updated inputs and workspace must be as it was. */
static void job_check_untouched(op_job *job)
{
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++) {
        if (job->tensors[i] && job_writes(job, i)) {
            memcpy(job->before + job->offsets[i], job->after + job->offsets[i],
                   job->tensors[i]->desc.size_bytes);
        }
    }
    memcpy(job->before + job->workspace_offset, job->after + job->workspace_offset,
           job->workspace_bytes);
    if (!memcmp(job->before, job->after, job->size_bytes)) {
        return;
    }
    uint64_t at = 0;
    while (job->before[at] == job->after[at]) {
        at++;
    }
    char place[128];
    job_name_place(job, at, place, sizeof place);
    op_check(false, "%s: %s: %s wrote %s", job->backend->label, job->call->where, job->call->op,
             place);
}

/* Keeps the results of the first run, or compares those of a later one with them. */
static void job_collect(const op_job *job, bool first)
{
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++) {
        op_tensor *to = job_result(job, i);
        const uint8_t *data = job->after + job->offsets[i];
        if (to && first) {
            memcpy(to->data, data, to->desc.size_bytes);
        } else if (to && job->deterministic && to->desc.dtype != RN_BIT) {
            /* Spare bits of a mask's last byte are nobody's. */
            op_check(!memcmp(to->data, data, to->desc.size_bytes),
                     "%s: %s: %s is said to be deterministic, and %s differs %s",
                     job->backend->label, job->call->where, job->call->op, to->name,
                     job->shared_input < 0 ? "in a second run" : "where it lies on an input");
        }
    }
}

static rn_status job_run(op_job *job)
{
    const rn_backend *table = job->backend->table;
    rn_context *context = job->backend->context;
    rn_operand operands[RN_MAX_OPERANDS] = { { 0 } };
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++) {
        if (job->tensors[i]) {
            operands[i] = (rn_operand){ job->buffer, job->offsets[i] };
        }
    }
    rn_operand workspace = { job->workspace_bytes ? job->buffer : NULL, job->workspace_offset };
    rn_operand all = { job->buffer, 0 };
    rn_status status = table->upload(context, all, job->before, job->size_bytes);
    if (!status) {
        status = table->run(context, job->kernel, operands, workspace);
    }
    memset(operands, 0xFF, sizeof operands); /* the kernel keeps no pointer to them */
    if (!status) {
        status = table->synchronize(context);
    }
    if (!status) {
        status = table->download(context, job->after, all, job->size_bytes);
    }
    return status;
}

/* One run at a place of its own, in garbage of its own: 0xFF… is a NaN, so that a read of a guard
 * or of an old result shows in the result. */
static rn_status job_turn(op_job *job, int turn)
{
    uint64_t size_bytes = job->size_bytes;
    job_place(job, turn == 0 ? 64 : 0);
    job->size_bytes = size_bytes;
    job_fill(job, turn == 0 ? 0xFF : 0x4B);
    rn_status status = job_run(job);
    if (!status) {
        job_collect(job, turn == 0);
        job_check_untouched(job);
    }
    return status;
}

/* Twice apart, then with output 0 on each input where the operator's meaning or the backend allows
 * it. */
static rn_status job_turns(op_job *job)
{
    const rn_op *op = rn_op_find(job->call->op);
    int n_inputs = job->call->n_inputs;
    rn_status status = job_turn(job, 0);
    if (!status) {
        status = job_turn(job, 1);
    }
    for (int i = 0; i < n_inputs && op && job->call->n_outputs > 0 && !status; i++) {
        const op_tensor *input = job->tensors[i], *output = job->tensors[n_inputs];
        if ((rn_op_shares(op, i) || job->inplace_inputs >> i & 1) && input &&
            input->desc.size_bytes == output->desc.size_bytes) {
            job->shared_input = i;
            status = job_turn(job, 2 + i);
        }
    }
    return status;
}

/* Everything between an accepted query and the results. */
static rn_status job_do(op_job *job, const rn_op_desc *desc)
{
    const rn_backend *table = job->backend->table;
    rn_context *context = job->backend->context;
    job_place(job, 64);
    job->before = malloc(job->size_bytes);
    job->after = malloc(job->size_bytes);
    if (!job->before || !job->after) {
        abort();
    }
    rn_status status = table->prepare(context, desc, &job->kernel);
    if (!status) {
        status = table->buffer_create(context, job->size_bytes, &job->buffer);
    }
    if (!status) {
        status = job_turns(job);
    }
    if (job->buffer) {
        table->buffer_destroy(context, job->buffer);
    }
    if (job->kernel) {
        table->kernel_destroy(context, job->kernel);
    }
    free(job->before);
    free(job->after);
    return status;
}

/* A copy of a tensor in another layout, made by the backend's own reorder. */
static rn_status reorder(const op_backend *backend, const char *where, const op_tensor *from,
                         op_tensor *to)
{
    return op_run(backend, &(op_call){ .op = "reorder",
                                       .where = where,
                                       .inputs = { from },
                                       .outputs = { to },
                                       .n_inputs = 1,
                                       .n_outputs = 1 });
}

static op_tensor *add_in_layout(op_set *set, const op_tensor *plain, int32_t layout, uint64_t bytes)
{
    op_tensor *tensor = op_set_like(set, plain->name, plain);
    tensor->desc.layout = layout;
    tensor->desc.size_bytes = bytes;
    tensor->data = realloc(tensor->data, bytes);
    if (!tensor->data) {
        abort();
    }
    return tensor;
}

/* Runs the operator in the layouts that the backend wants, with reorders around it. */
static rn_status run_in_layouts(const op_backend *backend, const op_call *call,
                                const rn_op_answer *answer)
{
    op_set set = { .n = 0 };
    op_call inner = *call;
    rn_status status = RN_OK;
    for (int i = 0; i < call->n_inputs + call->n_outputs && !status; i++) {
        bool input = i < call->n_inputs;
        const op_tensor *plain = input ? call->inputs[i] : call->outputs[i - call->n_inputs];
        if (!plain || !answer->layouts[i] || answer->layouts[i] == plain->desc.layout) {
            continue;
        }
        op_tensor *other = add_in_layout(&set, plain, answer->layouts[i], answer->layout_bytes[i]);
        if (!input) {
            inner.outputs[i - call->n_inputs] = other;
            continue;
        }
        status = reorder(backend, call->where, plain, other);
        inner.inputs[i] = other;
        inner.updated[i] = call->updated[i] ? other : NULL;
    }
    if (!status) {
        status = op_run(backend, &inner);
    }
    for (int i = 0; i < call->n_inputs && !status; i++) {
        if (call->updated[i] && inner.updated[i] != call->updated[i]) {
            status = reorder(backend, call->where, inner.updated[i], call->updated[i]);
        }
    }
    for (int i = 0; i < call->n_outputs && !status; i++) {
        if (inner.outputs[i] != call->outputs[i]) {
            status = reorder(backend, call->where, inner.outputs[i], call->outputs[i]);
        }
    }
    op_set_clear(&set);
    return status;
}

/* The call with the number of its operands. */
static op_call complete(const op_call *call)
{
    const rn_op *op = rn_op_find(call->op);
    op_call all = *call;
    if (op && !op->inputs_repeat)
        all.n_inputs = op->n_inputs;
    if (op && !op->outputs_repeat)
        all.n_outputs = op->n_outputs;
    return all;
}

rn_status op_run(const op_backend *backend, const op_call *given)
{
    const op_call all = complete(given), *call = &all;
    op_job job = { .backend = backend, .call = call, .shared_input = -1 };
    const rn_tensor_desc *descs[RN_MAX_OPERANDS] = { NULL };
    rn_op_desc desc = { .size = sizeof desc,
                        .op = call->op,
                        .name = call->where,
                        .attrs = call->attrs,
                        .inputs = descs,
                        .outputs = descs + call->n_inputs,
                        .n_inputs = call->n_inputs,
                        .n_outputs = call->n_outputs };
    for (int i = 0; i < call->n_inputs + call->n_outputs; i++) {
        job.tensors[i] = i < call->n_inputs ? call->inputs[i] : call->outputs[i - call->n_inputs];
        descs[i] = job.tensors[i] ? &job.tensors[i]->desc : NULL;
    }
    rn_op_answer answer = { .size = sizeof answer };
    rn_status status = backend->table->query(backend->context, &desc, &answer);
    if (status) {
        return status;
    }
    for (int i = 0; i < call->n_inputs + call->n_outputs; i++) {
        if (descs[i] && answer.layouts[i] && answer.layouts[i] != descs[i]->layout) {
            return run_in_layouts(backend, call, &answer);
        }
    }
    job.workspace_bytes = answer.workspace_bytes;
    job.inplace_inputs = answer.inplace_inputs;
    job.deterministic = answer.deterministic == 1;
    return job_do(&job, &desc);
}

void op_check(bool ok, const char *format, ...)
{
    char message[1024] = "";
    if (!ok) {
        va_list args;
        va_start(args, format);
        vsnprintf(message, sizeof message, format, args);
        va_end(args);
    }
    CU_assertImplementation(ok, __LINE__, message, __FILE__, "", CU_FALSE);
}

bool op_accepted(const op_backend *backend, rn_status status, const char *where)
{
    if (status == RN_E_UNSUPPORTED && !backend->complete) {
        check_skip("%s: %s", where, rn_fail_text());
        return false;
    }
    op_check(status == RN_OK, "%s: %s: %s: %s", backend->label, where, rn_status_name(status),
             rn_fail_text());
    return status == RN_OK;
}
