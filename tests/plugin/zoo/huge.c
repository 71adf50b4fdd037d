/* huge.c: a plugin that says that its rn_plugin is a megabyte long. */
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "huge");
    plugin->size = 1 << 20;
    return RN_OK;
}
