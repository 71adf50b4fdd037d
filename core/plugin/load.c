/* load.c: loads one plugin file, from path to checked tables. The only user of <dlfcn.h>. */
#include "plugin/load.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/start.h"
#include "base/status.h"
#include "plugin/check.h"
#include "plugin/check_ops.h"
#include "plugin/elf.h"
#include "plugin/elf_needed.h"
#include "plugin/guard.h"
#include "plugin/path.h"
#include "plugin/process_state.h"
#include "plugin/table.h"
#include "plugin/trust.h"
#include "plugin/vendor.h"
#include "plugin/vendor_search.h"

/* Absorbs the writes of a newer plugin that ignores that this program's rn_plugin is shorter. */
#define SPARE_BYTES 4096
#define TRUST_BYTES 1024
#define TEXT_BYTES 4096

typedef rn_status entry_function(const rn_host *host, rn_plugin *plugin);

typedef union handover {
    rn_plugin plugin;
    char spare[SPARE_BYTES];
} handover;

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

/* The library that dlopen(path) has not found, from dlerror's text: "libcudnn.so.9: cannot open
 * shared object file: …". False if that is not why it failed. */
static bool is_missing(const char *path, const char *text, char library[NAME_MAX])
{
    if (strncmp(text, path, strlen(path)) == 0 || !strstr(text, ": cannot open shared object file"))
        return false;
    snprintf(library, NAME_MAX, "%.*s", (int)strcspn(text, ":"), text);
    return true;
}

/* `text` is dlerror's. */
static rn_status refuse_dlopen(const char *path, const char *text)
{
    char library[NAME_MAX], found[PATH_MAX];
    if (!rn_memory_available((uint64_t)SHORT_MB << 20))
        return refuse_memory("it", SHORT_MB);
    if (is_missing(path, text, library)) {
        rn_fail_clear();
        const char *why = rn_vendor_find(library, found) ? rn_fail_text() : "";
        return rn_fail(RN_E_PLUGIN,
                       "it needs the library %s, which is missing; %s%s%s (the loader "
                       "says: %s)",
                       library, rn_vendor_remedy(text), *why ? "; " : "", why, text);
    }
    if (strstr(text, "undefined symbol"))
        return rn_fail(RN_E_PLUGIN,
                       "it needs a function that no library of this system has; build "
                       "it again, with -Wl,-z,defs (the loader says: %s)",
                       text);
    return rn_fail(RN_E_PLUGIN, "it cannot be loaded (the loader says: %s)", text);
}

/* A file that cannot be reached: errno says why; a link says more. */
static rn_status refuse_access(const char *path)
{
    char target[PATH_MAX];
    int error = errno;
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return rn_fail(RN_E_PLUGIN, "cannot access %s: %s", path, strerror(error));
    target[length] = 0;
    return rn_fail(RN_E_PLUGIN, "it is a link to %s, which cannot be accessed: %s", target,
                   strerror(error));
}

/* A load on its way. */
typedef struct loading {
    const char *path;
    char *name;
    void *library;
    rn_process_state *before; /* from where the plugin's code runs; NULL: it does not */
    handover given;
    rn_plugin_extensions extensions;
    rn_loaded_plugin *out;
} loading;

/* After this check nobody else can replace the file before the loader opens it (trust.c). */
static rn_status check_trust(loading *l)
{
    char why[TRUST_BYTES];
    struct stat info;
    if (stat(l->path, &info))
        return refuse_access(l->path);
    if (!S_ISREG(info.st_mode))
        return rn_fail(RN_E_PLUGIN, "it is not a regular file");
    if (!rn_trust_check(l->path, why, sizeof why))
        return rn_fail(RN_E_PLUGIN, "refused, because %s", why);
    return RN_OK;
}

static rn_status check_file(loading *l)
{
    return rn_elf_check(l->path);
}

static rn_status check_name(loading *l)
{
    const char *dot = strrchr(l->path, '.');
    if (dot && strcmp(dot, ".so") == 0 && rn_plugin_path_is_name(l->name))
        return RN_OK;
    return rn_fail(RN_E_PLUGIN, "a plugin's file is called NAME.so with a-z, 0-9 and _ in NAME");
}

/* RN_E_NOMEM if a library that the plugin needs would not find the memory it takes. */
static rn_status check_memory(loading *l)
{
    const rn_vendor_library *row = rn_vendor_libraries;
    for (; row->prefix[0]; row++)
        if (row->load_mb && rn_elf_needs(l->path, row->prefix) &&
            !rn_memory_available((uint64_t)row->load_mb << 20))
            return refuse_memory(row->prefix, row->load_mb);
    return RN_OK;
}

/* The libraries of MPI have signals in mind that this program has handlers of. */
static void give_back_signals(const loading *l)
{
    const rn_vendor_library *row = rn_vendor_libraries;
    for (; row->prefix[0]; row++)
        if (row->takes_signals && rn_elf_needs(l->path, row->prefix))
            rn_process_state_restore_handlers(l->before);
}

/* dlopen, which is repeated with each library loaded beforehand that it has not found and that is
 * where vendors put theirs: it does not search for what is there already. `text` becomes dlerror's.
 * `depth`: such libraries need others, but not for ever. */
