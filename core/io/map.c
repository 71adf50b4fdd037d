/* map.c: mapping files. */
#define _DEFAULT_SOURCE /* madvise */
#include "io/map.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"

rn_status rn_map_open(const char *path, rn_map *map)
{
    int fd;
    uint64_t size = 0;
    rn_status status = rn_file_open(path, &fd, &size);
    if (status)
        return status;
    if (size == 0) {
        close(fd);
        return rn_fail(RN_E_DATA, "%s: it is empty", path);
    }
    status = rn_map_open_fd(fd, size, path, map);
    close(fd);
    return status;
}

rn_status rn_map_open_fd(int fd, uint64_t size, const char *name, rn_map *map)
{
    void *data = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return rn_fail(RN_E_IO, "%s: cannot map it into memory: %s", name, strerror(errno));
    *map = (rn_map){ .data = data, .size = size };
    return RN_OK;
}

void rn_map_forget(const void *part, uint64_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)part & ~(page - 1);
    madvise((void *)start, (size_t)((uintptr_t)part + size - start), MADV_DONTNEED);
}

void rn_map_close(rn_map *map)
{
    if (map->data)
        munmap((void *)(uintptr_t)map->data, (size_t)map->size);
    *map = (rn_map){ 0 };
}
