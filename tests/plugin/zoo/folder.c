/* folder.c: a plugin that changes the working directory and the rounding mode. */
#include <fenv.h>
#include <unistd.h>

#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    fesetround(FE_UPWARD);
    return chdir("/") ? RN_E_PLUGIN : zoo_fill(plugin, "folder");
}
