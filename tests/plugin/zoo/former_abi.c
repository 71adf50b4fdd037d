/* former_abi.c: a plugin that was built before operands had slots of their own (ABI 0.1 to 0.5). */
#define rn_plugin_v0_2 rn_plugin_v0_1
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    return zoo_fill(plugin, "former_abi");
}
