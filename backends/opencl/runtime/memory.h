/* memory.h: what the files for buffers and copies share. */
#ifndef BACKENDS_OPENCL_RUNTIME_MEMORY_H
#define BACKENDS_OPENCL_RUNTIME_MEMORY_H

#include "opencl/opencl.h"

struct rn_buffer {
    cl_mem memory;
    uint64_t size_bytes;
};

/* RN_E_NOMEM if the device is a processor and the process lacks memory for a buffer of `bytes`
 * besides what the driver needs. */
rn_status opencl_room(const rn_context *context, uint64_t size_bytes);

#endif
