/* plugin_fill.h: the table of a plugin with one backend and no blocks. */
#ifndef BACKENDS_BASE_PLUGIN_FILL_H
#define BACKENDS_BASE_PLUGIN_FILL_H

#include <resnet/plugin.h>

#include "base/hand_over.h"

/* Copies the smaller of both sizes to *plugin. */
static inline void plugin_fill(rn_plugin *plugin, const rn_backend *backend, const char *version)
{
    const rn_plugin filled = { .size = sizeof filled,
                               .abi_minor = RN_ABI_MINOR,
                               .name = backend->name,
                               .version = version,
                               .doc = backend->doc,
                               .backend = backend };
    hand_over(plugin, &filled);
}

#endif
