/* plugin_rig.c: compiles the plugins in tests/plugin/zoo and loads them. */
#define _GNU_SOURCE /* asprintf */
#include "plugin/plugin_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "plugin/registry.h"

const char *plugin_folder(char path[CHECK_PATH_MAX], const char *name)
{
    check_scratch(path, name);
    mkdir(path, 0755);
    return path;
}

bool plugin_compile(const char *source, const char *target, const char *flags)
{
    char zoo[CHECK_PATH_MAX], include[CHECK_PATH_MAX], *command = NULL;
    const char *compiler = getenv("CC");
    check_source(zoo, "tests/plugin/zoo");
    check_source(include, "include");
    if (asprintf(&command, "%s -std=gnu11 -fPIC -shared -I'%s' '%s/%s.c' -o '%s' %s",
                 compiler && *compiler ? compiler : "cc", include, zoo, source, target, flags) < 0)
        return false;
    int status = system(command);
    free(command);
    return status == 0 && chmod(target, 0755) == 0;
}

const char *plugin_make(char path[CHECK_PATH_MAX], const char *folder, const char *name)
{
    char base[CHECK_PATH_MAX], file[512];
    plugin_folder(base, folder);
    snprintf(file, sizeof file, "%s/%s.so", folder, name);
    CU_ASSERT_TRUE_FATAL(plugin_compile(name, check_scratch(path, file), "-fvisibility=hidden"));
    return path;
}

rn_status plugin_load(const char *search_path, const char *name)
{
    rn_registry *registry = NULL;
    const rn_loaded_plugin *plugin = NULL;
    rn_status status = rn_registry_create(search_path, &registry);
    CU_ASSERT_EQUAL_FATAL(status, RN_OK);
    status = rn_registry_load(registry, name, &plugin);
    CU_ASSERT_TRUE(status ? plugin == NULL : plugin != NULL);
    rn_registry_destroy(registry);
    return status;
}
