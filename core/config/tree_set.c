/* tree_set.c: merges one assignment "key.path=value" of the command line into a tree. */
#define _GNU_SOURCE /* asprintf */
#include <ctype.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/tree_parts.h"

#define WHERE "--set"

/* Reads `text` as in a cfg; *out stays NULL if libconfig does not accept it as a value. */
static rn_status parse(const char *text, rn_tree **out)
{
    char *source = NULL;
    if (asprintf(&source, "value = %s\n;", text) < 0)
        return rn_tree_no_memory();
    config_t config;
    config_init(&config);
    rn_status status = rn_tree_scan_value(WHERE, source);
    if (status)
        goto done;
    if (!config_read_string(&config, source))
        goto done;
    const config_setting_t *root = config_root_setting(&config);
    if (config_setting_length(root) == 1)
        status = rn_tree_convert(config_setting_get_elem(root, 0), WHERE, out);
done:
    config_destroy(&config);
    free(source);
    return status;
}

static void drop_lines(rn_tree *node)
{
    node->line = 0;
    for (int i = 0; i < node->n_children; i++)
        drop_lines(node->children[i]);
}

/* True if the whole text is one number. */
static bool is_number(const char *text)
{
    char *end = NULL;
    strtod(text, &end);
    return end != text && !end[strspn(end, "L ")];
}

/* The value that libconfig accepts; if it accepts none, a string, unless the text can only be meant
 * as a value. A number or a bool keeps what was typed, for keys whose value is a string. */
static rn_status value_of(const char *text, rn_tree **out)
{
    bool structured = *text && strchr("\"([{", *text);
    rn_status status = parse(text, out);
    if (status == RN_E_NOMEM || (status && (structured || is_number(text))))
        return status;
    if (!*out && structured)
        return rn_fail(RN_E_USAGE, "found %s, expected a value as in a cfg", text);
    if (!*out)
        *out = rn_tree_new(RN_TREE_STRING, "value", WHERE, 0);
    if (!*out)
        return rn_tree_no_memory();
    bool scalar = (*out)->type >= RN_TREE_INT;
    if (scalar && !(*out)->text_value)
        (*out)->text_value = strdup(text);
    drop_lines(*out);
    return scalar && !(*out)->text_value ? rn_tree_no_memory() : RN_OK;
}

static bool is_key(const char *key)
{
    for (const char *c = key; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    return isalpha((unsigned char)*key);
}

/* Replaces *node by a group with this one child, under `key`. On failure *node is NULL. */
static rn_status wrap_once(const char *key, rn_tree **node)
{
    rn_tree *child = *node, *group = rn_tree_new(RN_TREE_GROUP, NULL, WHERE, 0);
    *node = NULL;
    free(child->key);
    child->key = strdup(key);
    if (!group || !child->key) {
        rn_tree_destroy(child);
        rn_tree_destroy(group);
        return rn_tree_no_memory();
    }
    rn_status status = rn_tree_append(group, child);
    if (status)
        rn_tree_destroy(group);
    else
        *node = group;
    return status;
}

/* Wraps the value in groups, one for each key of the path, from the last key to the first. Cuts the
 * path into its keys. */
static rn_status wrap(char *path, rn_tree **value)
{
    for (;;) {
        char *dot = strrchr(path, '.');
        const char *key = dot ? dot + 1 : path;
        if (!is_key(key))
            return rn_fail(RN_E_USAGE, WHERE ": found \"%s\", expected keys with dots between them",
                           key);
        rn_status status = wrap_once(key, value);
        if (status || !dot)
            return status;
        *dot = 0;
    }
}

/* A path leads through groups only: elements of lists have no keys. */
static rn_status check_path(const rn_tree *root, const rn_tree *over)
{
    for (const rn_tree *at = root; at && over->n_children == 1; over = over->children[0]) {
        const rn_tree *next = rn_tree_get(at, over->children[0]->key);
        bool last = over->children[0]->type != RN_TREE_GROUP;
        if (next && !last && next->type != RN_TREE_GROUP)
            return rn_fail(RN_E_CONFIG, WHERE ": %s is %s (%s:%d), expected a group", next->key,
                           rn_tree_type_name(next->type), next->file, next->line);
        at = next;
    }
    return RN_OK;
}

/* The tree of an assignment: a group for each key of its path, around the value. What there is
 * of it on failure is in *over, too. */
static rn_status read_assignment(const char *assignment, rn_tree **over)
{
    const char *equals = strchr(assignment, '=');
    if (!equals)
        return rn_fail(RN_E_USAGE, WHERE ": found \"%s\", expected key.path=value", assignment);
    char *path = strndup(assignment, (size_t)(equals - assignment));
    if (!path)
        return rn_tree_no_memory();
    rn_status status = value_of(equals + 1 + strspn(equals + 1, " "), over);
    if (status)
        goto done;
    status = wrap(path, over);
done:
    free(path);
    return status;
}

rn_status rn_tree_set(rn_tree *root, const char *assignment)
{
    rn_tree *over = NULL;
    rn_status status = read_assignment(assignment, &over);
    if (status)
        goto done;
    if (!strcmp(over->children[0]->key, "extends")) {
        status = rn_fail(RN_E_USAGE, WHERE
                         ": extends: expected in a cfg only; give the other cfg as MODEL.cfg");
        goto done;
    }
    status = check_path(root, over);
    if (status)
        goto done;
    /* The merged tree takes the file of `over`; the cfg's is to stay. */
    free(over->file);
    over->file = strdup(root->file);
    if (!over->file) {
        status = rn_tree_no_memory();
        goto done;
    }
    return rn_tree_merge(root, over);
done:
    rn_tree_destroy(over);
    return status;
}
