/* variants.c: reads the variants of a study.
 *     study = {
 *       variants = ( { name = "plain"; }, { name = "nesterov"; train = { nesterov = true; }; } );
 *       grid = ( { key = "train.learning_rate"; values = [0.05, 0.1]; } );
 *     };
 * are four variants: plain,learning_rate=0.05 … nesterov,learning_rate=0.1. */
#include "config/variants.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "config/tree_parts.h"

static const char name_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.";

static bool is_name(const char *text)
{
    return *text && *text != '.' && !text[strspn(text, name_letters)];
}

/* ---- The list of variants ---- */

/* What a cfg has, but a variant may not change: it is the study's, or decides where results go. */
static const char *const fixed[] = { "extends", "run", "study" };
enum { N_FIXED = sizeof fixed / sizeof *fixed };

static rn_status check_change(const rn_tree *change)
{
    for (int i = 0; i < N_FIXED; i++)
        if (strcmp(change->key, fixed[i]) == 0)
            return rn_tree_fail(change,
                                "study: variants: found %s, expected in the cfg itself, as all "
                                "variants share it",
                                fixed[i]);
    return RN_OK;
}

static rn_status read_name(const rn_tree *variant, char name[RN_VARIANT_NAME])
{
    const rn_tree *node = rn_tree_get(variant, "name");
    if (!node)
        return rn_tree_fail(variant, "study: variants: name is missing, expected a name");
    if (node->type != RN_TREE_STRING)
        return rn_tree_fail(node, "study: variants: name: found %s, expected a name",
                            rn_tree_type_name(node->type));
    if (!is_name(node->text_value) || strlen(node->text_value) >= RN_VARIANT_NAME)
        return rn_tree_fail(node,
                            "study: variants: name: found \"%.160s\", expected letters, digits and "
                            "_ - + . (less than %d, and no . at the beginning), as it names a "
                            "folder",
                            node->text_value, RN_VARIANT_NAME);
    strcpy(name, node->text_value);
    return RN_OK;
}

/* Fills in an empty group with all of the variant but its name. */
static rn_status read_changes(const rn_tree *variant, rn_tree *changes)
{
    for (int i = 0; i < variant->n_children; i++) {
        const rn_tree *child = variant->children[i];
        if (strcmp(child->key, "name") == 0)
            continue;
        rn_status status = check_change(child);
        if (status)
            return status;
        rn_tree *copy = rn_tree_copy(child);
        status = copy ? rn_tree_append(changes, copy) : rn_tree_no_memory();
        if (status)
            return status;
    }
    return RN_OK;
}

/* Adds a variant without changes; `node` is where it was written. */
static rn_status add(rn_variants *variants, const rn_tree *node, rn_variant **out)
{
    if (variants->count == RN_VARIANTS_MAX)
        return rn_tree_fail(node, "study: found more than %d variants", RN_VARIANTS_MAX);
    rn_variant *variant = *out = &variants->at[variants->count];
    *variant = (rn_variant){ .changes = rn_tree_new(RN_TREE_GROUP, NULL, node->file, node->line) };
    if (!variant->changes)
        return rn_tree_no_memory();
    variants->count++;
    return RN_OK;
}

static rn_status add_written(rn_variants *variants, const rn_tree *node)
{
    rn_variant *variant = NULL;
    if (node->type != RN_TREE_GROUP)
        return rn_tree_fail(node, "study: variants: found %s, expected a group { name = ...; ... }",
                            rn_tree_type_name(node->type));
    rn_status status = add(variants, node, &variant);
    if (status)
        return status;
    status = read_name(node, variant->name);
    return status ? status : read_changes(node, variant->changes);
}

static rn_status add_list(rn_variants *variants, const rn_tree *list)
{
    if (list->type != RN_TREE_LIST || list->n_children == 0)
        return rn_tree_fail(list, "study: variants: found %s%s, expected a list ( ... ) of groups",
                            list->n_children ? "" : "nothing in ", rn_tree_type_name(list->type));
    for (int i = 0; i < list->n_children; i++) {
        rn_status status = add_written(variants, list->children[i]);
        if (status)
            return status;
    }
    return RN_OK;
}

/* ---- The grid ---- */

/* A number as it is written, with the fewest digits that read back as the same. */
static void print_value(const rn_tree *value, char text[RN_VARIANT_NAME])
{
    if (value->type == RN_TREE_INT)
        snprintf(text, RN_VARIANT_NAME, "%" PRId64, value->int_value);
    else if (value->type == RN_TREE_BOOL)
        snprintf(text, RN_VARIANT_NAME, "%s", value->int_value ? "true" : "false");
    else if (value->type == RN_TREE_STRING)
        snprintf(text, RN_VARIANT_NAME, "%s", value->text_value);
    else
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(text, RN_VARIANT_NAME, "%.*g", digits, value->float_value);
            if (strtod(text, NULL) == value->float_value)
                break;
        }
}

