/* fails_silently.c: a plugin whose entry fails without a message. */
#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    (void)plugin;
    return RN_E_DEVICE;
}
