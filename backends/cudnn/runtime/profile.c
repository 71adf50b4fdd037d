/* profile.c: the extension that tells how long the GPU took for each launch, by an event before and
 * one after it. */
#include <resnet/profile.h>
#include <stdlib.h>
#include <string.h>

#include "base/hand_over.h"
#include "cudnn/runtime/memory.h"

/* A launch, of a kernel or of a library's function. */
typedef struct recorded {
    cudaEvent_t began, ended; /* `ended` NULL: it was not enqueued */
    int32_t run;
    char kernel[64];
} recorded;

struct cudnn_record {
    bool is_on;
    int32_t run;
    cudaEvent_t origin; /* what times are counted from */
    recorded *list;
    int64_t n, capacity;
    rn_profile_entry *entries; /* of the last recording */
    int64_t n_entries;
};

static void recorded_clear(cudnn_record *record)
{
    for (int64_t i = 0; i < record->n; i++) {
        if (record->list[i].began)
            cudaEventDestroy(record->list[i].began);
        if (record->list[i].ended)
            cudaEventDestroy(record->list[i].ended);
    }
    record->n = 0;
}

bool cudnn_record_is_on(const rn_context *context)
{
    return context->record && context->record->is_on;
}

void cudnn_record_run(rn_context *context)
{
    if (context->record)
        context->record->run++;
}

/* ---- Around a launch ---- */

static rn_status mark(rn_context *context, cudaEvent_t *event)
{
    cudaError_t error = cudaEventCreate(event);
    if (error)
        *event = NULL;
    else
        error = cudaEventRecord(*event, context->stream);
    return cudnn_cuda_check(error, "time a kernel");
}

rn_status cudnn_record_begin(rn_context *context, const char *function)
{
    cudnn_record *record = context->record;
    if (!cudnn_record_is_on(context))
        return RN_OK;
    if (record->n == record->capacity) {
        int64_t capacity = record->capacity ? 2 * record->capacity : 1024;
        recorded *grown = realloc(record->list, (size_t)capacity * sizeof *grown);
        if (!grown)
            return gpu_host->fail(RN_E_NOMEM, "no memory for a profile");
        record->list = grown;
        record->capacity = capacity;
    }
    recorded *r = &record->list[record->n++];
    *r = (recorded){ .run = record->run };
    strncpy(r->kernel, function, sizeof r->kernel - 1);
    return mark(context, &r->began);
}

rn_status cudnn_record_end(rn_context *context)
{
    if (!cudnn_record_is_on(context))
        return RN_OK;
    return mark(context, &context->record->list[context->record->n - 1].ended);
}

/* ---- The extension ---- */

static rn_status start(rn_context *context)
{
    rn_status status = cudnn_synchronize(context);
    if (status)
        return status;
    cudnn_record *record = context->record;
    if (!record)
        record = context->record = calloc(1, sizeof *record);
    if (!record)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a profile");
    recorded_clear(record);
    record->n_entries = 0;
    record->run = -1;
    if (!record->origin)
        status = mark(context, &record->origin);
    record->is_on = !status;
    return status;
}

/* CUDA tells times as milliseconds. */
static cudaError_t time_read(cudaEvent_t from, cudaEvent_t to, uint64_t *ns)
{
    float ms = 0;
    cudaError_t error = cudaEventElapsedTime(&ms, from, to);
    *ns = ms > 0 ? (uint64_t)((double)ms * 1e6 + 0.5) : 0;
    return error;
}

static rn_status entry_read(const cudnn_record *record, const recorded *r, rn_profile_entry *entry)
{
    uint64_t took = 0;
    *entry = (rn_profile_entry){ .size = sizeof *entry, .run = r->run };
    memcpy(entry->kernel, r->kernel, sizeof entry->kernel);
    cudaError_t error = time_read(record->origin, r->began, &entry->start_ns);
    if (!error)
        error = time_read(r->began, r->ended, &took);
    entry->end_ns = entry->start_ns + took;
    return cudnn_cuda_check(error, "tell how long a kernel took");
}

static rn_status entries_read(cudnn_record *record)
{
    rn_status status = RN_OK;
    free(record->entries);
    record->n_entries = 0;
    record->entries = calloc((size_t)record->n + 1, sizeof *record->entries);
    if (!record->entries)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a profile");
    for (int64_t i = 0; i < record->n && !status; i++) {
        if (!record->list[i].ended)
            continue;
        status = entry_read(record, &record->list[i], &record->entries[record->n_entries]);
        record->n_entries += !status;
    }
    return status;
}

static rn_status stop(rn_context *context, int64_t *n_entries)
{
    cudnn_record *record = context->record;
    *n_entries = 0;
    if (!cudnn_record_is_on(context))
        return gpu_host->fail(RN_E_PLUGIN, "a profile was stopped that was not started");
    record->is_on = false;
    rn_status status = cudnn_synchronize(context);
    if (!status)
        status = entries_read(record);
    recorded_clear(record);
    if (!status)
        *n_entries = record->n_entries;
    return status;
}

static rn_status entry(rn_context *context, int64_t index, rn_profile_entry *filled)
{
    const cudnn_record *record = context->record;
    if (!record || index < 0 || index >= record->n_entries)
        return gpu_host->fail(RN_E_PLUGIN, "the profile has no launch %lld", (long long)index);
    hand_over(filled, &record->entries[index]);
    return RN_OK;
}

const struct rn_profile cudnn_profile = {
    .size = sizeof cudnn_profile, .start = start, .stop = stop, .entry = entry
};

void cudnn_record_free(rn_context *context)
{
    cudnn_record *record = context->record;
    if (!record)
        return;
    recorded_clear(record);
    if (record->origin)
        cudaEventDestroy(record->origin);
    free(record->entries);
    free(record->list);
    free(record);
    context->record = NULL;
}
