/* no_version.c: a plugin without a version. */
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "no_version");
    plugin->version = NULL;
    return RN_OK;
}
