/* memory.c: GPU memory, which the host cannot touch, and pinned host memory. Each allocation has
 * its own mapping between two inaccessible guard pages, and ends where the second one begins. */
#define _GNU_SOURCE /* memfd_create */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

#define PAGE ((size_t)4096)
#define ALIGNMENT ((size_t)256)
/* Fresh memory is full of NaNs: a file of this size is mapped as often as needed, and a page is
 * copied only when written. Filling the memory instead took three quarters of the time of an
 * operator test. */
#define PATTERN_BYTES ((size_t)4 << 20)
/* Freed memory stays inaccessible until this many later allocations were freed. */
#define FREED_MAX 1024

typedef struct allocation {
    cudasim_space space;
    int device;
    bool is_live;
    unsigned char *p, *mapped; /* mapped: including the guard pages */
    size_t bytes, mapped_bytes;
    struct allocation *next;
} allocation;

static struct {
    allocation *first; /* newest first */
    int n_freed;
    bool is_open;
} memory;

static allocation *find(const void *p)
{
    const unsigned char *at = p;
    for (allocation *a = memory.first; a; a = a->next)
        if (at >= a->p && at < a->p + (a->bytes ? a->bytes : 1))
            return a;
    return NULL;
}

static size_t rounded(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static void protect(const allocation *a, bool open)
{
    mprotect(a->mapped + PAGE, a->mapped_bytes - 2 * PAGE,
             open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

static int pattern_file(void)
{
    static int complete = -1;
    unsigned char page[PAGE];
    if (complete >= 0)
        return complete;
    int file = memfd_create("cudasim", MFD_CLOEXEC);
    memset(page, 0xFF, PAGE);
    for (size_t at = 0; at < PATTERN_BYTES; at += PAGE)
        if (write(file, page, PAGE) != (ssize_t)PAGE)
            return -1;
    return complete = file;
}

static bool fill(const allocation *a)
{
    unsigned char *end = a->mapped + a->mapped_bytes - PAGE;
    size_t bytes;
    for (unsigned char *at = a->mapped + PAGE; at < end; at += bytes) {
        bytes = (size_t)(end - at) < PATTERN_BYTES ? (size_t)(end - at) : PATTERN_BYTES;
        if (mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
                 pattern_file(), 0) == MAP_FAILED)
            return false;
    }
    return true;
}

void *cudasim_memory_new(cudasim_space space, size_t bytes)
{
    cudasim_gpu *gpu = cudasim_gpu_at(cudasim_device());
    if (bytes > SIZE_MAX / 4)
        return NULL;
    size_t used = rounded(bytes, ALIGNMENT);
    if (space == CUDASIM_ON_DEVICE && used > gpu->memory_bytes - gpu->used_bytes)
        return NULL;
    allocation *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->mapped_bytes = rounded(used, PAGE) + 2 * PAGE;
    a->mapped =
        mmap(NULL, a->mapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (a->mapped == MAP_FAILED || !fill(a)) {
        if (a->mapped != MAP_FAILED)
            munmap(a->mapped, a->mapped_bytes);
        free(a);
        return NULL;
    }
    a->space = space;
    a->device = space == CUDASIM_ON_DEVICE ? cudasim_device() : -1;
    a->is_live = true;
    a->bytes = bytes;
    a->p = a->mapped + a->mapped_bytes - PAGE - used;
    if (space == CUDASIM_ON_DEVICE) {
        protect(a, memory.is_open);
        gpu->used_bytes += used;
    }
    a->next = memory.first;
    memory.first = a;
    return a->p;
}

/* True if the padding between the allocation and its guard pages is unchanged. */
static bool is_intact(const allocation *a)
{
    const unsigned char *at = a->mapped + PAGE, *end = a->mapped + a->mapped_bytes - PAGE;
    for (; at < end; at++) {
        if (at == a->p)
            at += a->bytes;
        if (at < end && *at != 0xFF)
            return false;
    }
    return true;
}

/* Returns the oldest freed allocation to the system. */
static void unmap_oldest(void)
{
    allocation **oldest = NULL;
    for (allocation **link = &memory.first; *link; link = &(*link)->next)
        if (!(*link)->is_live)
            oldest = link;
    allocation *a = *oldest;
    *oldest = a->next;
    munmap(a->mapped, a->mapped_bytes);
    free(a);
    memory.n_freed--;
}

static const char *name_of(cudasim_space space)
{
    return space == CUDASIM_ON_DEVICE ? "device memory" : "pinned memory";
}

bool cudasim_memory_free(const char *function, cudasim_space space, void *p)
{
    allocation *a = find(p);
    if (!a || a->p != p || a->space != space) {
        cudasim_blame(function, "the freed address is not the start of %s", name_of(space));
        return false;
    }
    if (!a->is_live) {
        cudasim_blame(function, "%s is freed twice", name_of(space));
        return false;
    }
    protect(a, true);
    if (!is_intact(a))
        cudasim_blame(function, "%s was overrun", name_of(space));
    if (space == CUDASIM_ON_DEVICE)
        cudasim_gpu_at(a->device)->used_bytes -= rounded(a->bytes, ALIGNMENT);
    a->is_live = false;
    mmap(a->mapped, a->mapped_bytes, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (++memory.n_freed > FREED_MAX)
        unmap_oldest();
    return true;
}

int cudasim_memory_device(const void *p)
{
    const allocation *a = find(p);
    return a && a->is_live && a->space == CUDASIM_ON_DEVICE ? a->device : -1;
}

const unsigned char *cudasim_memory_begin(const void *p, size_t *bytes)
{
    const allocation *a = find(p);
    if (!a || !a->is_live || a->space != CUDASIM_ON_DEVICE)
        return NULL;
    *bytes = a->bytes;
    return a->p;
}

bool cudasim_is_pinned(const void *p)
{
    const allocation *a = find(p);
    return a && a->is_live && a->space == CUDASIM_PINNED;
}

bool cudasim_memory_is_near(const void *p)
{
    const unsigned char *at = p;
    for (const allocation *a = memory.first; a; a = a->next)
        if (at >= a->mapped && at < a->mapped + a->mapped_bytes)
            return true;
    return false;
}

static bool range_is(const char *function, cudasim_space space, const void *p, size_t bytes)
{
    const allocation *a = find(p);
    const char *what = name_of(space);
    if (!a || a->space != space)
        cudasim_blame(function, "the address is not in %s", what);
    else if (!a->is_live)
        cudasim_blame(function, "%s is used after it was freed", what);
    else if (bytes > a->bytes - (size_t)((const unsigned char *)p - a->p))
        cudasim_blame(function, "%zu bytes at %zu of %s of %zu", bytes,
                      (size_t)((const unsigned char *)p - a->p), what, a->bytes);
    else
        return true;
    return false;
}

bool cudasim_pinned_range_is(const char *function, const void *p, size_t bytes)
{
    return range_is(function, CUDASIM_PINNED, p, bytes);
}

bool cudasim_range_is(const char *function, int device, const void *p, size_t bytes,
                      size_t alignment)
{
    bool is = false;
    cudasim_lock();
    if (!p) {
        cudasim_blame(function, "NULL was passed as device memory");
    } else if (range_is(function, CUDASIM_ON_DEVICE, p, bytes)) {
        is = true;
        if (alignment > 1 && (uintptr_t)p % alignment) {
            cudasim_blame(function, "the address is not a multiple of %zu", alignment);
            is = false;
        } else if (device >= 0 && find(p)->device != device) {
            cudasim_blame(function, "memory of device %d is used on device %d", find(p)->device,
                          device);
            is = false;
        }
    }
    cudasim_unlock();
    return is;
}

int cudasim_memory_visit(cudasim_visitor *visit, void *context)
{
    int n[2] = { 0 };
    for (const allocation *a = memory.first; a; a = a->next)
        if (a->is_live)
            n[a->space]++;
    for (int i = 0; i < 2; i++)
        if (n[i])
            visit(context, name_of((cudasim_space)i), n[i]);
    return n[0] + n[1];
}

void cudasim_memory_open(bool open)
{
    if (memory.is_open == open)
        return;
    memory.is_open = open;
    for (const allocation *a = memory.first; a; a = a->next)
        if (a->is_live && a->space == CUDASIM_ON_DEVICE)
            protect(a, open);
}
