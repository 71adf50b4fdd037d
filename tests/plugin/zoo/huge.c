/* huge.c: a plugin that gives its rn_plugin a size of 1 MB. */
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "huge");
    plugin->size = 1 << 20;
    return RN_OK;
}
