/* folder_scan.c: finds the pictures below a folder. */
#include "data/sets/folder_scan.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/status.h"
#include "io/file.h"

/* The folders that are being read, from the one at hand up: a link to one of them is a circle. */
struct visit {
    dev_t device;
    ino_t inode;
    const struct visit *parent;
};

/* The path of the folder at hand, which grows and shrinks; names in `files` begin at `root`. */
struct scan {
    char path[RN_PATH_SIZE];
    size_t root;
    rn_listing *files;
};

static bool is_picture(const char *name)
{
    static const char *const endings[] = { ".jpg", ".jpeg", ".png",  ".ppm", ".bmp",
                                           ".pgm", ".tif",  ".tiff", ".webp" };
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t size = strlen(endings[i]);
        if (length >= size && strcasecmp(name + length - size, endings[i]) == 0)
            return true;
    }
    return false;
}

/* Appends "/NAME" to the path at `length`. */
static rn_status enter(struct scan *scan, size_t length, const char *name)
{
    size_t size = strlen(name) + 1;
    if (length + 1 + size > sizeof scan->path)
        return rn_fail(RN_E_DATA, "%.*s: the paths in this folder are longer than %zu bytes",
                       (int)length, scan->path, sizeof scan->path - 1);
    scan->path[length] = '/';
    memcpy(scan->path + length + 1, name, size);
    return RN_OK;
}

static rn_status scan_folder(struct scan *scan, const struct visit *parent);

static rn_status add_contents(struct scan *scan, const rn_listing *folders,
                              const rn_listing *others, const struct visit *visit)
{
    size_t length = strlen(scan->path);
    rn_status status = RN_OK;
    for (int64_t i = 0; i < others->count && !status; i++) {
        if (!is_picture(others->names[i]))
            continue;
        status = enter(scan, length, others->names[i]);
        if (!status)
            status = rn_listing_add(scan->files, scan->path + scan->root);
    }
    for (int64_t i = 0; i < folders->count && !status; i++) {
        status = enter(scan, length, folders->names[i]);
        if (!status)
            status = scan_folder(scan, visit);
    }
    scan->path[length] = '\0';
    return status;
}

static rn_status scan_folder(struct scan *scan, const struct visit *parent)
{
    rn_listing folders = { 0 }, others = { 0 };
    struct stat info;
    if (stat(scan->path, &info))
        return rn_fail(RN_E_DATA, "%s: cannot read the folder: %s", scan->path, strerror(errno));
    const struct visit visit = { info.st_dev, info.st_ino, parent };
    for (; parent; parent = parent->parent)
        if (parent->device == visit.device && parent->inode == visit.inode)
            return RN_OK;
    rn_status status = rn_listing_read(scan->path, &folders, &others);
    if (!status)
        status = add_contents(scan, &folders, &others, &visit);
    rn_listing_clear(&folders);
    rn_listing_clear(&others);
    return status;
}

/* By folder, then by name: the order of sorted(os.walk(…)), in which a folder's own files stand
 * before those of its sub-folders. */
static int compare_paths(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    const char *x_name = strrchr(x, '/'), *y_name = strrchr(y, '/');
    size_t x_size = x_name ? (size_t)(x_name - x) : 0, y_size = y_name ? (size_t)(y_name - y) : 0;
    int order = memcmp(x, y, x_size < y_size ? x_size : y_size);
    if (order == 0 && x_size != y_size)
        order = x_size < y_size ? -1 : 1;
    return order ? order : strcmp(x + x_size, y + y_size);
}

rn_status rn_folder_scan(const char *path, rn_listing *files)
{
    struct scan scan = { .root = strlen(path) + 1, .files = files };
    if (scan.root >= sizeof scan.path)
        return rn_fail(RN_E_DATA, "%s: the path is too long", path);
    memcpy(scan.path, path, scan.root);
    rn_status status = scan_folder(&scan, NULL);
    if (status)
        return status;
    if (files->count == 0)
        return rn_fail(RN_E_DATA,
                       "%s: no picture in the folder; expected files that end in .jpg, .jpeg, "
                       ".png, .ppm, .bmp, .pgm, .tif, .tiff or .webp",
                       path);
    qsort(files->names, (size_t)files->count, sizeof *files->names, compare_paths);
    return RN_OK;
}
