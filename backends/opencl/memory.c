/* memory.c: buffers of the device, and copies between them and the host.
 *
 * An upload copies the data into pinned memory and enqueues the rest, so that it never waits for
 * what the device still has to do. A download waits; it is the one wait of a step. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "opencl/opencl.h"

/* A step uploads the images, the labels and two numbers; two steps may be under way. Before the
 * first kernel there is nothing to wait for, and the parts that are uploaded then, parameters, go
 * through one slot in pieces. */
enum { MAX_SLOTS = 8, PIECE_BYTES = 4 << 20, LAST_BYTES = 64 };

struct rn_buffer {
    cl_mem memory;
    uint64_t size_bytes;
};

/* Pinned memory of the host. */
typedef struct slot {
    cl_mem memory;
    void *mapped;
    uint64_t size_bytes;
    cl_event copied; /* NULL: nothing is under way from here */
} slot;

struct opencl_staging {
    slot slots[MAX_SLOTS];
    int32_t n;
};

/* ---- Buffers ---- */

cl_mem opencl_memory(rn_operand operand)
{
    return operand.buffer ? operand.buffer->memory : NULL;
}

/* Drivers give memory at the first use. This is one, so that a step is not where it runs out. */
static cl_int memory_touch(rn_context *context, const rn_buffer *buffer)
{
    const cl_uchar zero = 0;
    uint64_t bytes = buffer->size_bytes < LAST_BYTES ? buffer->size_bytes : LAST_BYTES;
    cl_int error = clEnqueueFillBuffer(context->queue, buffer->memory, &zero, 1,
                                       buffer->size_bytes - bytes, bytes, 0, NULL, NULL);
    cl_int late = clFinish(context->queue);
    return error ? error : late;
}

static rn_status no_buffer(const rn_context *context, uint64_t size_bytes, cl_int error)
{
    uint64_t limit = context->limits.allocation_bytes;
    if (limit && size_bytes > limit)
        return opencl_host->fail(RN_E_NOMEM, "a buffer of %" PRIu64 " bytes is needed, and the "
                                 "device gives %" PRIu64 " at most (%s); ask for a smaller batch",
                                 size_bytes, limit, opencl_error_name(error));
    return opencl_host->fail(RN_E_NOMEM, "the device has no memory for a buffer of %" PRIu64
                             " bytes (%s); ask for a smaller batch", size_bytes,
                             opencl_error_name(error));
}

rn_status opencl_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer)
{
    cl_int error = CL_SUCCESS;
    *buffer = NULL;
    rn_buffer *made = calloc(1, sizeof *made);
    if (!made)
        return opencl_host->fail(RN_E_NOMEM, "no memory for a buffer");
    made->size_bytes = size_bytes ? size_bytes : LAST_BYTES;
    made->memory = clCreateBuffer(context->cl, CL_MEM_READ_WRITE, made->size_bytes, NULL, &error);
    if (!error)
        error = memory_touch(context, made);
    if (error) {
        opencl_buffer_destroy(context, made);
        return no_buffer(context, size_bytes, error);
    }
    *buffer = made;
    return RN_OK;
}

void opencl_buffer_destroy(rn_context *context, rn_buffer *buffer)
{
    (void)context;
    if (!buffer)
        return;
    if (buffer->memory)
        clReleaseMemObject(buffer->memory);
    free(buffer);
}

static rn_status range_check(rn_operand operand, uint64_t size_bytes)
{
    uint64_t size = operand.buffer->size_bytes;
    if (operand.offset_bytes <= size && size_bytes <= size - operand.offset_bytes)
        return RN_OK;
    return opencl_host->fail(RN_E_PLUGIN, "%" PRIu64 " bytes from byte %" PRIu64 " on do not lie "
                             "within a buffer of %" PRIu64, size_bytes, operand.offset_bytes, size);
}

/* ---- Staging ---- */

static void slot_free(rn_context *context, slot *s)
{
    if (s->copied)
        clReleaseEvent(s->copied);
    if (s->mapped)
        clEnqueueUnmapMemObject(context->queue, s->memory, s->mapped, 0, NULL, NULL);
    if (s->memory)
        clReleaseMemObject(s->memory);
    *s = (slot){ NULL };
}

static rn_status slot_make(rn_context *context, slot *s, uint64_t size_bytes)
{
    cl_int error = CL_SUCCESS;
    *s = (slot){ .size_bytes = size_bytes };
    s->memory = clCreateBuffer(context->cl, CL_MEM_READ_ONLY | CL_MEM_ALLOC_HOST_PTR, size_bytes,
                               NULL, &error);
    if (!error)
        s->mapped = clEnqueueMapBuffer(context->queue, s->memory, CL_TRUE,
                                       CL_MAP_WRITE_INVALIDATE_REGION, 0, size_bytes, 0, NULL,
                                       NULL, &error);
    if (error)
        slot_free(context, s);
    return opencl_check(error, "pin memory for copies to the device");
}

