/* staging.c: copies to and from the device, and what waits for it.
 *
 * The data of an upload is copied into pinned memory of the host and the rest is enqueued, so that
 * an upload never waits for what the device still has to do. A download waits; it is the one wait
 * of a step. */
#include <stdlib.h>
#include <string.h>

#include "gpu/memory.h"
#include "opencl/runtime/memory.h"

/* A step uploads the images, the labels and some numbers. Before the first kernel no upload has to
 * wait for the device, so the parameters, which are uploaded then, go through one
 * slot in pieces. */
enum { MAX_SLOTS = 8, SLOT_BYTES = 4096, PIECE_BYTES = 4 << 20 };

/* Pinned memory of the host. */
typedef struct slot {
    cl_mem memory;
    void *mapped;
    uint64_t size_bytes;
    bool is_taken; /* since the last wait: its copy may be pending */
} slot;

struct opencl_staging {
    slot slots[MAX_SLOTS];
    int32_t n;
};

static void slot_free(rn_context *context, slot *s)
{
    if (s->mapped)
        clEnqueueUnmapMemObject(context->queue, s->memory, s->mapped, 0, NULL, NULL);
    if (s->memory)
        clReleaseMemObject(s->memory);
    *s = (slot){ 0 };
}

static rn_status slot_make(rn_context *context, slot *s, uint64_t size_bytes)
{
    cl_int error = CL_SUCCESS;
    *s = (slot){ .size_bytes = size_bytes };
    s->memory = clCreateBuffer(context->cl, CL_MEM_READ_ONLY | CL_MEM_ALLOC_HOST_PTR, size_bytes,
                               NULL, &error);
    if (!error)
        s->mapped =
            clEnqueueMapBuffer(context->queue, s->memory, CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION,
                               0, size_bytes, 0, NULL, NULL, &error);
    if (error)
        slot_free(context, s);
    return opencl_check(error, "pin memory for copies to the device");
}

/* The device has finished everything enqueued, so the slots may be overwritten. */
static void slots_release(rn_context *context)
{
    for (int32_t i = 0; context->staging && i < context->staging->n; i++)
        context->staging->slots[i].is_taken = false;
}

/* A command that fails late shows in the state of a later one. */
rn_status opencl_synchronize(rn_context *context)
{
    cl_event marker = NULL;
    cl_int state = CL_COMPLETE;
    rn_status joined = gpu_joint_flush(context);
    cl_int error = clEnqueueMarkerWithWaitList(context->queue, 0, NULL, &marker);
    cl_int late = clFinish(context->queue);
    if (!error)
        error = late;
    if (!error)
        error =
            clGetEventInfo(marker, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    if (marker)
        clReleaseEvent(marker);
    slots_release(context);
    if (joined)
        return joined;
    return opencl_check(error ? error : state < 0 ? state : CL_SUCCESS, "finish what was enqueued");
}

/* The smallest free slot that is large enough, else the largest free one; NULL if none is free.
 * A slot stays taken even if its copy has finished, so that all steps are alike and only the first
 * needs new slots. */
static slot *slot_best(opencl_staging *staging, uint64_t size_bytes)
{
    slot *best = NULL;
    for (int32_t i = 0; i < staging->n; i++) {
        slot *s = &staging->slots[i];
        if (s->is_taken)
            continue;
        bool fits = s->size_bytes >= size_bytes, best_fits = best && best->size_bytes >= size_bytes;
        if (!best || (fits && (!best_fits || s->size_bytes < best->size_bytes)) ||
            (!fits && !best_fits && s->size_bytes > best->size_bytes))
            best = s;
    }
    return best;
}

static rn_status slot_take(rn_context *context, uint64_t size_bytes, slot **taken)
{
    opencl_staging *staging = context->staging;
    slot *s = slot_best(staging, size_bytes);
    rn_status status = RN_OK;
    if (!s && staging->n == MAX_SLOTS) {
        status = opencl_synchronize(context);
        s = slot_best(staging, size_bytes);
    } else if ((!s || s->size_bytes < size_bytes) && staging->n < MAX_SLOTS) {
        s = &staging->slots[staging->n++];
    }
    if (!status && s->size_bytes < size_bytes) {
        slot_free(context, s);
        status = slot_make(context, s, (size_bytes + SLOT_BYTES - 1) / SLOT_BYTES * SLOT_BYTES);
    }
    *taken = s;
    return status;
}

static rn_status slot_upload(rn_context *context, rn_operand to, const void *from,
                             uint64_t size_bytes)
{
    slot *s = NULL;
    rn_status status = slot_take(context, context->has_run ? size_bytes : PIECE_BYTES, &s);
    if (status)
        return status;
    memcpy(s->mapped, from, size_bytes);
    s->is_taken = true;
    return opencl_check(clEnqueueWriteBuffer(context->queue, to.buffer->memory, CL_FALSE,
                                             to.offset_bytes, size_bytes, s->mapped, 0, NULL, NULL),
                        "copy to the device");
}

/* Before the first run. */
static rn_status setup_upload(rn_context *context, rn_operand to, const char *from,
                              uint64_t size_bytes)
{
    rn_status status = RN_OK;
    for (uint64_t done = 0; done < size_bytes && !status; done += PIECE_BYTES) {
        uint64_t left = size_bytes - done;
        rn_operand at = { to.buffer, to.offset_bytes + done };
        status = slot_upload(context, at, from + done, left < PIECE_BYTES ? left : PIECE_BYTES);
        if (!status)
            status = opencl_synchronize(context);
    }
    return status;
}

rn_status opencl_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    rn_status status = gpu_range_check(to, to.buffer->size_bytes, size_bytes);
    if (status || size_bytes == 0)
        return status;
    if (!context->staging)
        context->staging = calloc(1, sizeof *context->staging);
    if (!context->staging)
        return gpu_host->fail(RN_E_NOMEM, "no memory for copies to the device");
    if (!context->has_run)
        return setup_upload(context, to, from, size_bytes);
    status = gpu_joint_flush(context);
    if (status)
        return status;
    status = slot_upload(context, to, from, size_bytes);
    return status ? status : opencl_check(clFlush(context->queue), "begin what was enqueued");
}

rn_status opencl_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    rn_status status = gpu_range_check(from, from.buffer->size_bytes, size_bytes);
    if (status || size_bytes == 0)
        return status;
    status = gpu_joint_flush(context);
    if (status)
        return status;
    status = opencl_check(clEnqueueReadBuffer(context->queue, from.buffer->memory, CL_TRUE,
                                              from.offset_bytes, size_bytes, to, 0, NULL, NULL),
                          "copy from the device");
    if (!status)
        slots_release(context);
    return status;
}

void opencl_staging_free(rn_context *context)
{
    opencl_staging *staging = context->staging;
    if (!staging)
        return;
    for (int32_t i = 0; i < staging->n; i++)
        slot_free(context, &staging->slots[i]);
    clFinish(context->queue);
    free(staging);
    context->staging = NULL;
}
