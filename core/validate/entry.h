/* entry.h: the entry function of a plugin that has been loaded. */
#ifndef RN_CORE_VALIDATE_ENTRY_H
#define RN_CORE_VALIDATE_ENTRY_H

#include <resnet/plugin.h>

typedef rn_status rn_plugin_entry(const rn_host *host, rn_plugin *plugin);

rn_status rn_entry_find(const char *path, rn_plugin_entry **out);

#endif
