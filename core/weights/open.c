/* open.c: opens files of weights: finds them, finds the format of each, reads, sorts. */
#include "weights/open.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "io/file.h"
#include "weights/folder.h"
#include "weights/formats.h"
#include "weights/names.h"

/* So many first bytes tell the formats apart. */
#define FIRST_BYTES 512

#define ADDRESS(name) &rn_weights_##name,
static const rn_weights_format *const formats[] = { RN_WEIGHTS_FORMATS(ADDRESS) NULL };

/* Sets `*format` to that of a file; NULL: none of them. */
static rn_status find_format(const char *path, const rn_weights_format **format)
{
    uint8_t bytes[FIRST_BYTES];
    uint64_t size = 0;
    int fd = -1;
    *format = NULL;
    rn_status status = rn_file_open(path, &fd, &size);
    if (status)
        return status;
    ssize_t count = read(fd, bytes, sizeof bytes);
    close(fd);
    for (int i = 0; count > 0 && formats[i] && !*format; i++)
        if (formats[i]->recognise(bytes, (uint64_t)count, size))
            *format = formats[i];
    return RN_OK;
}

/* A file with one of these is no cfg, whatever it holds: a download may be empty, or a page that
 * says why there is none. */
static bool has_ending(const char *path)
{
    static const char *const endings[] = { ".safetensors", ".pth",  ".pt",   ".th",
                                           ".bin",         ".ckpt", ".onnx", NULL };
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && endings[i]; i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return false;
}

bool rn_weights_recognise(const char *path)
{
    const rn_weights_format *format = NULL;
    if (rn_weights_is_several(path) || has_ending(path))
        return true;
    if (find_format(path, &format))
        rn_fail_clear();
    return format != NULL;
}

/* What git checks out without LFS in place of a large file. */
static bool is_lfs_pointer(const char *path)
{
    static const char begin[] = "version https://git-lfs";
    char bytes[sizeof begin] = "";
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t count = fread(bytes, 1, sizeof begin - 1, file);
    fclose(file);
    return count == sizeof begin - 1 && memcmp(bytes, begin, count) == 0;
}

static rn_status refuse(const char *path)
{
    if (is_lfs_pointer(path))
        return rn_fail(RN_E_DATA,
                       "%s: a pointer of Git LFS, not the weights; \"git lfs pull\" fetches them",
                       path);
    return rn_fail(RN_E_DATA,
                   "%s: not a file of weights; expected safetensors, a file that PyTorch's "
                   "torch.save wrote, or ONNX",
                   path);
}

static rn_status read_file(rn_weights *weights, const char *path, const char *key)
{
    const rn_weights_format *format = NULL;
    rn_status status = find_format(path, &format);
    if (status)
        return status;
    if (!format)
        return refuse(path);
    weights->format = format->name;
    return format->read(weights, path, key);
}

static rn_status read_files(rn_weights *weights, const char *key)
{
    rn_weights_place place = { 0 };
    rn_status status = rn_weights_locate(weights, weights->path, &place);
    for (int i = 0; !status && place.files[i]; i++)
        status = read_file(weights, place.files[i], key);
    if (!status)
        status = rn_stored_sort(&weights->table, weights->path);
    if (!status)
        status = rn_weights_check_place(weights, &place);
    if (status || weights->record)
        return status;
    rn_naming_strip(weights);
    return rn_stored_sort(&weights->table, weights->path);
}

rn_status rn_weights_open(const char *path, const char *key, rn_weights **out)
{
    rn_weights *weights = NULL;
    rn_status status = rn_weights_create(path, &weights);
    if (status)
        return status;
    status = read_files(weights, key);
    if (status) {
        rn_weights_close(weights);
        return status;
    }
    *out = weights;
    return RN_OK;
}
