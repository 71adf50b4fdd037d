/* other_abi.c: a plugin of another ABI, whose constructor leaves a trace. */
#define rn_plugin_v0_2 rn_plugin_v3_2
#include "trace.h"
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    return zoo_fill(plugin, "other_abi");
}
