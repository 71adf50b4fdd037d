/* short_backend.c: a plugin whose backend has no size. */
#include "zoo.h"

static const rn_backend backend = { .name = "short_backend" };

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "short_backend");
    plugin->backend = &backend;
    return RN_OK;
}
