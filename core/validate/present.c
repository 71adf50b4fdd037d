/* present.c: the backends of the search path that have a device. */
#include "validate/present.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "plugin/path.h"

static bool has_device(rn_registry *registry, const char *name)
{
    const rn_loaded_plugin *plugin = NULL;
    int32_t count = 0;
    bool has = rn_registry_load(registry, name, &plugin) == RN_OK && plugin->plugin.backend &&
               plugin->backend.device_count(&count) == RN_OK && count > 0;
    rn_fail_clear();
    return has;
}

static void append(char text[RN_PRESENT_TEXT], const char *name)
{
    size_t used = strlen(text);
    snprintf(text + used, RN_PRESENT_TEXT - used, "%s%s", used ? "," : "", name);
}

rn_status rn_present_backends(const rn_checking *c, char text[RN_PRESENT_TEXT])
{
    const rn_backend *reference = NULL;
    char **paths = NULL;
    int n = 0;
    rn_status status = rn_registry_backend(c->registry, "reference", &reference);
    text[0] = 0;
    append(text, "reference");
    if (!status)
        status = rn_registry_list(c->registry, &paths, &n);
    for (int i = 0; i < n && !status; i++) {
        char *name = rn_plugin_path_name(paths[i]);
        if (name && strcmp(name, "reference") != 0 && has_device(c->registry, name))
            append(text, name);
        free(name);
    }
    rn_plugin_path_destroy(paths);
    return status;
}
