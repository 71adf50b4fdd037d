/* profile.c: the extension that times each launch on the GPU, with an event before and after it. */
#include <resnet/profile.h>
#include <stdlib.h>

#include "cudnn/runtime/memory.h"
#include "gpu/record.h"

struct cudnn_record {
    gpu_record launches; /* first member: times_read() gets a pointer to it */
    cudaEvent_t origin;  /* start_ns counts from here */
};

bool cudnn_record_is_on(const rn_context *context)
{
    return context->record && context->record->launches.is_on;
}

void gpu_record_run(rn_context *context)
{
    if (context->record)
        context->record->launches.run++;
}

/* ---- Around a launch ---- */

static rn_status mark(rn_context *context, void **event)
{
    cudaEvent_t made = NULL;
    cudaError_t error = cudaEventCreate(&made);
    if (!error) {
        *event = made;
        error = cudaEventRecord(made, context->stream);
    }
    return cudnn_cuda_check(error, "time a kernel");
}

rn_status cudnn_record_begin(rn_context *context, const char *function)
{
    if (!cudnn_record_is_on(context))
        return RN_OK;
    gpu_timed *launch = gpu_record_add(&context->record->launches, function);
    if (!launch)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a profile");
    return mark(context, &launch->began);
}

rn_status cudnn_record_end(rn_context *context)
{
    if (!cudnn_record_is_on(context))
        return RN_OK;
    gpu_record *launches = &context->record->launches;
    return mark(context, &launches->list[launches->n - 1].ended);
}

/* ---- The extension ---- */

static void event_free(void *event)
{
    cudaEventDestroy(event);
}

/* CUDA reports times in milliseconds. */
static cudaError_t time_read(cudaEvent_t from, cudaEvent_t to, uint64_t *ns)
{
    float ms = 0;
    cudaError_t error = cudaEventElapsedTime(&ms, from, to);
    *ns = ms > 0 ? (uint64_t)((double)ms * 1e6 + 0.5) : 0;
    return error;
}

static rn_status times_read(const gpu_record *record, const gpu_timed *launch,
                            rn_profile_entry *entry)
{
    uint64_t took = 0;
    cudaError_t error =
        time_read(((const cudnn_record *)record)->origin, launch->began, &entry->start_ns);
    if (!error)
        error = time_read(launch->began, launch->ended, &took);
    entry->end_ns = entry->start_ns + took;
    return cudnn_cuda_check(error, "tell how long a kernel took");
}

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
    record->launches.event_free = event_free;
    record->launches.times_read = times_read;
    gpu_record_start(&record->launches);
    if (!record->origin) {
        void *origin = NULL;
        status = mark(context, &origin);
        record->origin = origin;
    }
    record->launches.is_on = !status;
    return status;
}

static rn_status stop(rn_context *context, int64_t *n_entries)
{
    *n_entries = 0;
    if (!cudnn_record_is_on(context))
        return gpu_record_not_started();
    rn_status status = cudnn_synchronize(context);
    return gpu_record_stop(&context->record->launches, status, n_entries);
}

static rn_status entry(rn_context *context, int64_t index, rn_profile_entry *filled)
{
    return gpu_record_entry(context->record ? &context->record->launches : NULL, index, filled);
}

const struct rn_profile cudnn_profile = {
    .size = sizeof cudnn_profile, .start = start, .stop = stop, .entry = entry
};

void cudnn_record_free(rn_context *context)
{
    cudnn_record *record = context->record;
    if (!record)
        return;
    gpu_record_clear(&record->launches);
    if (record->origin)
        cudaEventDestroy(record->origin);
    free(record);
    context->record = NULL;
}
