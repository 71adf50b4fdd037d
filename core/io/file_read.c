/* file_read.c: safe reading of files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"

static rn_status cannot_read(const char *path, int error)
{
    return rn_fail(RN_E_IO, "%s: cannot read it: %s", path, strerror(error));
}

rn_status rn_file_open(const char *path, int *fd, uint64_t *size_bytes)
{
    struct stat info;
    /* O_NONBLOCK: opening a pipe that nobody writes to must not hang. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return cannot_read(path, errno);
    if (fstat(*fd, &info)) {
        int error = errno;
        close(*fd);
        *fd = -1;
        return cannot_read(path, error);
    }
    if (!S_ISREG(info.st_mode)) {
        close(*fd);
        *fd = -1;
        return rn_fail(RN_E_IO, "%s: cannot read it: it is %s, not a file", path,
                       S_ISDIR(info.st_mode) ? "a folder" : "a device or pipe");
    }
    if (size_bytes)
        *size_bytes = (uint64_t)info.st_size;
    return RN_OK;
}

/* Reads `*size_bytes`, or up to the end if the file has shrunk; sets it to what was read. */
static rn_status read_all(const char *path, int fd, uint8_t *data, uint64_t *size_bytes)
{
    uint64_t read_bytes = 0;
    while (read_bytes < *size_bytes) {
        ssize_t got = read(fd, data + read_bytes, (size_t)(*size_bytes - read_bytes));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cannot_read(path, errno);
        if (got == 0)
            break;
        read_bytes += (uint64_t)got;
    }
    *size_bytes = read_bytes;
    return RN_OK;
}

rn_status rn_file_read(const char *path, uint8_t **data, uint64_t *size_bytes)
{
    int fd = -1;
    uint64_t size = 0;
    *data = NULL;
    *size_bytes = 0;
    rn_status status = rn_file_open(path, &fd, &size);
    if (status)
        return status;
    uint8_t *bytes = size < SIZE_MAX ? malloc((size_t)size + 1) : NULL;
    if (!bytes) {
        close(fd);
        return rn_fail(RN_E_NOMEM, "%s: not enough memory to read its %llu bytes", path,
                       (unsigned long long)size);
    }
    status = read_all(path, fd, bytes, &size);
    close(fd);
    if (status) {
        free(bytes);
        return status;
    }
    bytes[size] = 0;
    *data = bytes;
    *size_bytes = size;
    return RN_OK;
}
