/* memory.c: buffers of the device. */
#include "opencl/runtime/memory.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/room.h"

enum { LAST_BYTES = 64 };

/* CPU drivers allocate from the memory of the process. PoCL 3.1 checks neither its allocations nor
 * those of LLVM, which compiles kernels at their first run. */
#define COMPILER_MB 256

cl_mem opencl_memory(rn_operand operand)
{
    return operand.buffer ? operand.buffer->memory : NULL;
}

/* Drivers allocate memory at its first use. Use it here, so that it cannot run out in a step. */
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
