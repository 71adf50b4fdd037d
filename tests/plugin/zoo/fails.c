/* fails.c: a plugin whose entry fails with a message. */
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)plugin;
    return host->fail(RN_E_DEVICE, "device %d is on fire", 7);
}
