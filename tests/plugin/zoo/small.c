/* small.c: a plugin that says that its rn_plugin is shorter than any was. */
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "small");
    plugin->size = 16;
    return RN_OK;
}
