/* tree_read.c: the text of a cfg, from a file or from standard input. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "config/tree_parts.h"
#include "io/file.h"

#define MAX_FILE_BYTES (1u << 20)

static rn_status too_large(const char *name, uint64_t size_bytes)
{
    return rn_fail(RN_E_CONFIG,
                   "%s: found a file of %" PRIu64 " bytes, expected a cfg of at most %u", name,
                   size_bytes, MAX_FILE_BYTES);
}

static rn_status read_file(const char *path, uint8_t **data, uint64_t *size_bytes)
{
    int fd;
    rn_status status = rn_file_open(path, &fd, size_bytes);
    if (status)
        return status;
    close(fd);
    if (*size_bytes > MAX_FILE_BYTES)
        return too_large(path, *size_bytes);
    return rn_file_read(path, data, size_bytes);
}

static rn_status read_input(const char *name, uint8_t **data, uint64_t *size_bytes)
{
    *data = malloc(MAX_FILE_BYTES + 2);
    if (!*data)
        return rn_tree_no_memory();
    *size_bytes = fread(*data, 1, MAX_FILE_BYTES + 1, stdin);
    (*data)[*size_bytes] = 0;
    if (ferror(stdin))
        return rn_fail(RN_E_CONFIG, "%s: cannot read it: %s", name, strerror(errno));
    return *size_bytes > MAX_FILE_BYTES ? too_large(name, *size_bytes) : RN_OK;
}

rn_status rn_tree_read(const char *path, bool is_input, char **text)
{
    uint64_t size_bytes = 0;
    uint8_t *data = NULL;
    *text = NULL;
    rn_status status =
        is_input ? read_input(path, &data, &size_bytes) : read_file(path, &data, &size_bytes);
    if (status)
        goto fail;
    if (memchr(data, 0, (size_t)size_bytes)) {
        status = rn_fail(RN_E_CONFIG, "%s: found a binary file, expected the text of a cfg", path);
        goto fail;
    }
    *text = (char *)data;
    return RN_OK;
fail:
    free(data);
    /* A cfg that cannot be read is a mistake in the configuration, not in the data. */
    return status == RN_E_IO ? RN_E_CONFIG : status;
}
