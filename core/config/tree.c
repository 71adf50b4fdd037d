/* tree.c: the nodes of a cfg's tree: creating, finding, merging, copying. */
#define _GNU_SOURCE /* asprintf */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/tree_parts.h"

rn_tree *rn_tree_new(rn_tree_type type, const char *key, const char *file, int line)
{
    rn_tree *tree = calloc(1, sizeof *tree);
    if (!tree)
        return NULL;
    tree->type = type;
    tree->line = line;
    tree->file = strdup(file);
    tree->key = key ? strdup(key) : NULL;
    if (!tree->file || (key && !tree->key)) {
        rn_tree_destroy(tree);
        return NULL;
    }
    return tree;
}

void rn_tree_destroy(rn_tree *tree)
{
    if (!tree)
        return;
    for (int i = 0; i < tree->n_children; i++)
        rn_tree_destroy(tree->children[i]);
    free(tree->children);
    free(tree->key);
    free(tree->file);
    free(tree->text_value);
    free(tree);
}

rn_status rn_tree_append(rn_tree *parent, rn_tree *child)
{
    size_t count = (size_t)parent->n_children + 1;
    rn_tree **children = realloc(parent->children, count * sizeof(rn_tree *));
    if (!children) {
        rn_tree_destroy(child);
        return rn_tree_no_memory();
    }
    children[parent->n_children++] = child;
    parent->children = children;
    return RN_OK;
}

static int find(const rn_tree *group, const char *key)
{
    for (int i = 0; i < group->n_children; i++)
        if (group->type == RN_TREE_GROUP && !strcmp(group->children[i]->key, key))
            return i;
    return -1;
}

const rn_tree *rn_tree_get(const rn_tree *group, const char *key)
{
    int i = group ? find(group, key) : -1;
    return i < 0 ? NULL : group->children[i];
}

static rn_status replace_or_append(rn_tree *group, rn_tree *child)
{
    int i = find(group, child->key);
    if (i < 0)
        return rn_tree_append(group, child);
    rn_tree_destroy(group->children[i]);
    group->children[i] = child;
    return RN_OK;
}

rn_status rn_tree_merge(rn_tree *base, rn_tree *over)
{
    rn_status status = RN_OK;
    /* A key that is missing in both is reported for the extending file, not for its base. */
    char *file = base->file;
    base->file = over->file;
    over->file = file;
    base->line = over->line;
    for (int i = 0; i < over->n_children; i++) {
        rn_tree *child = over->children[i];
        int at = find(base, child->key);
        over->children[i] = NULL;
        if (at >= 0 && child->type == RN_TREE_GROUP && base->children[at]->type == RN_TREE_GROUP)
            status = rn_tree_merge(base->children[at], child);
        else
            status = replace_or_append(base, child);
        if (status)
            goto done;
    }
done:
    rn_tree_destroy(over);
    return status;
}

rn_status rn_tree_put(rn_tree *group, const char *key, const char *text)
{
    rn_tree *child = rn_tree_new(RN_TREE_STRING, key, group->file, group->line);
    if (child)
        child->text_value = strdup(text);
    if (!child || !child->text_value) {
        rn_tree_destroy(child);
        return rn_tree_no_memory();
    }
    return replace_or_append(group, child);
}

rn_tree *rn_tree_copy(const rn_tree *tree)
{
    rn_tree *copy = rn_tree_new(tree->type, tree->key, tree->file, tree->line);
    if (!copy)
        return NULL;
    copy->int_value = tree->int_value;
    copy->float_value = tree->float_value;
    copy->text_value = tree->text_value ? strdup(tree->text_value) : NULL;
    if (tree->text_value && !copy->text_value)
        goto fail;
    for (int i = 0; i < tree->n_children; i++) {
        rn_tree *child = rn_tree_copy(tree->children[i]);
        if (!child || rn_tree_append(copy, child))
            goto fail;
    }
    return copy;
fail:
    rn_tree_destroy(copy);
    return NULL;
}

rn_status rn_tree_fail_at(rn_status status, const rn_tree *node)
{
    if (node->line > 0)
        return rn_fail_at(status, "%s:%d", node->file, node->line);
    return rn_fail_at(status, "%s", node->file);
}

rn_status rn_tree_fail(const rn_tree *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rn_fail_va(RN_E_CONFIG, format, args);
    va_end(args);
    return rn_tree_fail_at(RN_E_CONFIG, node);
}

rn_status rn_tree_no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the configuration");
}

const char *rn_tree_type_name(rn_tree_type type)
{
    switch (type) {
        case RN_TREE_GROUP: return "a group";
        case RN_TREE_LIST: return "a list";
        case RN_TREE_ARRAY: return "an array";
        case RN_TREE_INT: return "an integer";
        case RN_TREE_FLOAT: return "a float";
        case RN_TREE_BOOL: return "a boolean";
        case RN_TREE_STRING: return "a string";
    }
    return "nothing";
}

char *rn_tree_path_beside(const char *beside, const char *name)
{
    const char *slash = strrchr(beside, '/');
    int length = slash && name[0] != '/' ? (int)(slash - beside) + 1 : 0;
    char *path = NULL;
    return asprintf(&path, "%.*s%s", length, beside, name) < 0 ? NULL : path;
}
