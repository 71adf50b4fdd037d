/* nothing.c: a plugin that provides neither a backend nor blocks. */
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "nothing");
    plugin->n_blocks = 0;
    return RN_OK;
}
