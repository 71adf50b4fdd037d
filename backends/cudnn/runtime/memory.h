/* memory.h: what copies to and from a GPU share. */
#ifndef BACKENDS_CUDNN_RUNTIME_MEMORY_H
#define BACKENDS_CUDNN_RUNTIME_MEMORY_H

#include "cudnn/cudnn.h"

/* The range has to lie within the operand's buffer. */
rn_status cudnn_range_check(rn_operand operand, uint64_t size_bytes);

/* Waits for what was enqueued before the event was recorded; NULL: for all that is on
 * context->stream. Late errors show here, and ranks that are lost. */
rn_status cudnn_wait(rn_context *context, cudaEvent_t event);

#endif
