/* memory.h: what holds for buffers on every device. */
#ifndef BACKENDS_GPU_MEMORY_H
#define BACKENDS_GPU_MEMORY_H

#include <resnet/plugin.h>

/* Refuses bytes of an operand that do not lie within its buffer of `buffer_bytes`. */
rn_status gpu_range_check(rn_operand operand, uint64_t buffer_bytes, uint64_t size_bytes);

#endif