/* Nothing is under way from the slot any more. */
static bool slot_is_idle(slot *s)
{
    cl_int state = CL_COMPLETE;
    if (s->copied)
        clGetEventInfo(s->copied, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    if (state > CL_COMPLETE)
        return false;
    if (s->copied)
        clReleaseEvent(s->copied);
    s->copied = NULL;
    return true;
}

/* The smallest idle slot that is large enough; else the largest idle one; NULL: none is idle. */
static slot *slot_idle(opencl_staging *staging, uint64_t size_bytes)
{
    slot *best = NULL;
    for (int32_t i = 0; i < staging->n; i++) {
        slot *s = &staging->slots[i];
        if (!slot_is_idle(s))
            continue;
        bool fits = s->size_bytes >= size_bytes, best_fits = best && best->size_bytes >= size_bytes;
        if (!best || (fits && (!best_fits || s->size_bytes < best->size_bytes)) ||
            (!fits && !best_fits && s->size_bytes > best->size_bytes))
            best = s;
    }
    return best;
}

/* An idle slot of that size: one that there is, a new one, or, where there are too many, one that
 * is made anew or waited for. After two steps there are as many as are ever needed. */
static rn_status slot_take(rn_context *context, uint64_t size_bytes, slot **taken)
{
    opencl_staging *staging = context->staging;
    slot *s = slot_idle(staging, size_bytes);
    if (!s && staging->n == MAX_SLOTS) {
        rn_status status = opencl_check(clFinish(context->queue), "finish what was enqueued");
        if (status)
            return status;
        s = slot_idle(staging, size_bytes);
    }
    if ((!s || s->size_bytes < size_bytes) && staging->n < MAX_SLOTS)
        s = &staging->slots[staging->n++];
    *taken = s;
    if (s->size_bytes >= size_bytes)
        return RN_OK;
    slot_free(context, s);
    return slot_make(context, s, size_bytes);
}

static rn_status piece_upload(rn_context *context, rn_operand to, const void *from,
                              uint64_t size_bytes)
{
    slot *s = NULL;
    rn_status status = slot_take(context, size_bytes, &s);
    if (status)
        return status;
    memcpy(s->mapped, from, size_bytes);
    return opencl_check(clEnqueueWriteBuffer(context->queue, to.buffer->memory, CL_FALSE,
                                             to.offset_bytes, size_bytes, s->mapped, 0, NULL,
                                             &s->copied), "copy to the device");
}

/* Before the first run. */
static rn_status setup_upload(rn_context *context, rn_operand to, const char *from,
                              uint64_t size_bytes)
{
    rn_status status = RN_OK;
    for (uint64_t done = 0; done < size_bytes && !status; done += PIECE_BYTES) {
        uint64_t left = size_bytes - done;
        rn_operand at = { to.buffer, to.offset_bytes + done };
        status = piece_upload(context, at, from + done, left < PIECE_BYTES ? left : PIECE_BYTES);
        if (!status)
            status = opencl_synchronize(context);
    }
    return status;
}

rn_status opencl_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    rn_status status = range_check(to, size_bytes);
    if (status || size_bytes == 0)
        return status;
    if (!context->staging)
        context->staging = calloc(1, sizeof *context->staging);
    if (!context->staging)
        return opencl_host->fail(RN_E_NOMEM, "no memory for copies to the device");
    if (!context->has_run)
        return setup_upload(context, to, from, size_bytes);
    status = piece_upload(context, to, from, size_bytes);
    return status ? status : opencl_check(clFlush(context->queue), "begin what was enqueued");
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

/* ---- Waits ---- */

rn_status opencl_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    rn_status status = range_check(from, size_bytes);
    if (status || size_bytes == 0)
        return status;
    return opencl_check(clEnqueueReadBuffer(context->queue, from.buffer->memory, CL_TRUE,
                                            from.offset_bytes, size_bytes, to, 0, NULL, NULL),
                        "copy from the device");
}

/* A command that failed late shows in the state of a later one. */
rn_status opencl_synchronize(rn_context *context)
{
    cl_event marker = NULL;
    cl_int state = CL_COMPLETE;
    cl_int error = clEnqueueMarkerWithWaitList(context->queue, 0, NULL, &marker);
    cl_int late = clFinish(context->queue);
    if (!error)
        error = late;
    if (!error)
        error = clGetEventInfo(marker, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state,
                               NULL);
    if (marker)
        clReleaseEvent(marker);
    return opencl_check(error ? error : state < 0 ? state : CL_SUCCESS,
                        "finish what was enqueued");
}
