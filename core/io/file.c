/* file.c: atomic writing of files, and folders. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "io/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "io/temporary.h"

struct rn_file {
    char *path;
    char *temporary;
    bool is_named; /* `temporary` exists */
    FILE *stream;
};

static rn_status cannot(const char *action, const char *path, int error)
{
    return rn_fail(error == ENOMEM ? RN_E_NOMEM : RN_E_IO, "%s: cannot %s: %s", path, action,
                   strerror(error));
}

/* The folder of a file; NULL without memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Opens a file that has no name yet; -1 if that is not possible here. It gets its name by its link
 * in /proc. */
static int open_unnamed(const char *path)
{
    char *folder = folder_of(path);
    int fd = -1;
    if (folder && access("/proc/self/fd", X_OK) == 0)
        fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    free(folder);
    return fd;
}

/* Not mkostemp: it creates files with mode 0600, whatever the umask. */
static int open_named(const char *temporary)
{
    return open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* The new file takes the place of what has its name: for root, of a device, too. */
static bool is_special(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static rn_status create(const char *path, bool unnamed, rn_file **out)
{
    *out = NULL;
    if (is_special(path))
        return rn_fail(RN_E_IO, "%s: cannot write it: it is a device or pipe, expected a file",
                       path);
    rn_status status = RN_E_NOMEM;
    rn_file *file = calloc(1, sizeof *file);
    int fd = -1;
    if (!file)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory to write it", path);
    file->path = strdup(path);
    file->temporary = rn_temporary_name(path);
    if (!file->path || !file->temporary) {
        status = cannot("write it", path, ENOMEM);
        goto done;
    }
    fd = unnamed ? open_unnamed(path) : -1;
    file->is_named = fd < 0;
    if (fd < 0)
        fd = open_named(file->temporary);
    if (fd < 0) {
        status = cannot("write it", path, errno);
        goto done;
    }
    file->stream = fdopen(fd, "wb");
    if (!file->stream) {
        status = cannot("write it", path, errno);
        close(fd);
        if (file->is_named)
            unlink(file->temporary);
        goto done;
    }
    *out = file;
    return RN_OK;
done:
    free(file->temporary);
    free(file->path);
    free(file);
    return status;
}

rn_status rn_file_create(const char *path, rn_file **out)
{
    return create(path, false, out);
}

rn_status rn_file_create_unnamed(const char *path, rn_file **out)
{
    return create(path, true, out);
}

rn_status rn_file_check(const char *path)
{
    struct stat info;
    rn_file *file = NULL;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return cannot("write it", path, EISDIR);
    rn_status status = create(path, true, &file);
    rn_file_discard(file);
    return status;
}

rn_status rn_file_reread(rn_file *file, void *to, uint64_t size_bytes, uint64_t at)
{
    uint64_t done = 0;
    errno = 0;
    if (fflush(file->stream))
        return cannot("write it", file->path, errno ? errno : EIO);
    while (done < size_bytes) {
        ssize_t n = pread(fileno(file->stream), (char *)to + done, (size_t)(size_bytes - done),
                          (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cannot("read it", file->path, n ? errno : EIO);
        done += (uint64_t)n;
    }
    return RN_OK;
}

FILE *rn_file_stream(rn_file *file)
{
    return file->stream;
}

rn_status rn_file_write(rn_file *file, const void *data, uint64_t size_bytes)
{
    if (size_bytes == 0)
        return RN_OK;
    errno = 0;
    if (size_bytes <= SIZE_MAX && fwrite(data, (size_t)size_bytes, 1, file->stream) == 1)
        return RN_OK;
    return cannot("write it", file->path, errno ? errno : EIO);
}

/* Makes the rename of `path` durable: without this it may be lost when the machine stops. */
static rn_status sync_folder(const char *path)
{
    char *folder = folder_of(path);
    if (!folder)
        return cannot("write it", path, ENOMEM);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    /* Not an error: a folder may be writable but not readable, and some file systems cannot sync
     * one; the file is complete all the same. */
    if (fd < 0)
        return RN_OK;
    int error = fsync(fd) && errno != EINVAL ? errno : 0;
    close(fd);
    return error ? cannot("save its folder", path, error) : RN_OK;
}

/* Gives an unnamed file its temporary name. */
static rn_status name_temporary(rn_file *file)
{
    char link[64];
    if (file->is_named)
        return RN_OK;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fileno(file->stream));
    if (linkat(AT_FDCWD, link, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW))
        return cannot("write it", file->path, errno);
    file->is_named = true;
    return RN_OK;
}

rn_status rn_file_commit(rn_file *file)
{
    rn_status status = RN_OK;
    errno = 0;
    if (ferror(file->stream) || fflush(file->stream) || fsync(fileno(file->stream))) {
        status = cannot("write it", file->path, errno ? errno : ENOSPC);
        goto done;
    }
    status = name_temporary(file);
    if (status)
        goto done;
    if (fclose(file->stream)) {
        file->stream = NULL;
        status = cannot("write it", file->path, errno);
        goto done;
    }
    file->stream = NULL;
    if (rename(file->temporary, file->path)) {
        status = cannot("write it", file->path, errno);
        goto done;
    }
    free(file->temporary);
    file->temporary = NULL;
    status = sync_folder(file->path);
done:
    rn_file_discard(file);
    return status;
}

void rn_file_discard(rn_file *file)
{
    if (!file)
        return;
    if (file->stream)
        fclose(file->stream);
    if (file->temporary && file->is_named)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    free(file);
}

rn_status rn_file_write_whole(const char *path, const void *data, uint64_t size_bytes)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    status = rn_file_write(file, data, size_bytes);
    if (!status)
        return rn_file_commit(file);
    rn_file_discard(file);
    return status;
}

rn_status rn_file_write_text(const char *path, const char *text)
{
    return rn_file_write_whole(path, text, strlen(text));
}

/* The same contents under another name, where the file system has no hard links. */
static rn_status copy(const char *from, const char *to)
{
    uint8_t *data = NULL;
    uint64_t size = 0;
    rn_status status = rn_file_read(from, &data, &size);
    if (!status)
        status = rn_file_write_whole(to, data, size);
    free(data);
    return status;
}

rn_status rn_file_duplicate(const char *from, const char *to)
{
    char *temporary = rn_temporary_name(to);
    if (!temporary)
        return cannot("write it", to, ENOMEM);
    rn_status status = RN_OK;
    if (link(from, temporary))
        status = errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK
                     ? copy(from, to)
                     : cannot("write it", to, errno);
    else if (rename(temporary, to))
        status = cannot("write it", to, errno);
    unlink(temporary); /* which is still there where both names are of one file already */
    free(temporary);
    return status ? status : sync_folder(to);
}

rn_status rn_path_join(char path[RN_PATH_SIZE], const char *folder, const char *name)
{
    int n = snprintf(path, RN_PATH_SIZE, "%s/%s", folder, name);
    if (n > 0 && n < RN_PATH_SIZE)
        return RN_OK;
    return rn_fail(RN_E_IO, "%s: the path is too long", folder);
}

/* Creates `path`, a leading part of `whole`. */
static rn_status create_folder(const char *path, const char *whole)
{
    struct stat info;
    if (mkdir(path, 0777) == 0)
        return RN_OK;
    int error = errno;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return RN_OK;
    if (error == EEXIST)
        return rn_fail(RN_E_IO, "%s: cannot create this folder: %s is not a folder", whole, path);
    return rn_fail(RN_E_IO, "%s: cannot create this folder: %s: %s", whole, path, strerror(error));
}

rn_status rn_folder_create(const char *path)
{
    rn_status status = RN_OK;
    if (!*path)
        return rn_fail(RN_E_IO, "the name of a folder is empty");
    char *part = strdup(path);
    if (!part)
        return cannot("create this folder", path, ENOMEM);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = create_folder(part, path);
        *slash = '/';
        if (status)
            goto done;
    }
    status = create_folder(path, path);
    if (status)
        goto done;
    if (access(path, W_OK | X_OK))
        status = cannot("write into this folder", path, errno);
done:
    free(part);
    return status;
}

rn_status rn_folder_remove(const char *path, bool (*is_chosen)(const void *, const char *),
                           const void *context)
{
    rn_status status = RN_OK;
    DIR *folder = opendir(path);
    if (!folder)
        return cannot("list this folder", path, errno);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (is_chosen(context, entry->d_name) && unlinkat(dirfd(folder), entry->d_name, 0) &&
            errno != ENOENT)
            status = cannot("remove a file of this folder", path, errno);
    closedir(folder);
    return status;
}

static bool is_left_over(const void *context, const char *name)
{
    (void)context;
    return rn_temporary_is(name);
}

void rn_folder_sweep(const char *path)
{
    if (rn_folder_remove(path, is_left_over, NULL))
        rn_fail_clear();
}
