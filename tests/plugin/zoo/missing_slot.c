/* missing_slot.c: a plugin whose backend lacks required slots. */
#include "zoo.h"

static rn_status device_count(int32_t *count)
{
    *count = 0;
    return RN_OK;
}

static rn_status device_info(int32_t index, rn_device_info *info)
{
    (void)index;
    (void)info;
    return RN_E_DEVICE;
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    (void)params;
    (void)context;
    return RN_E_DEVICE;
}

static void close_device(rn_context *context)
{
    (void)context;
}

static const char *const operators[] = { NULL };

static const rn_backend backend = {
    .size = sizeof(rn_backend),
    .name = "missing_slot",
    .doc = "A backend that cannot allocate.",
    .operators = operators,
    .device_count = device_count,
    .device_info = device_info,
    .open = open_device,
    .close = close_device,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    (void)host;
    zoo_fill(plugin, "missing_slot");
    plugin->backend = &backend;
    return RN_OK;
}
