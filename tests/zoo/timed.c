/* timed.c: a backend that computes as reference.so (whose path is REFERENCE) and takes any device:
 * it says which one it was opened on, and with which tuning. With OLD it is of ABI 0.2. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include "zoo.h"

typedef rn_status entry(const rn_host *host, rn_plugin *plugin);

static rn_backend inner, outer;
static char opened[128]; /* the device's text */
static int32_t tuning;

static rn_status open_any(const rn_open_params *params, rn_context **context)
{
    rn_open_params first = *params;
    first.device = "";
    snprintf(opened, sizeof opened, "%s", params->device);
    tuning = params->tuning;
    return inner.open(&first, context);
}

#ifndef OLD
static rn_status context_info(rn_context *context, rn_device_info *info)
{
    (void)context;
    snprintf(info->name, sizeof info->name, "timed");
    snprintf(info->library, sizeof info->library, "<%.100s> tuning %d", opened, (int)tuning);
    return RN_OK;
}
#endif

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static rn_plugin behind = { .size = sizeof behind };
    void *library = dlopen(REFERENCE, RTLD_NOW | RTLD_LOCAL);
    entry *enter = library ? (entry *)dlsym(library, RN_PLUGIN_ENTRY_NAME) : NULL;
    if (!enter)
        return host->fail(RN_E_PLUGIN, "%s", dlerror());
    rn_status status = enter(host, &behind);
    if (status)
        return status;
    outer = inner = *behind.backend;
    outer.name = "timed";
    outer.open = open_any;
#ifdef OLD
    outer.size = offsetof(rn_backend, context_info);
#else
    outer.context_info = context_info;
#endif
    zoo_fill(plugin, "timed");
    plugin->backend = &outer;
    return RN_OK;
}
