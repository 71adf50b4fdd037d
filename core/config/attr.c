/* attr.c: values for all rows of an attribute table, from a cfg's group or from another block. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "config/attr_parts.h"

static rn_status create(const rn_attr *rows, uint32_t n_rows, rn_attrs **out)
{
    rn_attrs *attrs = calloc(1, sizeof *attrs);
    *out = attrs;
    if (attrs) {
        attrs->rows = rows;
        attrs->n_rows = n_rows;
        attrs->values = calloc((size_t)n_rows + 1, sizeof *attrs->values);
        attrs->origins = calloc((size_t)n_rows + 1, sizeof *attrs->origins);
    }
    if (attrs && attrs->values && attrs->origins)
        return RN_OK;
    rn_attrs_destroy(attrs);
    *out = NULL;
    return rn_fail(RN_E_NOMEM, "no memory for attributes");
}

void rn_attrs_destroy(rn_attrs *attrs)
{
    if (!attrs)
        return;
    for (uint32_t i = 0; attrs->values && i < attrs->n_rows; i++)
        free((char *)attrs->values[i].text_value);
    free(attrs->values);
    free(attrs->origins);
    free(attrs);
}

/* Sets row i, and copies its text. */
static rn_status set(rn_attrs *attrs, uint32_t i, rn_setting value)
{
    bool keeps_text = value.type == RN_ATTR_CHOICE || value.type == RN_ATTR_STRING;
    char *text = keeps_text ? strdup(value.text_value) : NULL;
    if (keeps_text && !text)
        return rn_fail(RN_E_NOMEM, "no memory for attributes");
    free((char *)attrs->values[i].text_value);
    attrs->values[i] = value;
    attrs->values[i].text_value = text;
    return RN_OK;
}

static int64_t row_index(const rn_attr *rows, uint32_t n_rows, const char *name)
{
    for (uint32_t i = 0; i < n_rows; i++)
        if (!strcmp(rn_attr_row(rows, i)->name, name))
            return i;
    return -1;
}

static rn_status refuse_missing(const rn_attr *row, const rn_tree *node, const char *owner)
{
    char expected[RN_ATTR_TEXT_BYTES];
    rn_attr_print_expected(row, expected);
    if (node)
        return rn_tree_fail(node, "%s: %s is missing, expected %s", owner, row->name, expected);
    return rn_fail(RN_E_CONFIG, "%s: %s is missing, expected %s", owner, row->name, expected);
}

/* Sets the rows that have no value to their defaults. `node` is the group, for messages; NULL: the
 * values come from another block. */
static rn_status set_defaults(rn_attrs *attrs, const rn_tree *node, const char *owner)
{
    for (uint32_t i = 0; i < attrs->n_rows; i++) {
        const rn_attr *row = rn_attr_row(attrs->rows, i);
        if (attrs->values[i].type)
            continue;
        if (!row->default_text)
            return refuse_missing(row, node, owner);
        rn_setting value = rn_attr_default(row), checked;
        rn_attr_accept(row, &value, &checked);
        rn_status status = set(attrs, i, checked);
        if (status)
            return status;
    }
    return RN_OK;
}

static bool contains(const char *const *words, const char *word)
{
    for (; words && *words; words++)
        if (!strcmp(*words, word))
            return true;
    return false;
}

/* Bytes of names that are listed in a message. */
#define MAX_LISTED 380

/* Prints the names, or as many of the first as a message has room for. */
static void print_names(const char *const *names, char text[RN_ATTR_TEXT_BYTES])
{
    size_t used = 0;
    text[0] = 0;
    for (; *names && used + strlen(*names) < MAX_LISTED; names++)
        used += (size_t)snprintf(text + used, RN_ATTR_TEXT_BYTES - used, "%s%s", used ? ", " : "",
                                 *names);
    if (*names)
        snprintf(text + used, RN_ATTR_TEXT_BYTES - used, ", …");
}

/* Fails: the table has no row `key`. `node` is where the key was written; NULL: in another block.
 * `others` (may be NULL) are further keys that would have been accepted. */