/* Adds ",learning_rate=0.1" to the name. */
static rn_status extend_name(rn_variant *variant, const char *key, const rn_tree *value)
{
    const char *dot = strrchr(key, '.');
    char text[RN_VARIANT_NAME] = "";
    size_t used = strlen(variant->name);
    if (value->type < RN_TREE_INT)
        return rn_tree_fail(value, "study: grid: values: found %s, expected a number or a string",
                            rn_tree_type_name(value->type));
    print_value(value, text);
    int length = snprintf(variant->name + used, RN_VARIANT_NAME - used, "%s%s=%s", used ? "," : "",
                          dot ? dot + 1 : key, text);
    if (!is_name(text) || (size_t)length >= RN_VARIANT_NAME - used)
        return rn_tree_fail(value,
                            "study: grid: values: found \"%.160s\", expected letters, digits and "
                            "_ - + . only, and short ones, as it becomes part of a folder's name",
                            text);
    return RN_OK;
}

/* Wraps the value in a group for each key of the path, the last one first. On failure *node is
 * destroyed. */
static rn_status wrap(const char *path, rn_tree **node)
{
    char rest[RN_VARIANT_NAME];
    snprintf(rest, sizeof rest, "%s", path);
    for (char *dot = rest; dot;) {
        dot = strrchr(rest, '.');
        rn_tree *child = *node;
        rn_tree *group = rn_tree_new(RN_TREE_GROUP, NULL, child->file, child->line);
        free(child->key);
        child->key = strdup(dot ? dot + 1 : rest);
        if (!group || !child->key) {
            rn_tree_destroy(group);
            rn_tree_destroy(child);
            return rn_tree_no_memory();
        }
        if (rn_tree_append(group, child)) {
            rn_tree_destroy(group);
            return rn_tree_no_memory();
        }
        *node = group;
        if (dot)
            *dot = 0;
    }
    return RN_OK;
}

static rn_status set_value(rn_variant *variant, const char *key, const rn_tree *value)
{
    rn_status status = extend_name(variant, key, value);
    if (status)
        return status;
    rn_tree *change = rn_tree_copy(value);
    if (!change)
        return rn_tree_no_memory();
    status = wrap(key, &change);
    return status ? status : rn_tree_merge(variant->changes, change);
}

static rn_status add_copy(rn_variants *variants, const rn_variant *from, const char *key,
                          const rn_tree *value)
{
    rn_variant *variant = NULL;
    rn_status status = add(variants, value, &variant);
    if (status)
        return status;
    memcpy(variant->name, from->name, sizeof variant->name);
    rn_tree *changes = rn_tree_copy(from->changes);
    status = changes ? rn_tree_merge(variant->changes, changes) : rn_tree_no_memory();
    return status ? status : set_value(variant, key, value);
}

/* Replaces each variant by one for each value. */
static rn_status multiply(rn_variants *variants, const char *key, const rn_tree *values)
{
    rn_variants *before = malloc(sizeof *before);
    rn_status status = RN_OK;
    if (!before)
        return rn_tree_no_memory();
    *before = *variants;
    variants->count = 0;
    for (int i = 0; i < before->count && !status; i++)
        for (int k = 0; k < values->n_children && !status; k++)
            status = add_copy(variants, &before->at[i], key, values->children[k]);
    rn_variants_clear(before);
    free(before);
    return status;
}

static rn_status check_key(const rn_tree *axis, const rn_tree *key)
{
    if (!key || key->type != RN_TREE_STRING)
        return rn_tree_fail(key ? key : axis,
                            "study: grid: key is %s, expected the path of a key, as in "
                            "\"train.learning_rate\"",
                            key ? rn_tree_type_name(key->type) : "missing");
    size_t section = strcspn(key->text_value, ".");
    bool is_path = strlen(key->text_value) < RN_VARIANT_NAME && is_name(key->text_value) &&
                   key->text_value[section] && !strstr(key->text_value, "..") &&
                   key->text_value[strlen(key->text_value) - 1] != '.';
    for (int i = 0; i < N_FIXED; i++)
        if (strlen(fixed[i]) == section && !strncmp(key->text_value, fixed[i], section))
            is_path = false;
    if (is_path)
        return RN_OK;
    return rn_tree_fail(key,
                        "study: grid: key: found \"%.160s\", expected a key of network, data, "
                        "train or backend, as in \"train.learning_rate\"",
                        key->text_value);
}

