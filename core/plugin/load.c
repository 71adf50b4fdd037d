/* load.c: loads one plugin file, from path to checked tables. The only user of <dlfcn.h>. */
#include "plugin/load.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/status.h"
#include "plugin/check.h"
#include "plugin/elf.h"
#include "plugin/elf_needed.h"
#include "plugin/path.h"
#include "plugin/process_state.h"
#include "plugin/trust.h"

/* Absorbs the writes of a newer plugin that ignores that this program's rn_plugin is shorter. */
#define SPARE_BYTES 4096
#define TRUST_BYTES 1024

typedef rn_status entry_function(const rn_host *host, rn_plugin *plugin);

typedef union handover {
    rn_plugin plugin;
    char spare[SPARE_BYTES];
} handover;

/* How to install a vendor's library, and how much address space to require before loading it; 0 if
 * it reports by itself that there is too little. OpenBLAS 0.3.21 retries for ever to map its 128
 * MB, oneDNN 2.6.3 crashes. The first row whose prefix matches applies. */
static const struct {
    const char *prefix, *remedy;
    int64_t load_mb;
} libraries[] = {
    { "libcudnn", "install NVIDIA cuDNN, or add its folder to LD_LIBRARY_PATH", 0 },
    { "libcuda.so", "install the NVIDIA driver", 0 },
    { "libcu", "install the NVIDIA CUDA toolkit's libraries", 0 },
    { "libnv", "install the NVIDIA CUDA toolkit's libraries", 0 },
    { "libOpenCL", "install an OpenCL loader (Debian: ocl-icd-libopencl1)", 0 },
    { "libclblast", "install CLBlast (Debian: libclblast1)", 0 },
    { "libopenblas", "install OpenBLAS (Debian: libopenblas0)", 192 },
    { "libdnnl", "install oneDNN (Debian: libdnnl2)", 128 },
    { "", "install it, or add its folder to LD_LIBRARY_PATH", 0 },
};

static const char *remedy_of(const char *library)
{
    size_t i = 0;
    while (strncmp(library, libraries[i].prefix, strlen(libraries[i].prefix)) != 0)
        i++;
    return libraries[i].remedy;
}

/* If less than this is available, a failed dlopen is taken for lack of memory: its "failed to map
 * segment from shared object" gives no reason. */
#define SHORT_MB 64

static rn_status refuse_memory(const char *library, int64_t mb)
{
    return rn_fail(RN_E_NOMEM,
                   "loading %s takes up to %lld MB of address space, and there is "
                   "less; raise the limit (ulimit -v) or use another backend",
                   library, (long long)mb);
}

/* RN_E_NOMEM if a library that the plugin needs would not find the memory it takes. */
static rn_status check_memory(const char *path)
{
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
        if (libraries[i].load_mb && rn_elf_needs(path, libraries[i].prefix) &&
            !rn_memory_available((uint64_t)libraries[i].load_mb << 20))
            return refuse_memory(libraries[i].prefix, libraries[i].load_mb);
    return RN_OK;
}

/* `text` is dlerror's: "libcudnn.so.9: cannot open shared object file: …" if a library that the
 * plugin needs is missing. */
static rn_status refuse_dlopen(const char *path, const char *text)
{
    size_t length = strcspn(text, ":");
    if (!rn_memory_available((uint64_t)SHORT_MB << 20))
        return refuse_memory("it", SHORT_MB);
    if (strncmp(text, path, strlen(path)) != 0 && strstr(text, ": cannot open shared object file"))
        return rn_fail(RN_E_PLUGIN,
                       "it needs the library %.*s, which is missing; %s (the loader "
                       "says: %s)",
                       (int)length, text, remedy_of(text), text);
    if (strstr(text, "undefined symbol"))
        return rn_fail(RN_E_PLUGIN,
                       "it needs a function that no library of this system has; build "
                       "it again, with -Wl,-z,defs (the loader says: %s)",
                       text);
    return rn_fail(RN_E_PLUGIN, "it cannot be loaded (the loader says: %s)", text);
}

