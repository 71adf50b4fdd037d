/* locale.c: a plugin that changes the locale. */
#include <locale.h>

#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    setlocale(LC_ALL, "C.UTF-8");
    return zoo_fill(plugin, "locale");
}
