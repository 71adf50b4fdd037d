/* memory.c: maps memory and unmaps it again, untouched. */
#include "base/memory.h"

#include <sys/mman.h>

bool rn_memory_available(uint64_t bytes)
{
    void *address = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return address != MAP_FAILED && munmap(address, bytes) == 0;
}
