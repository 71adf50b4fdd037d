/* needs_library.c: a plugin that is linked with a library, which the test removes. */
#include "zoo.h"

int zoo_vendor(void);

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    return zoo_vendor() ? RN_E_PLUGIN : zoo_fill(plugin, "needs_library");
}
