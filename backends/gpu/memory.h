/* memory.h: checks of buffers, the same on every device. */
#ifndef BACKENDS_GPU_MEMORY_H
#define BACKENDS_GPU_MEMORY_H

#include <resnet/plugin.h>

/* Fails unless size_bytes from the operand's offset lie within its buffer of buffer_bytes. */
rn_status gpu_range_check(rn_operand operand, uint64_t buffer_bytes, uint64_t size_bytes);

#endif
