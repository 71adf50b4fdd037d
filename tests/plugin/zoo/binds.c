/* binds.c: a plugin that binds the loading thread to a processor, as OpenMP's library may. */
#define _GNU_SOURCE
#include <sched.h>

#include "zoo.h"

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    cpu_set_t all, one;
    int processor = 0;
    (void)host;
    sched_getaffinity(0, sizeof all, &all);
    while (!CPU_ISSET(processor, &all))
        processor++;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    return sched_setaffinity(0, sizeof one, &one) ? RN_E_PLUGIN : zoo_fill(plugin, "binds");
}
