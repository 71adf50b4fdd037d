/* floats.c: a plugin that changes the rounding mode. */
#include <fenv.h>

#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    fesetround(FE_TOWARDZERO);
    return zoo_fill(plugin, "floats");
}
