/* small.c: a plugin that gives its rn_plugin a size smaller than in any version. */
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "small");
    plugin->size = 16;
    return RN_OK;
}
