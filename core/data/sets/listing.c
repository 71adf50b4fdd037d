/* listing.c: reads folders. */
#define _GNU_SOURCE /* d_type */
#include "data/sets/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"

rn_status rn_listing_add(rn_listing *listing, const char *name)
{
    if (listing->count == listing->capacity) {
        int64_t capacity = 2 * listing->capacity + 16;
        char **grown = realloc(listing->names, (size_t)capacity * sizeof *grown);
        if (!grown)
            return rn_fail(RN_E_NOMEM, "not enough memory for %lld names", (long long)capacity);
        listing->names = grown;
        listing->capacity = capacity;
    }
    listing->names[listing->count] = strdup(name);
    if (!listing->names[listing->count])
        return rn_fail(RN_E_NOMEM, "not enough memory for a list of names");
    listing->count++;
    return RN_OK;
}

/* A file system that does not say the type, and a link, cost one more look. */
static bool is_folder(DIR *folder, const struct dirent *entry)
{
    struct stat info;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return entry->d_type == DT_DIR;
    return fstatat(dirfd(folder), entry->d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
}

rn_status rn_listing_read(const char *path, rn_listing *folders, rn_listing *others)
{
    rn_status status = RN_OK;
    DIR *folder = opendir(path);
    if (!folder)
        return rn_fail(RN_E_DATA, "%s: cannot read the folder: %s", path, strerror(errno));
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry) {
            if (errno)
                status =
                    rn_fail(RN_E_DATA, "%s: cannot read the folder: %s", path, strerror(errno));
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        status = rn_listing_add(is_folder(folder, entry) ? folders : others, entry->d_name);
        if (status)
            break;
    }
    closedir(folder);
    return status;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void rn_listing_sort(rn_listing *listing)
{
    if (listing->count)
        qsort(listing->names, (size_t)listing->count, sizeof *listing->names, compare);
}

void rn_listing_clear(rn_listing *listing)
{
    for (int64_t i = 0; i < listing->count; i++)
        free(listing->names[i]);
    free(listing->names);
    *listing = (rn_listing){ 0 };
}
