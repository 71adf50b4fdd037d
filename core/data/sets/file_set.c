/* file_set.c: reads files. */
#include "data/sets/file_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"

/* Makes room in the sample's own memory. */
static rn_status make_room(rn_sample *sample, size_t size)
{
    if (size > sample->owned_capacity) {
        free(sample->owned);
        sample->owned = malloc(size);
        sample->owned_capacity = sample->owned ? size : 0;
        if (!sample->owned)
            return rn_fail(RN_E_NOMEM, "not enough memory for a file of %zu bytes", size);
    }
    sample->file = sample->owned;
    sample->file_size = size;
    return RN_OK;
}

/* Reads up to file_size bytes; less if the file has become shorter. */
static rn_status read_all(int fd, const char *path, rn_sample *sample)
{
    size_t have = 0;
    while (have < sample->file_size) {
        ssize_t n = read(fd, sample->owned + have, sample->file_size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rn_fail(RN_E_DATA, "%s: cannot read it: %s", path, strerror(errno));
        if (n == 0)
            break;
        have += (size_t)n;
    }
    sample->file_size = have;
    return RN_OK;
}

rn_status rn_file_set_read(const rn_dataset *dataset, int64_t index, rn_sample *sample)
{
    const rn_file_set *set = dataset->state;
    char path[RN_PATH_SIZE];
    uint64_t size = 0;
    int fd;
    dataset->kind->describe(dataset, index, path, sizeof path);
    sample->label = set->index.labels[index];
    if (rn_file_open(path, &fd, &size))
        return rn_fail(RN_E_DATA, "%s", rn_fail_text());
    rn_status status = size ? make_room(sample, (size_t)size)
                            : rn_fail(RN_E_DATA, "%s: it is empty, expected a picture", path);
    if (!status)
        status = read_all(fd, path, sample);
    close(fd);
    return status;
}

int32_t rn_file_set_label(const rn_dataset *dataset, int64_t index)
{
    return ((const rn_file_set *)dataset->state)->index.labels[index];
}

void rn_file_set_read_ahead(const rn_dataset *dataset, int64_t index)
{
    char path[RN_PATH_SIZE];
    dataset->kind->describe(dataset, index, path, sizeof path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
    close(fd);
}

void rn_file_set_close(rn_dataset *dataset)
{
    rn_file_set *set = dataset->state;
    if (!set)
        return;
    rn_index_clear(&set->index);
    free(set->root);
    free(set);
}
