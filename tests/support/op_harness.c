/* op_harness.c: runs one operator several times in a guarded buffer. */
#include "support/op_harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "support/check.h"

#define GUARD_BYTES 256

/* All operands and the workspace are in one buffer, with guard bytes between them. Every byte that
 * the kernel must not write is compared with what was uploaded. */
typedef struct op_job {
    const op_backend *backend;
    const op_call *call;
    rn_kernel *kernel;
    rn_buffer *buffer;
    const op_tensor *tensors[RN_MAX_OPERANDS]; /* inputs, then outputs; NULL if absent */
    uint64_t offsets[RN_MAX_OPERANDS];
    uint64_t workspace_offset, workspace_bytes, size_bytes;
    uint8_t *before, *after; /* size_bytes each */
    bool deterministic;
    uint32_t inplace_inputs; /* from the backend's answer */
    int shared_input;        /* the input whose memory output 0 shares, or -1 */
} op_job;

static bool is_written(const op_job *job, int i)
{
    return i >= job->call->n_inputs || job->call->updated[i] || i == job->shared_input;
}

/* Where the content of operand i goes after a run; NULL if it is not written. */
static op_tensor *result_of(const op_job *job, int i)
{
    int n = job->call->n_inputs;
    return i < n ? job->call->updated[i] : job->call->outputs[i - n];
}

/* Sets the offsets, from `start` on. Guard bytes follow each operand immediately. */
static void place_operands(op_job *job, uint64_t start)
{
    uint64_t cursor = start;
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++) {
        if (!job->tensors[i])
            continue;
        cursor = (cursor + GUARD_BYTES + 63) / 64 * 64;
        job->offsets[i] = cursor;
        cursor += job->tensors[i]->desc.size_bytes;
    }
    if (job->shared_input >= 0)
        job->offsets[job->call->n_inputs] = job->offsets[job->shared_input];
    job->workspace_offset = (cursor + GUARD_BYTES + 63) / 64 * 64;
    job->size_bytes = job->workspace_offset + job->workspace_bytes + GUARD_BYTES;
}

static void fill_buffer(op_job *job, int garbage)
{
    memset(job->before, garbage, job->size_bytes);
    for (int i = 0; i < job->call->n_inputs; i++) {
        if (job->tensors[i]) {
            memcpy(job->before + job->offsets[i], job->tensors[i]->data,
                   job->tensors[i]->desc.size_bytes);
        }
    }
}

/* Describes the position of a byte relative to the last operand that begins at or before it. */
static void describe_position(const op_job *job, uint64_t offset, char *text, size_t size)
{
    uint64_t best = 0, end = 0;
    snprintf(text, size, "before the first operand");
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++) {
        if (job->tensors[i] && job->offsets[i] <= offset && job->offsets[i] >= best) {
            best = job->offsets[i];
            end = best + job->tensors[i]->desc.size_bytes;
            snprintf(text, size, "%s operand %d (%s), at byte %lld of %llu",
                     offset < end ? "into" : "after", i, job->tensors[i]->name,
                     (long long)(offset - best), (unsigned long long)(end - best));
        }
    }
    if (offset >= job->workspace_offset) {
        snprintf(text, size, "after the workspace of %llu bytes",
                 (unsigned long long)job->workspace_bytes);
    }
}

/* Everything except outputs, updated inputs and workspace must be unchanged. */
static void check_untouched(op_job *job)
{
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++) {
        if (job->tensors[i] && is_written(job, i)) {
            memcpy(job->before + job->offsets[i], job->after + job->offsets[i],
                   job->tensors[i]->desc.size_bytes);
        }
    }
    memcpy(job->before + job->workspace_offset, job->after + job->workspace_offset,
           job->workspace_bytes);
    if (!memcmp(job->before, job->after, job->size_bytes))
        return;
    uint64_t at = 0;
    while (job->before[at] == job->after[at])
        at++;
    char position[128];
    describe_position(job, at, position, sizeof position);
    op_check(false, "%s: %s: %s wrote %s", job->backend->label, job->call->where, job->call->op,
             position);
}

