/* memory.h: shared by copies to and from a GPU. */
#ifndef BACKENDS_CUDNN_RUNTIME_MEMORY_H
#define BACKENDS_CUDNN_RUNTIME_MEMORY_H

#include "cudnn/cudnn.h"

/* Fails unless size_bytes from the operand's offset lie within its buffer. */
rn_status cudnn_range_check(rn_operand operand, uint64_t size_bytes);

/* Waits for the event; NULL: for all work on context->stream. Reports asynchronous errors and lost
 * ranks. */
rn_status cudnn_wait(rn_context *context, cudaEvent_t event);

#endif
