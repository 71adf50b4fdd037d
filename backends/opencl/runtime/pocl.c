/* pocl.c: reports that PoCL cannot write its cache: PoCL then has no device and gives no reason. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "opencl/opencl.h"
#include "opencl/runtime/probe.h"

enum { PATH_BYTES = 4096 };

/* Sets `folder` to the cache of PoCL 3.1 and returns the variable that decides it. */
static const char *cache_folder(char folder[PATH_BYTES])
{
    const char *pocl = getenv("POCL_CACHE_DIR"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (pocl) {
        snprintf(folder, PATH_BYTES, "%s", pocl);
        return "POCL_CACHE_DIR";
    }
    if (cache && cache[0]) {
        snprintf(folder, PATH_BYTES, "%s/pocl/kcache", cache);
        return "XDG_CACHE_HOME";
    }
    if (home && access(home, F_OK) == 0) {
        snprintf(folder, PATH_BYTES, "%s/.cache/pocl/kcache", home);
        return "HOME";
    }
    snprintf(folder, PATH_BYTES, "/tmp/pocl/kcache");
    return "no variable";
}

/* Makes the folder and its parents, as PoCL does. On failure errno is set. */
static bool folder_make(char *folder)
{
    for (char *slash = folder; (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        int failed = mkdir(folder, 0700) && errno != EEXIST;
        *slash = '/';
        if (failed)
            return false;
    }
    return (mkdir(folder, 0700) == 0 || errno == EEXIST) && access(folder, W_OK | X_OK) == 0;
}

rn_status opencl_pocl_check(const char *vendors)
{
    char folder[PATH_BYTES];
    if (!strstr(vendors, "pocl"))
        return RN_OK;
    const char *variable = cache_folder(folder);
    if (folder[0] && folder_make(folder))
        return RN_OK;
    return gpu_host->fail(RN_E_DEVICE,
                          "PoCL cannot write its cache \"%s\", which %s "
                          "names: %s; set POCL_CACHE_DIR to a folder that can be written",
                          folder, variable, folder[0] ? strerror(errno) : "it is empty");
}