static rn_status refuse_key(const rn_attrs *attrs, const char *key, const rn_tree *node,
                            const char *const *others, const char *owner)
{
    size_t count = 0;
    while (others && others[count])
        count++;
    const char **names = calloc(attrs->n_rows + count + 1, sizeof *names);
    if (!names)
        return rn_fail(RN_E_NOMEM, "no memory for attributes");
    for (uint32_t i = 0; i < attrs->n_rows; i++)
        names[i] = rn_attr_row(attrs->rows, i)->name;
    for (size_t i = 0; i < count; i++)
        names[attrs->n_rows + i] = others[i];
    const char *nearest = rn_nearest(key, names);
    char hint[RN_ATTR_TEXT_BYTES], all[RN_ATTR_TEXT_BYTES];
    print_names(names, all);
    snprintf(hint, sizeof hint, nearest ? "; did you mean \"%.80s\"?" : ", expected one of: %.400s",
             nearest ? nearest : all);
    free(names);
    const char *colon = *owner ? ": " : "";
    if (node)
        return rn_tree_fail(node, "%s%sunknown key \"%.80s\"%s", owner, colon, key, hint);
    return rn_fail(RN_E_CONFIG, "%s%sunknown attribute \"%.80s\"%s", owner, colon, key, hint);
}

/* Sets the row that a child of the cfg's group names. */
static rn_status set_from_tree(rn_attrs *attrs, const rn_tree *child, const char *const *ignored,
                               const char *owner)
{
    int64_t i = row_index(attrs->rows, attrs->n_rows, child->key);
    rn_setting checked;
    if (i < 0)
        return refuse_key(attrs, child->key, child, ignored, owner);
    rn_status status = rn_attr_check(rn_attr_row(attrs->rows, (uint32_t)i), child, owner, &checked);
    if (status)
        return status;
    attrs->origins[i] = child;
    return set(attrs, (uint32_t)i, checked);
}

/* Sets the row that a setting of another block names. */
static rn_status set_from_setting(rn_attrs *attrs, const rn_setting *setting, const char *owner)
{
    int64_t i = row_index(attrs->rows, attrs->n_rows, setting->name);
    rn_setting checked;
    if (i < 0)
        return refuse_key(attrs, setting->name, NULL, NULL, owner);
    const rn_attr *row = rn_attr_row(attrs->rows, (uint32_t)i);
    if (!rn_attr_accept(row, setting, &checked))
        return rn_attr_refuse(row, setting, NULL, owner);
    return set(attrs, (uint32_t)i, checked);
}

rn_status rn_attrs_from_tree(const rn_attr *rows, uint32_t n_rows, const rn_tree *group,
                             const char *const *ignored, const char *owner, rn_attrs **out)
{
    rn_attrs *attrs = NULL;
    *out = NULL;
    rn_status status = create(rows, n_rows, &attrs);
    if (status)
        return status;
    for (int c = 0; c < group->n_children; c++) {
        if (contains(ignored, group->children[c]->key))
            continue;
        status = set_from_tree(attrs, group->children[c], ignored, owner);
        if (status)
            goto done;
    }
    status = set_defaults(attrs, group, owner);
done:
    if (status)
        rn_attrs_destroy(attrs);
    else
        *out = attrs;
    return status;
}

rn_status rn_attrs_from_settings(const rn_attr *rows, uint32_t n_rows, const rn_setting *settings,
                                 int32_t n_settings, const char *owner, rn_attrs **out)
{
    rn_attrs *attrs = NULL;
    *out = NULL;
    rn_status status = create(rows, n_rows, &attrs);
    if (status)
        return status;
    for (int32_t s = 0; s < n_settings; s++) {
        status = set_from_setting(attrs, &settings[s], owner);
        if (status)
            goto done;
    }
    status = set_defaults(attrs, NULL, owner);
done:
    if (status)
        rn_attrs_destroy(attrs);
    else
        *out = attrs;
    return status;
}

const rn_setting *rn_attrs_find(const rn_attrs *attrs, const char *name)
{
    int64_t i = row_index(attrs->rows, attrs->n_rows, name);
    return i < 0 ? NULL : &attrs->values[i];
}
