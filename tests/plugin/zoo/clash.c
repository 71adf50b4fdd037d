/* clash.c: a valid plugin ZOO_NAME that exports a function of a name that others export, too. It
 * has to find its own, which returns ZOO_NUMBER. */
#include "zoo.h"

__attribute__((visibility("default"))) int zoo_clash(void)
{
    return ZOO_NUMBER;
}

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    if (zoo_clash() != ZOO_NUMBER)
        return host->fail(RN_E_PLUGIN, "it calls another plugin's function");
    return zoo_fill(plugin, ZOO_NAME);
}
