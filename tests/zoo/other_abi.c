/* other_abi.c: a plugin of another ABI. */
#define rn_plugin_v0_1 rn_plugin_v3_2
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    return zoo_fill(plugin, "other_abi");
}
