/* handler.c: a plugin whose constructor installs a signal handler. */
#include <signal.h>

#include "zoo.h"

static void ignore(int number)
{
    (void)number;
}

__attribute__((constructor)) static void take_signal(void)
{
    signal(SIGUSR1, ignore);
}

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    return zoo_fill(plugin, "handler");
}