/* Loads the library and calls its entry. The plugin's code runs only in here. */
static rn_status call_entry(const char *path, rn_plugin *given)
{
    entry_function *entry = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        const char *text = dlerror();
        return refuse_dlopen(path, text ? text : "no reason");
    }
    void *symbol = dlsym(library, RN_PLUGIN_ENTRY_NAME);
    if (!symbol)
        return rn_fail(RN_E_PLUGIN, "the loader does not find its %s; build or copy it again",
                       RN_PLUGIN_ENTRY_NAME);
    memcpy(&entry, &symbol, sizeof entry);
    rn_fail_clear();
    rn_status status = entry(rn_host_table(), given);
    if (status == RN_OK)
        return RN_OK;
    if (!rn_fail_text()[0])
        rn_fail(status, "no reason given, status %d", (int)status);
    return rn_fail(RN_E_PLUGIN, "its entry failed: %s", rn_fail_text());
}

/* call_entry, after which the state of the process is restored. */
static rn_status call_entry_guarded(const char *path, rn_plugin *given)
{
    rn_process_state *before = NULL;
    rn_status status = rn_process_state_create(&before);
    if (status)
        return status;
    status = call_entry(path, given);
    /* The entry's failure is the more useful message. */
    char *earlier = status ? strdup(rn_fail_text()) : NULL;
    rn_status changed = rn_process_state_restore(before);
    if (earlier)
        rn_fail(status, "%s", earlier);
    free(earlier);
    rn_process_state_destroy(before);
    return status ? status : changed;
}

/* After this check nobody else can replace the file before the loader opens it (trust.c). */
static rn_status check_trust(const char *path)
{
    char why[TRUST_BYTES];
    struct stat info;
    if (stat(path, &info))
        return rn_fail(RN_E_PLUGIN, "cannot access %s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return rn_fail(RN_E_PLUGIN, "it is not a regular file");
    if (!rn_trust_check(path, why, sizeof why))
        return rn_fail(RN_E_PLUGIN, "refused, because %s", why);
    return RN_OK;
}

static rn_status check_name(const char *path, const char *name)
{
    const char *dot = strrchr(path, '.');
    if (dot && strcmp(dot, ".so") == 0 && rn_plugin_path_is_name(name))
        return RN_OK;
    return rn_fail(RN_E_PLUGIN, "a plugin's file is called NAME.so with a-z, 0-9 and _ in NAME");
}

static rn_status load(const char *path, const char *name, rn_loaded_plugin *out)
{
    handover given;
    memset(&given, 0, sizeof given);
    given.plugin.size = sizeof given.plugin;
    rn_status status = check_trust(path);
    if (status)
        return status;
    status = rn_elf_check(path);
    if (status)
        return status;
    status = check_name(path, name);
    if (status)
        return status;
    status = check_memory(path);
    if (status)
        return status;
    status = call_entry_guarded(path, &given.plugin);
    if (status)
        return status;
    return rn_plugin_check(&given.plugin, name, out);
}

rn_status rn_plugin_load(const char *path, rn_loaded_plugin **out)
{
    rn_loaded_plugin *plugin = calloc(1, sizeof *plugin);
    char *name = rn_plugin_path_name(path);
    rn_status status = RN_OK;
    *out = NULL;
    if (plugin)
        plugin->path = strdup(path);
    if (!plugin || !name || !plugin->path) {
        status = rn_fail(RN_E_NOMEM, "no memory");
        goto done;
    }
    status = load(path, name, plugin);
    if (status)
        goto done;
    *out = plugin;
    plugin = NULL;
done:
    if (status)
        rn_fail_at(status, "plugin %s", path);
    rn_plugin_destroy(plugin);
    free(name);
    return status;
}

void rn_plugin_destroy(rn_loaded_plugin *plugin)
{
    if (!plugin)
        return;
    free(plugin->path);
    free(plugin->blocks);
    free(plugin);
}
