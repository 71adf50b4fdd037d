/* config_origin.c: finds the node of a name. */
#include "config/config_origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The child that the beginning of `name` stands for, "key" or "[2]"; moves `name` past it. */
static const rn_tree *child_of(const rn_tree *node, const char **name)
{
    char key[96];
    if (**name == '[') {
        char *end;
        long i = strtol(*name + 1, &end, 10);
        *name = end + (*end == ']');
        return i >= 0 && i < node->n_children ? node->children[i] : NULL;
    }
    size_t length = strcspn(*name, ".[");
    snprintf(key, sizeof key, "%.*s", (int)length, *name);
    *name += length;
    return rn_tree_get(node, key);
}

bool rn_config_origin(const rn_config *config, const char *name, char text[RN_ORIGIN_SIZE])
{
    const rn_tree *node = config->tree;
    while (node && *name) {
        name += *name == '.';
        node = child_of(node, &name);
    }
    if (!node || !node->file)
        return false;
    bool is_set = strcmp(node->file, "--set") == 0;
    if (!is_set && !node->line)
        return false; /* made of other values, as the name of the run is of the file's */
    const char *slash = strrchr(node->file, '/'), *file = slash ? slash + 1 : node->file;
    if (is_set)
        snprintf(text, RN_ORIGIN_SIZE, "command line");
    else
        snprintf(text, RN_ORIGIN_SIZE, "%s:%d", file, node->line);
    return true;
}
