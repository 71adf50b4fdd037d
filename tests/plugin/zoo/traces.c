/* traces.c: a valid plugin whose constructor leaves a trace. */
#include "trace.h"
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    return zoo_fill(plugin, "traces");
}
