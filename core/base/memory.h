/* memory.h: how much more memory the process can get, and giving some back. */
#ifndef RN_CORE_BASE_MEMORY_H
#define RN_CORE_BASE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* True if this many bytes can be mapped now; they are not kept. False under a limit of the process
 * (ulimit -v, -d) or on a system without overcommitment. */
bool rn_memory_available(uint64_t bytes);

/* Bytes that the process can get now without swapping: the least of what the system has available,
 * of what its control groups leave (cgroups version 2), and of what it can map. `root` stands
 * before /proc and /sys, for tests; "" otherwise. */
uint64_t rn_memory_free(const char *root);

/* Gives the pages that lie within a part of private memory back to the system; what the part holds
 * is then undefined, and it can be used again. */
void rn_memory_give_back(void *part, uint64_t bytes);

#endif
