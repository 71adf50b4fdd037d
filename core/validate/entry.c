/* entry.c: finds the entry function in a library that is loaded already. */
#include "validate/entry.h"

#include <dlfcn.h>
#include <string.h>

#include "base/status.h"

rn_status rn_entry_find(const char *path, rn_plugin_entry **out)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    void *symbol = library ? dlsym(library, RN_PLUGIN_ENTRY_NAME) : NULL;
    *out = NULL;
    if (!symbol)
        return rn_fail(RN_E_PLUGIN, "the loader does not find its %s", RN_PLUGIN_ENTRY_NAME);
    memcpy(out, &symbol, sizeof *out);
    return RN_OK;
}
