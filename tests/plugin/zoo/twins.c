/* twins.c: a plugin with two blocks of the same name. */
#include "zoo.h"

static const rn_block *const blocks[] = { &zoo_block, &zoo_block };

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "twins");
    plugin->blocks = blocks;
    plugin->n_blocks = 2;
    return RN_OK;
}
