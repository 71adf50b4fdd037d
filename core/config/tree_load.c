/* tree_load.c: from a cfg file to a tree: libconfig, `extends`, `network.arch`. */
#define _GNU_SOURCE /* asprintf */
#include <libconfig.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/installed.h"
#include "base/status.h"
#include "config/tree_parts.h"

#define MAX_EXTENDS 16

static rn_tree_type type_of(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
        case CONFIG_TYPE_GROUP: return RN_TREE_GROUP;
        case CONFIG_TYPE_LIST: return RN_TREE_LIST;
        case CONFIG_TYPE_ARRAY: return RN_TREE_ARRAY;
        case CONFIG_TYPE_FLOAT: return RN_TREE_FLOAT;
        case CONFIG_TYPE_BOOL: return RN_TREE_BOOL;
        case CONFIG_TYPE_STRING: return RN_TREE_STRING;
        default: return RN_TREE_INT;
    }
}

static rn_status convert_scalar(const config_setting_t *setting, rn_tree *node)
{
    if (node->type == RN_TREE_STRING)
        node->text_value = strdup(config_setting_get_string(setting));
    else if (node->type == RN_TREE_FLOAT)
        node->float_value = config_setting_get_float(setting);
    else if (node->type == RN_TREE_BOOL)
        node->int_value = config_setting_get_bool(setting);
    else if (node->type == RN_TREE_INT)
        node->int_value = config_setting_get_int64(setting);
    if (node->type == RN_TREE_STRING && !node->text_value)
        return rn_tree_no_memory();
    if (!isfinite(node->float_value))
        return rn_tree_fail(node, "%s: found a number beyond 1.8e308, expected a smaller one",
                            node->key ? node->key : "list");
    return RN_OK;
}

/* The file that a setting was written in. libconfig gives an included file as @include names it,
 * relative to the cfg's folder. NULL: no memory. */
static char *file_of(const config_setting_t *setting, const char *path)
{
    const char *file = config_setting_source_file(setting);
    if (!file || !strcmp(file, path))
        return strdup(path);
    return rn_tree_path_beside(path, file);
}

rn_status rn_tree_convert(const config_setting_t *setting, const char *path, rn_tree **out)
{
    char *file = file_of(setting, path);
    rn_tree *node = file ? rn_tree_new(type_of(setting), config_setting_name(setting), file,
                                       (int)config_setting_source_line(setting))
                         : NULL;
    free(file);
    if (!node)
        return rn_tree_no_memory();
    rn_status status = convert_scalar(setting, node);
    if (status)
        goto fail;
    int count = config_setting_is_aggregate(setting) ? config_setting_length(setting) : 0;
    for (int i = 0; i < count; i++) {
        rn_tree *child = NULL;
        status = rn_tree_convert(config_setting_get_elem(setting, (unsigned)i), path, &child);
        if (status)
            goto fail;
        status = rn_tree_append(node, child);
        if (status)
            goto fail;
    }
    *out = node;
    return RN_OK;
fail:
    rn_tree_destroy(node);
    return status;
}

/* Fails with libconfig's message and the line, since the message is only "syntax error". */
static rn_status fail_at_line(const config_t *config, const char *file, const char *text)
{
    for (int line = 1; line < config_error_line(config) && strchr(text, '\n'); line++)
        text = strchr(text, '\n') + 1;
    text += strspn(text, " \t");
    int length = (int)strcspn(text, "\r\n");
    return rn_fail(RN_E_CONFIG, "%s:%d: %s, found here or on the line before: %.*s", file,
                   config_error_line(config), config_error_text(config), length > 80 ? 80 : length,
                   text);
}

static rn_status parse_failure(const config_t *config, const char *path, const char *text)
{
    if (!config_error_file(config))
        return fail_at_line(config, path, text);
    char *file = rn_tree_path_beside(path, config_error_file(config)), *included = NULL;
    if (!file)
        return rn_tree_no_memory();
    rn_status status = rn_tree_read(file, false, &included);
    if (status)
        goto done;
    status = fail_at_line(config, file, included);
done:
    free(included);
    free(file);
    return status;
}

static rn_status parse(const char *path, const char *text, rn_tree **out)
{
    char *folder = rn_tree_path_beside(path, ".");
    if (!folder)
        return rn_tree_no_memory();
    config_t config;
    rn_status status;
    config_init(&config);
    config_set_include_dir(&config, folder);
    if (config_read_string(&config, text))
        status = rn_tree_convert(config_root_setting(&config), path, out);
    else
        status = parse_failure(&config, path, text);
    config_destroy(&config);
    free(folder);
    return status;
}

/* libconfig needs a line end after a comment. */
static rn_status parse_line(const char *path, const char *text, rn_tree **out)
{
    char *whole = NULL;
    if (asprintf(&whole, "%s\n", text) < 0)
        return rn_tree_no_memory();
    rn_status status = parse(path, whole, out);
    free(whole);
    return status;
}

static rn_status load_file(const char *path, bool is_input, rn_tree **out)
{
    char *text = NULL;
    rn_status status = rn_tree_read(path, is_input, &text);
    if (status)
        return status;
    status = rn_tree_scan(path, text);
    if (!status)
        status = parse_line(path, text, out);
    free(text);
    return status;
}

