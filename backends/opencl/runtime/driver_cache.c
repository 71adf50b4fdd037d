/* driver_cache.c: PoCL loads and runs the machine code in its cache, so other users must not
 * be able to write there. GPU drivers run cached code on the device only. */
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "opencl/runtime/device.h"

#define POCL "Portable Computing Language"

/* The folder of PoCL's cache, by the rules of PoCL's lib/CL/pocl_cache.c. */
static void pocl_path(char *path, size_t bytes)
{
    const char *pocl = getenv("POCL_CACHE_DIR"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (pocl)
        snprintf(path, bytes, "%s", pocl);
    else if (cache && cache[0])
        snprintf(path, bytes, "%s/pocl/kcache", cache);
    else if (home)
        snprintf(path, bytes, "%s/.cache/pocl/kcache", home);
    else
        snprintf(path, bytes, "/tmp/pocl/kcache");
}

rn_status opencl_driver_cache_check(const opencl_found *found)
{
    char path[CACHE_PATH_BYTES], why[CACHE_WHY_BYTES];
    if (strcmp(found->platform_name, POCL) != 0)
        return RN_OK;
    pocl_path(path, sizeof path);
    if (gpu_host->is_trusted(path, why, sizeof why))
        return RN_OK;
    return gpu_host->fail(RN_E_DEVICE,
                          "PoCL would run what others could have put into its "
                          "cache %s: %s; or let POCL_CACHE_DIR name a folder of your own",
                          path, why);
}
