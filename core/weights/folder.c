/* folder.c: weights in a folder, or in several files with an index. */
#include "weights/folder.h"

#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "io/file.h"

#define INDEX_ENDING ".index.json"

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_index(const char *path)
{
    size_t length = strlen(path), ending = strlen(INDEX_ENDING);
    return length > ending && strcmp(path + length - ending, INDEX_ENDING) == 0;
}

bool rn_weights_is_several(const char *path)
{
    return is_folder(path) || is_index(path);
}

rn_status rn_weights_locate(rn_weights *weights, const char *path, const char *const **files)
{
    const char **list = rn_pool_take_array(weights->pool, 2, sizeof *list);
    char joined[RN_PATH_SIZE];
    rn_status status = RN_OK;
    if (is_folder(path))
        status = rn_path_join(joined, path, "model.safetensors");
    if (!list)
        return rn_weights_no_memory(weights);
    list[0] = is_folder(path) ? rn_pool_text(weights->pool, joined, strlen(joined)) : path;
    *files = list;
    return status;
}