/* Stores the results of the first run; compares those of later runs with them. */
static void collect_results(const op_job *job, bool first)
{
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++) {
        op_tensor *to = result_of(job, i);
        const uint8_t *data = job->after + job->offsets[i];
        if (to && first) {
            memcpy(to->data, data, to->desc.size_bytes);
        } else if (to && job->deterministic && to->desc.dtype != RN_BIT) {
            /* Not RN_BIT: the unused bits of a mask's last byte are undefined. */
            op_check(!memcmp(to->data, data, to->desc.size_bytes),
                     "%s: %s: %s is declared deterministic, but %s differs %s", job->backend->label,
                     job->call->where, job->call->op, to->name,
                     job->shared_input < 0 ? "in a second run"
                                           : "when it shares an input's memory");
        }
    }
}

static rn_status run_kernel(op_job *job)
{
    const rn_backend *table = job->backend->table;
    rn_context *context = job->backend->context;
    rn_operand operands[RN_MAX_OPERANDS] = { { 0 } };
    for (int i = 0; i < job->call->n_inputs + job->call->n_outputs; i++)
        if (job->tensors[i])
            operands[i] = (rn_operand){ job->buffer, job->offsets[i] };
    rn_operand workspace = { job->workspace_bytes ? job->buffer : NULL, job->workspace_offset };
    rn_operand all = { job->buffer, 0 };
    rn_status status = table->upload(context, all, job->before, job->size_bytes);
    if (status)
        return status;
    status = table->run(context, job->kernel, operands, workspace);
    if (status)
        return status;
    memset(operands, 0xFF, sizeof operands); /* the kernel must not have kept a pointer to them */
    status = table->synchronize(context);
    if (status)
        return status;
    return table->download(context, job->after, all, job->size_bytes);
}

/* Runs once. The offsets and the garbage in the buffer differ between the first run and later ones;
 * 0xFF… is NaN, so that reading a guard or an old result shows in the result. */
static rn_status run_guarded(op_job *job, bool first)
{
    uint64_t size_bytes = job->size_bytes;
    place_operands(job, first ? 64 : 0);
    job->size_bytes = size_bytes;
    fill_buffer(job, first ? 0xFF : 0x4B);
    rn_status status = run_kernel(job);
    if (status)
        return status;
    collect_results(job, first);
    check_untouched(job);
    return RN_OK;
}

/* Runs twice with separate memory, then with output 0 in the memory of each input for which the
 * operator or the backend allows it. */
static rn_status run_variants(op_job *job)
{
    const rn_op *op = rn_op_find(job->call->op);
    int n_inputs = job->call->n_inputs;
    rn_status status = run_guarded(job, true);
    if (status)
        return status;
    status = run_guarded(job, false);
    if (status)
        return status;
    for (int i = 0; i < n_inputs && op && job->call->n_outputs > 0; i++) {
        const op_tensor *input = job->tensors[i], *output = job->tensors[n_inputs];
        if ((rn_op_shares(op, i) || job->inplace_inputs >> i & 1) && input &&
            input->desc.size_bytes == output->desc.size_bytes) {
            job->shared_input = i;
            status = run_guarded(job, false);
            if (status)
                return status;
        }
    }
    return RN_OK;
}

/* Prepares and runs an operator whose query was accepted. */
static rn_status run_job(op_job *job, const rn_op_desc *desc)
{
    const rn_backend *table = job->backend->table;
    rn_context *context = job->backend->context;
    place_operands(job, 64);
    job->before = malloc(job->size_bytes);
    job->after = malloc(job->size_bytes);
    if (!job->before || !job->after)
        abort();
    rn_status status = table->prepare(context, desc, &job->kernel);
    if (status)
        goto done;
    status = table->buffer_create(context, job->size_bytes, &job->buffer);
    if (status)
        goto done;
    status = run_variants(job);
done:
    if (job->buffer)
        table->buffer_destroy(context, job->buffer);
    if (job->kernel)
        table->kernel_destroy(context, job->kernel);
    free(job->before);
    free(job->after);
    return status;
}

