/* config_name.c: the name of a run, and of its folder. */
#define _GNU_SOURCE /* asprintf */
#include "config/config_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char name_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+. ";

/* Makes a name of the cfg's path: the file without its folder and ".cfg". */
static rn_status name_from_path(rn_config *config)
{
    const char *slash = strrchr(config->path, '/');
    char *name = strdup(slash ? slash + 1 : config->path);
    if (!name)
        return rn_tree_no_memory();
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = 0;
    for (char *c = name; *c; c++)
        if (!strchr(name_letters, *c) || (c == name && *c == '.'))
            *c = '_';
    rn_status status = rn_tree_put(config->tree, "name", name);
    free(name);
    if (status)
        return status;
    config->name = rn_tree_get(config->tree, "name")->text_value;
    return RN_OK;
}

/* The tree owns the text, under a key that no cfg can have. */
static rn_status output_from_name(rn_config *config)
{
    char *output = NULL;
    if (asprintf(&output, "runs/%s", config->name) < 0)
        return rn_tree_no_memory();
    rn_status status = rn_tree_put(config->tree, "default output", output);
    free(output);
    if (status)
        return status;
    config->run.output = rn_tree_get(config->tree, "default output")->text_value;
    return RN_OK;
}

rn_status rn_config_name(rn_config *config)
{
    const char *name = config->name;
    if (*name && (name[strspn(name, name_letters)] || *name == '.'))
        return rn_tree_fail(
            rn_tree_get(config->tree, "name"),
            "name: found \"%s\", expected letters, digits and _ - + . or a space, and "
            "no . at the beginning",
            name);
    rn_status status = *name ? RN_OK : name_from_path(config);
    if (status || *config->run.output)
        return status;
    return output_from_name(config);
}