static void *open_with_libraries(const char *path, int depth, char text[TEXT_BYTES])
{
    enum { DEEPEST = 8 };
    char library[NAME_MAX], before[NAME_MAX] = "", found[PATH_MAX];
    for (;;) {
        void *opened = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (opened)
            return opened;
        const char *error = dlerror();
        snprintf(text, TEXT_BYTES, "%s", error ? error : "no reason");
        if (depth == DEEPEST || !is_missing(path, text, library) || !strcmp(library, before) ||
            rn_vendor_find(library, found) || !open_with_libraries(found, depth + 1, text))
            return NULL;
        memcpy(before, library, sizeof before);
    }
}

static rn_status open_library(loading *l)
{
    char text[TEXT_BYTES];
    rn_status status = rn_process_state_create(&l->before);
    if (status)
        return status;
    l->library = open_with_libraries(l->path, 0, text);
    give_back_signals(l);
    return l->library ? RN_OK : refuse_dlopen(l->path, text);
}

static rn_status call_entry(loading *l)
{
    entry_function *entry = NULL;
    void *symbol = dlsym(l->library, RN_PLUGIN_ENTRY_NAME);
    if (!symbol)
        return rn_fail(RN_E_PLUGIN, "the loader does not find its %s; build or copy it again",
                       RN_PLUGIN_ENTRY_NAME);
    memcpy(&entry, &symbol, sizeof entry);
    rn_fail_clear();
    rn_plugin *given = &l->given.plugin;
    rn_status status = entry(rn_host_table(), given);
    if (!status && given->size >= RN_TABLE_END(rn_plugin, extension) && given->extension)
        l->extensions = (rn_plugin_extensions){ given->extension(RN_CUSTOM_OPS_ID),
                                                given->extension(RN_TRANSPORT_ID) };
    if (status == RN_OK)
        return RN_OK;
    if (!rn_fail_text()[0])
        rn_fail(status, "no reason given, status %d; return RN_OK, or what host->fail returns",
                (int)status);
    return rn_fail(RN_E_PLUGIN, "its entry failed: %s", rn_fail_text());
}

/* The plugin's code has run: `status` is how. */
static rn_status leave_code(loading *l, rn_status status)
{
    if (l->before)
        status = rn_process_state_restore(l->before, "loading it", status);
    rn_process_state_destroy(l->before);
    l->before = NULL;
    return status;
}

static rn_status check_process(loading *l)
{
    return leave_code(l, RN_OK);
}

static rn_status check_tables(loading *l)
{
    return rn_plugin_check(&l->given.plugin, &l->extensions, l->name, l->out);
}

static const struct {
    rn_load_stage stage;
    rn_status (*run)(loading *l);
} stages[] = {
    { { "trust", "nobody but root and you can change it" }, check_trust },
    { { "file", "it is a shared object for this processor, with this ABI's entry" }, check_file },
    { { "name", "its file is called NAME.so" }, check_name },
    { { "memory", "there is enough for the libraries that it needs" }, check_memory },
    { { "loader", "dlopen has found its libraries and run its constructors" }, open_library },
    { { "entry", "its entry function has returned RN_OK" }, call_entry },
    { { "process", "it has left the state of the process alone" }, check_process },
    { { "tables", "its tables have what they must have" }, check_tables },
};
enum { N_STAGES = sizeof stages / sizeof *stages };

const rn_load_stage *rn_load_stage_at(int i)
{
    return i < N_STAGES ? &stages[i].stage : NULL;
}

static rn_status load(loading *l, void (*begin)(const rn_load_stage *stage, void *context),
                      void *context)
{
    rn_status status = RN_OK;
    l->given.plugin.size = sizeof l->given.plugin;
    rn_guard_begin(RN_GUARD_LOAD,
                   l->path); /* also while its tables, which may be wrong, are read */
    for (int i = 0; i < N_STAGES && !status; i++) {
        if (begin)
            begin(&stages[i].stage, context);
        status = stages[i].run(l);
    }
    status = leave_code(l, status);
    rn_guard_end();
    return status;
}

rn_status rn_plugin_load(const char *path, rn_loaded_plugin **out)
{
    return rn_plugin_load_watched(path, NULL, NULL, out);
}

rn_status rn_plugin_load_watched(const char *path,
                                 void (*begin)(const rn_load_stage *stage, void *context),
                                 void *context, rn_loaded_plugin **out)
{
    loading *l = calloc(1, sizeof *l);
    rn_loaded_plugin *plugin = calloc(1, sizeof *plugin);
    char *name = rn_plugin_path_name(path);
    rn_status status = RN_OK;
    rn_stage before = rn_start_enter(RN_STAGE_PLUGINS);
    *out = NULL;
    if (plugin)
        plugin->path = strdup(path);
    if (!l || !plugin || !name || !plugin->path) {
        status = rn_fail(RN_E_NOMEM, "no memory");
        goto done;
    }
    *l = (loading){ .path = path, .name = name, .out = plugin };
    status = load(l, begin, context);
    if (status)
        goto done;
    *out = plugin;
    plugin = NULL;
done:
    if (status)
        rn_fail_at(status, "plugin %s", path);
    rn_start_enter(before);
    rn_plugin_destroy(plugin);
    free(name);
    free(l);
    return status;
}

void rn_plugin_destroy(rn_loaded_plugin *plugin)
{
    if (!plugin)
        return;
    free(plugin->path);
    free(plugin->blocks);
    rn_plugin_free_ops(plugin);
    free(plugin);
}
