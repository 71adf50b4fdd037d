/* cache.c: the path of a file in the user's cache, and its atomic replacement: the new file is
 * renamed to it when complete. */
#define _GNU_SOURCE
#include "base/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "/resnet-run/"

/* The suffix of a file that is being written, for mkostemp(). */
#define MARK ".XXXXXX"

/* Files that have been in writing for longer than this were abandoned. */
enum { LEFT_BEHIND_S = 3600 };

enum { LOCK_TRIES = 1000 /* a millisecond apart */ };

bool cache_path(const char *name, char path[CACHE_PATH_BYTES])
{
    const char *cache = secure_getenv("XDG_CACHE_HOME"), *home = secure_getenv("HOME");
    int length = 0;
    if (cache && cache[0] == '/')
        length = snprintf(path, CACHE_PATH_BYTES, "%s" FOLDER "%s", cache, name);
    else if (home && home[0] == '/')
        length = snprintf(path, CACHE_PATH_BYTES, "%s/.cache" FOLDER "%s", home, name);
    bool fits = length > 0 && length < CACHE_PATH_BYTES;
    if (!fits)
        path[0] = 0;
    return fits;
}

/* True if only root and the user can have written there. Notes the first refusal; further ones are
 * silent. */
static bool is_usable(const rn_host *host, const char *path)
{
    static atomic_flag is_noted = ATOMIC_FLAG_INIT;
    char why[CACHE_WHY_BYTES];
    bool is_trusted = host->is_trusted(path, why, CACHE_WHY_BYTES);
    if (!is_trusted && !atomic_flag_test_and_set(&is_noted))
        host->note(RN_LOG_WARNING, "%s is not used: %s", path, why);
    return is_trusted;
}

FILE *cache_open(const rn_host *host, const char *path)
{
    return access(path, F_OK) == 0 && is_usable(host, path) ? fopen(path, "rbe") : NULL;
}

/* Creates the missing folders from the cache (the parent of FOLDER) down. Those above may be
 * missing on purpose. */
static void folders_make(const char *path)
{
    char folder[CACHE_PATH_BYTES];
    snprintf(folder, sizeof folder, "%s", path);
    char *ours = NULL;
    for (char *at = folder; (at = strstr(at, FOLDER)); at++)
        ours = at;
    for (char *slash = ours; slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(folder, 0700);
        *slash = '/';
    }
}

/* The folder is what is locked. Where it cannot be, as on some network file systems or before it is
 * made, nobody waits. */
int cache_lock(const char *path)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    char folder[CACHE_PATH_BYTES];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int tries = 0; lock >= 0 && tries < LOCK_TRIES; tries++) {
        if (flock(lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            break;
        nanosleep(&pause, NULL);
    }
    return lock;
}

void cache_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

static bool is_left_behind(int folder, const char *name)
{
    struct stat info;
    return fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
           time(NULL) - info.st_mtime > LEFT_BEHIND_S;
}

/* Removes temporary files of the file that killed writers have left. */
static void leftovers_remove(const char *path)
{
    char folder[CACHE_PATH_BYTES];
    const char *name = strrchr(path, '/') + 1;
    size_t length = strlen(name);
    snprintf(folder, sizeof folder, "%.*s", (int)(name - path), path);
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (strncmp(entry->d_name, name, length) == 0 && entry->d_name[length] == MARK[0] &&
            strlen(entry->d_name + length) == strlen(MARK) &&
            is_left_behind(dirfd(entries), entry->d_name))
            unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
}

static bool write_and_close(FILE *file, bool (*write)(FILE *, const void *), const void *what)
{
    bool good = write(file, what) && !ferror(file);
    return fclose(file) == 0 && good;
}

bool cache_replace(const rn_host *host, const char *path, bool (*write)(FILE *, const void *),
                   const void *what)
{
    char other[CACHE_PATH_BYTES + sizeof MARK];
    if (!is_usable(host, path)) {
        errno = EPERM;
        return false;
    }
    folders_make(path);
    leftovers_remove(path);
    snprintf(other, sizeof other, "%s" MARK, path);
    int descriptor = mkostemp(other, O_CLOEXEC);
    if (descriptor < 0)
        return false;
    FILE *file = fdopen(descriptor, "w");
    if (!file)
        close(descriptor);
    else if (write_and_close(file, write, what) && rename(other, path) == 0)
        return true;
    int error = errno;
    unlink(other);
    errno = error;
    return false;
}