/* Copies a tensor to another layout with the backend's reorder. */
static rn_status reorder(const op_backend *backend, const char *where, const op_tensor *from,
                         op_tensor *to)
{
    rn_status status = op_run(backend, &(op_call){ .op = "reorder",
                                                   .where = where,
                                                   .inputs = { from },
                                                   .outputs = { to },
                                                   .n_inputs = 1,
                                                   .n_outputs = 1 });
    to->is_transformed = from->is_transformed;
    return status;
}

static op_tensor *add_in_layout(op_set *set, const op_tensor *plain, int32_t layout, uint64_t bytes)
{
    op_tensor *tensor = op_set_like(set, plain->name, plain);
    tensor->desc.layout = layout;
    tensor->desc.size_bytes = bytes;
    tensor->data = realloc(tensor->data, bytes);
    if (!tensor->data)
        abort();
    return tensor;
}

/* Replaces the operands of `inner` whose layout the backend wants changed by copies in `set`. */
static rn_status change_layouts(const op_backend *backend, const rn_op_answer *answer, op_set *set,
                                op_call *inner)
{
    for (int i = 0; i < inner->n_inputs + inner->n_outputs; i++) {
        bool is_input = i < inner->n_inputs;
        const op_tensor *plain = is_input ? inner->inputs[i] : inner->outputs[i - inner->n_inputs];
        if (!plain || !answer->layouts[i] || answer->layouts[i] == plain->desc.layout)
            continue;
        op_tensor *copy = add_in_layout(set, plain, answer->layouts[i], answer->layout_bytes[i]);
        if (!is_input) {
            inner->outputs[i - inner->n_inputs] = copy;
            continue;
        }
        rn_status status = reorder(backend, inner->where, plain, copy);
        if (status)
            return status;
        inner->inputs[i] = copy;
        inner->updated[i] = inner->updated[i] ? copy : NULL;
    }
    return RN_OK;
}

/* Reorders the results of `inner` back to the operands of `call`. */
static rn_status restore_layouts(const op_backend *backend, const op_call *inner,
                                 const op_call *call)
{
    for (int i = 0; i < call->n_inputs; i++) {
        if (call->updated[i] && inner->updated[i] != call->updated[i]) {
            rn_status status = reorder(backend, call->where, inner->updated[i], call->updated[i]);
            if (status)
                return status;
        }
    }
    for (int i = 0; i < call->n_outputs; i++) {
        if (inner->outputs[i] != call->outputs[i]) {
            rn_status status = reorder(backend, call->where, inner->outputs[i], call->outputs[i]);
            if (status)
                return status;
        }
    }
    return RN_OK;
}

/* Runs the operator in the layouts that the backend wants. */
static rn_status run_in_layouts(const op_backend *backend, const op_call *call,
                                const rn_op_answer *answer)
{
    op_set set = { .n = 0 };
    op_call inner = *call;
    rn_status status = change_layouts(backend, answer, &set, &inner);
    if (status)
        goto done;
    status = op_run(backend, &inner);
    if (status)
        goto done;
    status = restore_layouts(backend, &inner, call);
done:
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

static bool transforms(const op_backend *backend, const rn_op_answer *answer)
{
    return !strcmp(backend->table->name, "cudnn") &&
           (strstr(answer->algorithm, "Winograd") || strstr(answer->algorithm, "FFT"));
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
    if (status)
        return status;
    for (int i = 0; i < call->n_outputs; i++)
        if (call->outputs[i])
            call->outputs[i]->is_transformed = transforms(backend, &answer);
    for (int i = 0; i < call->n_inputs + call->n_outputs; i++)
        if (descs[i] && answer.layouts[i] && answer.layouts[i] != descs[i]->layout)
            return run_in_layouts(backend, call, &answer);
    job.workspace_bytes = answer.workspace_bytes;
    job.inplace_inputs = answer.inplace_inputs;
    job.deterministic = answer.deterministic == 1;
    return run_job(&job, &desc);
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
