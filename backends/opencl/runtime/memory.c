/* memory.c: buffers of the device, and what waits for it. A download waits; it is the one wait of a
 * step. */
#include "opencl/runtime/memory.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/room.h"

enum { LAST_BYTES = 64 };

/* Drivers of processors share the process's memory with it. PoCL 3.1 checks neither its own
 * allocations nor LLVM's, which compiles kernels at their first run. */
#define COMPILER_MB 256

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
        return gpu_host->fail(RN_E_NOMEM,
                              "a buffer of %" PRIu64 " bytes is needed, and the "
                              "device gives %" PRIu64 " at most (%s); ask for a smaller batch",
                              size_bytes, limit, opencl_error_name(error));
    return gpu_host->fail(RN_E_NOMEM,
                          "the device has no memory for a buffer of %" PRIu64
                          " bytes (%s); ask for a smaller batch",
                          size_bytes, opencl_error_name(error));
}

rn_status opencl_room(const rn_context *context, uint64_t size_bytes)
{
    return context->limits.is_cpu
               ? room_check(gpu_host, (size_bytes >> 20) + COMPILER_MB, "OpenCL's driver")
               : RN_OK;
}

rn_status opencl_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer)
{
    cl_int error = CL_SUCCESS;
    *buffer = NULL;
    rn_status status = opencl_room(context, size_bytes);
    if (status)
        return status;
    rn_buffer *made = calloc(1, sizeof *made);
    if (!made)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a buffer");
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

rn_status opencl_range_check(rn_operand operand, uint64_t size_bytes)
{
    uint64_t size = operand.buffer->size_bytes;
    if (operand.offset_bytes <= size && size_bytes <= size - operand.offset_bytes)
        return RN_OK;
    return gpu_host->fail(RN_E_PLUGIN,
                          "%" PRIu64 " bytes from byte %" PRIu64 " on do not lie "
                          "within a buffer of %" PRIu64,
                          size_bytes, operand.offset_bytes, size);
}

rn_status opencl_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    rn_status status = opencl_range_check(from, size_bytes);
    if (status || size_bytes == 0)
        return status;
    status = opencl_check(clEnqueueReadBuffer(context->queue, from.buffer->memory, CL_TRUE,
                                              from.offset_bytes, size_bytes, to, 0, NULL, NULL),
                          "copy from the device");
    if (!status)
        opencl_staging_release(context);
    return status;
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
        error =
            clGetEventInfo(marker, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    if (marker)
        clReleaseEvent(marker);
    opencl_staging_release(context);
    return opencl_check(error ? error : state < 0 ? state : CL_SUCCESS, "finish what was enqueued");
}
