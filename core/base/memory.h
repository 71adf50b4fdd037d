/* memory.h: whether the process can get more memory. */
#ifndef RN_CORE_BASE_MEMORY_H
#define RN_CORE_BASE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* True if this many bytes can be mapped now; they are not kept. False under a limit of the process
 * (ulimit -v, -d) or on a system without overcommitment. */
bool rn_memory_available(uint64_t bytes);

#endif