rn_status rn_tree_load_text(const char *path, const char *text, rn_tree **out)
{
    rn_tree *tree = NULL;
    rn_status status = rn_tree_scan_value(path, text);
    if (!status)
        status = parse_line(path, text, &tree);
    if (status)
        return status;
    const rn_tree *extends = rn_tree_get(tree, "extends");
    if (extends)
        status = rn_tree_fail(extends, "extends: expected in a cfg's own file only");
    if (status)
        rn_tree_destroy(tree);
    else
        *out = tree;
    return status;
}

/* A cfg whose base is being loaded; a cfg that is in the list already would be a loop. */
typedef struct extending {
    dev_t device;
    ino_t inode;
    int depth;
    const struct extending *up; /* the cfg that extends it; NULL: none */
} extending;

static rn_status load_chain(const char *path, const extending *up, rn_tree **out);

static rn_status load_base(const rn_tree *extends, const extending *here, rn_tree **out)
{
    bool is_string = extends->type == RN_TREE_STRING;
    if (!is_string || !*extends->text_value)
        return rn_tree_fail(extends, "extends: found %s, expected the path of a cfg",
                            is_string ? "an empty string" : rn_tree_type_name(extends->type));
    char *path = rn_tree_path_beside(extends->file, extends->text_value);
    if (!path)
        return rn_tree_no_memory();
    rn_status status = load_chain(path, here, out);
    free(path);
    return status ? rn_fail_at(status, "%s:%d: extends", extends->file, extends->line) : RN_OK;
}

/* Loads what the cfg *root extends, and replaces *root by the merged tree. On failure, too,
 * *root is valid. */
static rn_status merge_into_base(rn_tree **root, const extending *here)
{
    const rn_tree *extends = rn_tree_get(*root, "extends");
    rn_tree *base = NULL;
    if (!extends)
        return RN_OK;
    rn_status status = load_base(extends, here, &base);
    if (status)
        return status;
    status = rn_tree_merge(base, *root);
    *root = base;
    return status;
}

static rn_status load_chain(const char *path, const extending *up, rn_tree **out)
{
    struct stat info;
    extending here = { .depth = up ? up->depth + 1 : 0, .up = up };
    bool is_input = !up && !strcmp(path, "-");
    if (is_input)
        path = rn_tree_source(path);
    /* If stat fails, reading the file gives the reason. */
    if (!is_input && !stat(path, &info)) {
        here.device = info.st_dev;
        here.inode = info.st_ino;
        for (; up; up = up->up)
            if (up->device == here.device && up->inode == here.inode)
                return rn_fail(RN_E_CONFIG, "%s is being extended already: a loop", path);
    }
    if (here.depth > MAX_EXTENDS)
        return rn_fail(RN_E_CONFIG, "%s is more than %d files deep", path, MAX_EXTENDS);
    rn_tree *tree = NULL;
    rn_status status = load_file(path, is_input, &tree);
    if (status)
        return status;
    status = merge_into_base(&tree, &here);
    if (status) {
        rn_tree_destroy(tree);
        return status;
    }
    *out = tree;
    return RN_OK;
}

const char *rn_tree_source(const char *path)
{
    return strcmp(path, "-") ? path : "stdin";
}

rn_status rn_tree_load(const char *path, rn_tree **out)
{
    return load_chain(path, NULL, out);
}

static bool is_bare_name(const char *name)
{
    size_t length =
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return length > 0 && !name[length];
}

static rn_status load_model(const rn_tree *arch, rn_tree **out)
{
    char installed[PATH_MAX], *path = NULL;
    const char *folder = rn_models_folder(installed);
    if (asprintf(&path, "%s/%s.cfg", folder, arch->text_value) < 0)
        return rn_tree_no_memory();
    rn_status status;
    if (access(path, F_OK))
        status = rn_tree_fail(arch, "network: arch: found \"%s\", expected the name of a cfg in %s",
                              arch->text_value, folder);
    else
        status = rn_tree_load(path, out);
    free(path);
    return status;
}

static void keep_only(rn_tree *group, const char *key)
{
    int kept = 0;
    for (int i = 0; i < group->n_children; i++)
        if (!strcmp(group->children[i]->key, key))
            group->children[kept++] = group->children[i];
        else
            rn_tree_destroy(group->children[i]);
    group->n_children = kept;
}

rn_status rn_tree_arch(rn_tree **root)
{
    const rn_tree *network = rn_tree_get(*root, "network");
    const rn_tree *arch = rn_tree_get(network, "arch");
    const rn_tree *layers = rn_tree_get(network, "layers");
    if (!arch)
        return RN_OK;
    if (arch->type != RN_TREE_STRING)
        return rn_tree_fail(arch, "network: arch: found %s, expected the name of a model",
                            rn_tree_type_name(arch->type));
    if (!is_bare_name(arch->text_value))
        return rn_tree_fail(
            arch, "network: arch: found \"%s\", expected a bare name such as \"resnet50\"",
            arch->text_value);
    if (layers)
        return rn_tree_fail(
            arch, "network: arch: found beside network.layers (%s:%d), expected one of them",
            layers->file, layers->line);
    rn_tree *model = NULL;
    rn_status status = load_model(arch, &model);
    if (status)
        return status;
    if (!rn_tree_get(rn_tree_get(model, "network"), "layers")) {
        rn_tree_destroy(model);
        return rn_tree_fail(arch, "network: arch: \"%s\" is a cfg without network.layers",
                            arch->text_value);
    }
    keep_only(model, "network");
    status = rn_tree_merge(model, *root);
    *root = model;
    return status;
}
