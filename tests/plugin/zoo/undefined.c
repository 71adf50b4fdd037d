/* undefined.c: a plugin that calls a function that no library defines. */
#include "zoo.h"

int zoo_nowhere(void);

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    return zoo_nowhere() ? RN_E_PLUGIN : zoo_fill(plugin, "undefined");
}
