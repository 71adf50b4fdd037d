/* profile.c: the extension that tells how long the device took for each launch: while it is on, a
 * second queue, which keeps times, takes the place of the first. */
#include <resnet/profile.h>
#include <stdlib.h>
#include <string.h>

#include "base/hand_over.h"
#include "opencl/opencl.h"

/* A launch. */
typedef struct recorded {
    cl_event event; /* NULL: it was not enqueued */
    int32_t run;
    char kernel[64];
} recorded;

struct opencl_record {
    cl_command_queue plain, timed;
    bool is_on;
    bool is_short; /* of memory: a launch is missing */
    int32_t run;
    recorded *list;
    int64_t n, capacity;
    rn_profile_entry *entries; /* of the last recording */
    int64_t n_entries;
};

static void recorded_clear(opencl_record *record)
{
    for (int64_t i = 0; i < record->n; i++)
        if (record->list[i].event)
            clReleaseEvent(record->list[i].event);
    record->n = 0;
}

cl_event *opencl_record_next(rn_context *context, const char *function)
{
    opencl_record *record = context->record;
    if (!record || !record->is_on)
        return NULL;
    if (record->n == record->capacity) {
        int64_t capacity = record->capacity ? 2 * record->capacity : 1024;
        recorded *grown = realloc(record->list, (size_t)capacity * sizeof *grown);
        if (!grown) {
            record->is_short = true;
            return NULL;
        }
        record->list = grown;
        record->capacity = capacity;
    }
    recorded *r = &record->list[record->n++];
    *r = (recorded){ .run = record->run };
    strncpy(r->kernel, function, sizeof r->kernel - 1);
    return &r->event;
}

void opencl_record_run(rn_context *context)
{
    if (context->record)
        context->record->run++;
}

static rn_status record_make(rn_context *context)
{
    cl_int error = CL_SUCCESS;
    if (context->record)
        return RN_OK;
    opencl_record *made = calloc(1, sizeof *made);
    if (!made)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a profile");
    made->plain = context->queue;
    made->timed =
        clCreateCommandQueue(context->cl, context->device, CL_QUEUE_PROFILING_ENABLE, &error);
    if (error) {
        free(made);
        return opencl_check(error, "make a queue that keeps times");
    }
    context->record = made;
    return RN_OK;
}

static rn_status start(rn_context *context)
{
    rn_status status = record_make(context);
    if (!status)
        status = opencl_synchronize(context);
    if (status)
        return status;
    opencl_record *record = context->record;
    recorded_clear(record);
    record->n_entries = 0;
    record->run = -1;
    record->is_on = true;
    record->is_short = false;
    context->queue = record->timed;
    return RN_OK;
}

static cl_int time_read(cl_event event, cl_profiling_info what, uint64_t *ns)
{
    cl_ulong value = 0;
    cl_int error = clGetEventProfilingInfo(event, what, sizeof value, &value, NULL);
    *ns = value;
    return error;
}

static cl_int entry_read(const recorded *r, rn_profile_entry *entry)
{
    *entry = (rn_profile_entry){ .size = sizeof *entry, .run = r->run };
    memcpy(entry->kernel, r->kernel, sizeof entry->kernel);
    cl_int error = time_read(r->event, CL_PROFILING_COMMAND_START, &entry->start_ns);
    return error ? error : time_read(r->event, CL_PROFILING_COMMAND_END, &entry->end_ns);
}

static rn_status entries_read(opencl_record *record)
{
    rn_status status = RN_OK;
    free(record->entries);
    record->n_entries = 0;
    record->entries = calloc((size_t)record->n + 1, sizeof *record->entries);
    if (!record->entries)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a profile");
    for (int64_t i = 0; i < record->n && !status; i++) {
        if (!record->list[i].event)
            continue;
        status = opencl_check(entry_read(&record->list[i], &record->entries[record->n_entries]),
                              "tell how long a kernel took");
        record->n_entries += !status;
    }
    return status;
}

static rn_status stop(rn_context *context, int64_t *n_entries)
{
    opencl_record *record = context->record;
    *n_entries = 0;
    if (!record || !record->is_on)
        return gpu_host->fail(RN_E_PLUGIN, "a profile was stopped that was not started");
    rn_status status = opencl_synchronize(context);
    record->is_on = false;
    context->queue = record->plain;
    if (!status && record->is_short)
        status = gpu_host->fail(RN_E_NOMEM, "no memory for a profile");
    if (!status)
        status = entries_read(record);
    recorded_clear(record);
    if (!status)
        *n_entries = record->n_entries;
    return status;
}

static rn_status entry(rn_context *context, int64_t index, rn_profile_entry *filled)
{
    const opencl_record *record = context->record;
    if (!record || index < 0 || index >= record->n_entries)
        return gpu_host->fail(RN_E_PLUGIN, "the profile has no launch %lld", (long long)index);
    hand_over(filled, &record->entries[index]);
    return RN_OK;
}

const void *opencl_extension(rn_context *context, const char *id)
{
    static const rn_profile PROFILE = {
        .size = sizeof PROFILE, .start = start, .stop = stop, .entry = entry
    };
    (void)context;
    return strcmp(id, RN_PROFILE_ID) == 0 ? &PROFILE : NULL;
}

void opencl_record_free(rn_context *context)
{
    opencl_record *record = context->record;
    if (!record)
        return;
    recorded_clear(record);
    context->queue = record->plain;
    clReleaseCommandQueue(record->timed);
    free(record->entries);
    free(record->list);
    free(record);
    context->record = NULL;
}
