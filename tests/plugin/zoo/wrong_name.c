/* wrong_name.c: a plugin whose name is not its file's. */
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    return zoo_fill(plugin, "residual");
}
