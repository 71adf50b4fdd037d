/* newer.c: the entry of a plugin of a later minor version, put before the entry of a real backend:
 * every structure is longer (minors.sh adds a slot `later` to each), and what is new is used where
 * the core has it. */
#include <resnet/plugin.h>

/* The backend's own entry; minors.sh renames it. */
rn_status newer_backend_entry(const rn_host *host, rn_plugin *plugin);

static rn_backend backend;

static rn_status later(void)
{
    return RN_E_UNSUPPORTED;
}

static rn_status fill(const rn_host *host, rn_plugin *plugin)
{
    rn_status status = newer_backend_entry(host, plugin);
    if (status)
        return status;
    backend = *plugin->backend;
    backend.later = later;
    plugin->backend = &backend;
    return RN_OK;
}

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    if (host->size >= sizeof *host && host->later && host->later())
        return host->fail(RN_E_PLUGIN, "the core's own new slot does not work");
    if (plugin->size >= sizeof *plugin)
        plugin->later = later;
    return fill(host, plugin);
}
