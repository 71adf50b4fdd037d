/* guarded.c: memory that ends at a page that nobody may touch. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "validate/guarded.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *rn_guarded(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page * page;
    char *memory =
        mmap(NULL, pages + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + pages, page, PROT_NONE))
        return NULL;
    return memory + pages - size;
}

void *rn_guarded_copy(const void *from, size_t size)
{
    void *copy = rn_guarded(size);
    return copy ? memcpy(copy, from, size) : NULL;
}