static rn_status add_axis(rn_variants *variants, const rn_tree *axis)
{
    const rn_tree *key = rn_tree_get(axis, "key"), *values = rn_tree_get(axis, "values");
    if (axis->type != RN_TREE_GROUP)
        return rn_tree_fail(axis,
                            "study: grid: found %s, expected a group { key = ...; values = [ ... "
                            "]; }",
                            rn_tree_type_name(axis->type));
    rn_status status = check_key(axis, key);
    if (status)
        return status;
    for (int i = 0; i < axis->n_children; i++)
        if (axis->children[i] != key && axis->children[i] != values)
            return rn_tree_fail(axis->children[i],
                                "study: grid: unknown key \"%.80s\", expected one of: key, values",
                                axis->children[i]->key);
    bool is_list = values && (values->type == RN_TREE_ARRAY || values->type == RN_TREE_LIST);
    if (!is_list || values->n_children == 0)
        return rn_tree_fail(values ? values : axis,
                            "study: grid: values: found %s, expected an array [ ... ]",
                            !values   ? "nothing"
                            : is_list ? "none"
                                      : rn_tree_type_name(values->type));
    return multiply(variants, key->text_value, values);
}

static rn_status add_grid(rn_variants *variants, const rn_tree *grid)
{
    if (grid->type != RN_TREE_LIST || grid->n_children == 0)
        return rn_tree_fail(grid, "study: grid: found %s%s, expected a list ( ... ) of groups",
                            grid->n_children ? "" : "nothing in ", rn_tree_type_name(grid->type));
    for (int i = 0; i < grid->n_children; i++) {
        rn_status status = add_axis(variants, grid->children[i]);
        if (status)
            return status;
    }
    return RN_OK;
}

/* ---- Both ---- */

static rn_status check_names(const rn_variants *variants)
{
    for (int i = 0; i < variants->count; i++)
        for (int k = 0; k < i; k++)
            if (strcmp(variants->at[i].name, variants->at[k].name) == 0)
                return rn_tree_fail(variants->at[i].changes,
                                    "study: found two variants called \"%s\", expected another "
                                    "name",
                                    variants->at[i].name);
    return RN_OK;
}

rn_status rn_variants_read(const rn_tree *root, rn_variants *variants)
{
    const rn_tree *study = rn_tree_get(root, "study");
    const rn_tree *list = rn_tree_get(study, "variants"), *grid = rn_tree_get(study, "grid");
    rn_variant *itself = NULL;
    variants->count = 0;
    if (!study)
        return RN_OK;
    if (!list && !grid)
        return rn_tree_fail(study, "study: found neither variants nor grid, expected variants = ( "
                                   "{ name = ...; ... } )");
    rn_status status = list ? add_list(variants, list) : add(variants, study, &itself);
    if (!status && grid)
        status = add_grid(variants, grid);
    return status ? status : check_names(variants);
}

void rn_variants_clear(rn_variants *variants)
{
    for (int i = 0; i < variants->count; i++)
        rn_tree_destroy(variants->at[i].changes);
    variants->count = 0;
}

static rn_status fail_unknown(const rn_variants *variants, const char *name)
{
    const char *names[RN_VARIANTS_MAX + 1] = { 0 };
    for (int i = 0; i < variants->count; i++)
        names[i] = variants->at[i].name;
    if (!variants->count)
        return rn_fail(RN_E_USAGE, "--variant=%s: the cfg has no study", name);
    const char *near = rn_nearest(name, names);
    return rn_fail(RN_E_USAGE, "--variant=%s: the study has no such variant; %s%s%s", name,
                   near ? "did you mean \"" : "the first is \"", near ? near : names[0], "\"");
}

rn_status rn_variants_apply(rn_tree *root, const char *name)
{
    rn_variants *variants = calloc(1, sizeof *variants);
    if (!variants)
        return rn_tree_no_memory();
    rn_status status = rn_variants_read(root, variants);
    int i = 0;
    if (status)
        goto done;
    while (i < variants->count && strcmp(variants->at[i].name, name) != 0)
        i++;
    if (i == variants->count) {
        status = fail_unknown(variants, name);
        goto done;
    }
    /* The merged tree takes the place of `changes`; the cfg's is to stay. */
    status = rn_tree_merge(root, variants->at[i].changes);
    variants->at[i].changes = NULL;
done:
    rn_variants_clear(variants);
    free(variants);
    return status;
}
