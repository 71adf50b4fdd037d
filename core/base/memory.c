/* memory.c: maps memory and unmaps it again, untouched; reads what the kernel says is free; drops
 * pages. */
#define _DEFAULT_SOURCE /* madvise */
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATH_SIZE 4096

bool rn_memory_available(uint64_t bytes)
{
    void *address = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return address != MAP_FAILED && munmap(address, bytes) == 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The number after `name` at the beginning of a line of a file; `otherwise` if there is none. With
 * "" it is the first line's. */
static uint64_t read_number(const char *path, const char *name, uint64_t otherwise)
{
    char line[256];
    size_t length = strlen(name);
    uint64_t number = otherwise;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, length) == 0) {
            if (sscanf(line + length, "%" SCNu64, &number) != 1)
                number = otherwise;
            break;
        }
    if (file)
        fclose(file);
    return number;
}

/* What one group leaves: its limit without what it holds, of which files can be dropped. */
static uint64_t group_free(const char *folder)
{
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/memory.max", folder);
    uint64_t most = read_number(path, "", UINT64_MAX);
    snprintf(path, sizeof path, "%s/memory.current", folder);
    uint64_t held = read_number(path, "", 0);
    snprintf(path, sizeof path, "%s/memory.stat", folder);
    uint64_t files = read_number(path, "file ", 0);
    held -= least(held, files);
    return most == UINT64_MAX ? most : most - least(most, held);
}

/* The least that the group of the process, and those that it is in, leave. */
static uint64_t groups_free(const char *root)
{
    char path[PATH_SIZE], group[PATH_SIZE / 2] = "/", line[PATH_SIZE / 2];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "0::", 3) == 0)
            snprintf(group, sizeof group, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    if (file)
        fclose(file);
    uint64_t free_bytes = UINT64_MAX;
    for (char *end = group + strlen(group); end >= group; end--) {
        if (*end && *end != '/')
            continue;
        *end = '\0';
        snprintf(path, sizeof path, "%s/sys/fs/cgroup%s", root, group);
        free_bytes = least(free_bytes, group_free(path));
    }
    return free_bytes;
}

/* Up to `wanted`, to within 1/1024 of what is found: it may be far less. */
static uint64_t mappable(uint64_t wanted)
{
    uint64_t low = 0, high = wanted;
    if (rn_memory_available(wanted))
        return wanted;
    while (high - low > low / 1024 + 1) {
        uint64_t middle = low + (high - low) / 2;
        if (rn_memory_available(middle))
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t rn_memory_free(const char *root)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    uint64_t kib = read_number(path, "MemAvailable:", UINT64_MAX / 1024);
    return mappable(least(kib * 1024, groups_free(root)));
}

void rn_memory_give_back(void *part, uint64_t bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)part + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)part + bytes) & ~(page - 1);
    if (first < end)
        madvise((void *)first, end - first, MADV_DONTNEED);
}
