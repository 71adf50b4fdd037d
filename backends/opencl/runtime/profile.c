/* profile.c: the extension that reports the device's time for each launch. While it is on, a
 * second queue, which records times, replaces the first. */
#include <resnet/profile.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/record.h"
#include "opencl/opencl.h"

struct opencl_record {
    gpu_record launches; /* `ended` of each is its event */
    cl_command_queue plain, timed;
};

static bool is_on(const rn_context *context)
{
    return context->record && context->record->launches.is_on;
}

cl_event *opencl_record_event(const rn_context *context, cl_event *event)
{
    *event = NULL;
    return is_on(context) ? event : NULL;
}

void opencl_record_add(rn_context *context, const char *function, cl_event event)
{
    if (!event)
        return;
    gpu_timed *launch = gpu_record_add(&context->record->launches, function);
    if (launch)
        launch->ended = event;
    else
        clReleaseEvent(event);
}

void gpu_record_run(rn_context *context)
{
    if (context->record)
        context->record->launches.run++;
}

/* ---- The extension ---- */

static void event_free(void *event)
{
    clReleaseEvent(event);
}

static cl_int time_read(cl_event event, cl_profiling_info what, uint64_t *ns)
{
    cl_ulong value = 0;
    cl_int error = clGetEventProfilingInfo(event, what, sizeof value, &value, NULL);
    *ns = value;
    return error;
}

static rn_status times_read(const gpu_record *record, const gpu_timed *launch,
                            rn_profile_entry *entry)
{
    (void)record;
    cl_int error = time_read(launch->ended, CL_PROFILING_COMMAND_START, &entry->start_ns);
    if (!error)
        error = time_read(launch->ended, CL_PROFILING_COMMAND_END, &entry->end_ns);
    return opencl_check(error, "tell how long a kernel took");
}

static rn_status record_make(rn_context *context)
{
    cl_int error = CL_SUCCESS;
    if (context->record)
        return RN_OK;
    opencl_record *made = calloc(1, sizeof *made);
    if (!made)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a profile");
    made->launches.event_free = event_free;
    made->launches.times_read = times_read;
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
    gpu_record_start(&context->record->launches);
    context->queue = context->record->timed;
    return RN_OK;
}

static rn_status stop(rn_context *context, int64_t *n_entries)
{
    *n_entries = 0;
    if (!is_on(context))
        return gpu_record_not_started();
    opencl_record *record = context->record;
    rn_status status = opencl_synchronize(context);
    context->queue = record->plain;
    return gpu_record_stop(&record->launches, status, n_entries);
}

static rn_status entry(rn_context *context, int64_t index, rn_profile_entry *filled)
{
    return gpu_record_entry(context->record ? &context->record->launches : NULL, index, filled);
}

const rn_profile opencl_profile = {
    .size = sizeof opencl_profile, .start = start, .stop = stop, .entry = entry
};

void opencl_record_free(rn_context *context)
{
    opencl_record *record = context->record;
    if (!record)
        return;
    gpu_record_clear(&record->launches);
    context->queue = record->plain;
    clReleaseCommandQueue(record->timed);
    free(record);
    context->record = NULL;
}
