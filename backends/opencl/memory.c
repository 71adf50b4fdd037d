/* memory.c: buffers of the device, and copies between them and the host. */
#include <inttypes.h>
#include <stdlib.h>

#include "opencl/opencl.h"

struct rn_buffer {
    cl_mem memory;
    uint64_t size_bytes;
};

cl_mem opencl_memory(rn_operand operand)
{
    return operand.buffer ? operand.buffer->memory : NULL;
}

rn_status opencl_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer)
{
    cl_int error = CL_SUCCESS;
    *buffer = NULL;
    rn_buffer *made = calloc(1, sizeof *made);
    if (!made)
        return opencl_host->fail(RN_E_NOMEM, "no memory for a buffer");
    made->size_bytes = size_bytes ? size_bytes : 64;
    made->memory = clCreateBuffer(context->cl, CL_MEM_READ_WRITE, made->size_bytes, NULL, &error);
    if (error) {
        free(made);
        return opencl_host->fail(RN_E_NOMEM, "the device has no memory for a buffer of %" PRIu64
                                 " bytes (OpenCL's error %d); ask for a smaller batch", size_bytes,
                                 (int)error);
    }
    *buffer = made;
    return RN_OK;
}

void opencl_buffer_destroy(rn_context *context, rn_buffer *buffer)
{
    (void)context;
    if (!buffer)
        return;
    clReleaseMemObject(buffer->memory);
    free(buffer);
}

rn_status opencl_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes)
{
    return opencl_check(clEnqueueWriteBuffer(context->queue, to.buffer->memory, CL_TRUE,
                                             to.offset_bytes, size_bytes, from, 0, NULL, NULL),
                        "copy to the device");
}

rn_status opencl_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes)
{
    return opencl_check(clEnqueueReadBuffer(context->queue, from.buffer->memory, CL_TRUE,
                                            from.offset_bytes, size_bytes, to, 0, NULL, NULL),
                        "copy from the device");
}

rn_status opencl_synchronize(rn_context *context)
{
    return opencl_check(clFinish(context->queue), "finish what was enqueued");
}

void opencl_staging_free(rn_context *context)
{
    (void)context;
}
