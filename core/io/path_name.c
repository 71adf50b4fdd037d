/* path_name.c: the last part of a path. */
#include "io/path_name.h"

#include <string.h>

const char *rn_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
