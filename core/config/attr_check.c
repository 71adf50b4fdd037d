/* attr_check.c: checks one value against one row of an attribute table. A value of a cfg, of
 * another block or of a default's text first becomes an rn_setting, so one check serves all. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr_parts.h"

const char *const rn_attr_entry_keys[] = { "block", "name",  "stage", "repeat",
                                           "first", "input", NULL };

const rn_attr *rn_attr_row(const rn_attr *rows, uint32_t i)
{
    return (const rn_attr *)((const char *)rows + (size_t)i * rows->size);
}

static bool has_range(const rn_attr *row)
{
    return row->min < row->max || row->min > 0 || row->max < 0;
}

static bool in_range(const rn_attr *row, double value)
{
    return isfinite(value) && (!has_range(row) || (value >= row->min && value <= row->max));
}

static bool is_choice(const char *choices, const char *word)
{
    size_t length = strlen(word);
    for (const char *c = choices; c; c = strchr(c, '|')) {
        c += *c == '|';
        if (length > 0 && !strchr(word, '|') && !strncmp(c, word, length) &&
            (c[length] == '|' || !c[length]))
            return true;
    }
    return false;
}

bool rn_attr_accept(const rn_attr *row, const rn_setting *value, rn_setting *out)
{
    const int64_t *v = value->int_value;
    bool is_int = value->type == RN_ATTR_INT;
    bool has_text = value->type && value->text_value; /* a number of --set keeps its text */
    *out = (rn_setting){ .name = row->name,
                         .type = row->type,
                         .int_value = { v[0], v[1] },
                         .text_value = value->text_value };
    switch (row->type) {
        case RN_ATTR_INT: return is_int && in_range(row, (double)v[0]);
        case RN_ATTR_FLOAT:
            out->float_value = is_int ? (double)v[0] : value->float_value;
            return (is_int || value->type == RN_ATTR_FLOAT) && in_range(row, out->float_value);
        case RN_ATTR_BOOL: return value->type == RN_ATTR_BOOL && (v[0] == 0 || v[0] == 1);
        case RN_ATTR_CHOICE: return has_text && is_choice(row->choices, value->text_value);
        case RN_ATTR_STRING: return has_text;
        case RN_ATTR_PAIR:
            return (is_int || value->type == RN_ATTR_PAIR) && in_range(row, (double)v[0]) &&
                   in_range(row, (double)v[1]);
        default: return false;
    }
}

static void print_found(const rn_setting *value, char text[RN_ATTR_TEXT_BYTES])
{
    const int64_t *v = value->int_value;
    bool is_neither = value->type == RN_ATTR_BOOL && v[0] != 0 && v[0] != 1;
    if (value->type == RN_ATTR_INT || is_neither)
        snprintf(text, RN_ATTR_TEXT_BYTES, "%" PRId64, v[0]);
    else if (value->type == RN_ATTR_FLOAT)
        snprintf(text, RN_ATTR_TEXT_BYTES, "the float %.9g", value->float_value);
    else if (value->type == RN_ATTR_BOOL)
        snprintf(text, RN_ATTR_TEXT_BYTES, "%s", v[0] ? "true" : "false");
    else if (value->type == RN_ATTR_PAIR)
        snprintf(text, RN_ATTR_TEXT_BYTES, "[%" PRId64 ", %" PRId64 "]", v[0], v[1]);
    else if (value->type == RN_ATTR_STRING || value->type == RN_ATTR_CHOICE)
        snprintf(text, RN_ATTR_TEXT_BYTES, "\"%.80s\"", value->text_value);
    else
        snprintf(text, RN_ATTR_TEXT_BYTES, "%s", value->text_value);
}

static void print_choices(const char *choices, char text[RN_ATTR_TEXT_BYTES])
{
    size_t used = 0;
    text[0] = 0;
    for (const char *c = choices; c && used < RN_ATTR_TEXT_BYTES; c = strchr(c, '|')) {
        c += *c == '|';
        used += (size_t)snprintf(text + used, RN_ATTR_TEXT_BYTES - used, "%s\"%.*s\"",
                                 used ? " or " : "", (int)strcspn(c, "|"), c);
    }
}

void rn_attr_print_expected(const rn_attr *row, char text[RN_ATTR_TEXT_BYTES])
{
    static const char *const nouns[] = { "",
                                         "an integer",
                                         "a number",
                                         "true or false",
                                         "",
                                         "a string",
                                         "an integer or [height, width]" };
    if (row->type == RN_ATTR_CHOICE) {
        print_choices(row->choices, text);
        return;
    }
    int used = snprintf(text, RN_ATTR_TEXT_BYTES, "%s", nouns[row->type]);
    if (has_range(row))
        used += snprintf(text + used, RN_ATTR_TEXT_BYTES - (size_t)used, " from %.10g to %.10g",
                         row->min, row->max);
    if (row->unit && row->unit[0])
        snprintf(text + used, RN_ATTR_TEXT_BYTES - (size_t)used, " (%.40s)", row->unit);
}

rn_status rn_attr_refuse(const rn_attr *row, const rn_setting *value, const rn_tree *node,
                         const char *owner)
{
    char found[RN_ATTR_TEXT_BYTES], expected[RN_ATTR_TEXT_BYTES];
    print_found(value, found);
    rn_attr_print_expected(row, expected);
    const char *colon = *owner ? ": " : "";
    if (node)
        return rn_tree_fail(node, "%s%s%s: found %s, expected %s", owner, colon, row->name, found,
                            expected);
    return rn_fail(RN_E_CONFIG, "%s%s%s: found %s, expected %s", owner, colon, row->name, found,
                   expected);
}

/* The setting's type is 0 if no row can hold the node; its text then names the node's type. */
static rn_setting setting_of(const rn_tree *node)
{
    rn_setting setting = { .text_value = node->text_value };
    rn_tree *const *c = node->children;
    switch (node->type) {
        case RN_TREE_INT:
            setting.type = RN_ATTR_INT;
            setting.int_value[0] = setting.int_value[1] = node->int_value;
            break;
        case RN_TREE_FLOAT:
            setting.type = RN_ATTR_FLOAT;
            setting.float_value = node->float_value;
            break;
        case RN_TREE_BOOL:
            setting.type = RN_ATTR_BOOL;
            setting.int_value[0] = node->int_value;
            break;
        case RN_TREE_STRING: setting.type = RN_ATTR_STRING; break;
        default:
            if (node->n_children == 2 && c[0]->type == RN_TREE_INT && c[1]->type == RN_TREE_INT) {
                setting.type = RN_ATTR_PAIR;
                setting.int_value[0] = c[0]->int_value;
                setting.int_value[1] = c[1]->int_value;
            } else {
                setting.text_value = rn_tree_type_name(node->type);
            }
    }
    return setting;
}

rn_status rn_attr_check(const rn_attr *row, const rn_tree *node, const char *owner, rn_setting *out)
{
    rn_setting value = setting_of(node);
    return rn_attr_accept(row, &value, out) ? RN_OK : rn_attr_refuse(row, &value, node, owner);
}

rn_setting rn_attr_default(const rn_attr *row)
{
    rn_setting value = { .type = row->type, .text_value = row->default_text };
    bool bracket = row->type == RN_ATTR_PAIR && *row->default_text == '[';
    char *end = NULL;
    errno = 0;
    switch (row->type) {
        case RN_ATTR_FLOAT: value.float_value = strtod(row->default_text, &end); break;
        case RN_ATTR_BOOL:
            value.int_value[0] = !strcmp(row->default_text, "true");
            if (!value.int_value[0] && strcmp(row->default_text, "false"))
                value.type = 0;
            return value;
        case RN_ATTR_INT:
        case RN_ATTR_PAIR:
            value.int_value[0] = strtoll(row->default_text + bracket, &end, 10);
            value.int_value[1] =
                bracket && *end == ',' ? strtoll(end + 1, &end, 10) : value.int_value[0];
            if (bracket)
                end = *end == ']' ? end + 1 : NULL;
            break;
        default: value.type = RN_ATTR_STRING; return value;
    }
    if (errno || !end || end == row->default_text || *end)
        value.type = 0;
    return value;
}

static bool is_name(const char *name)
{
    return name && *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

/* What is wrong with row i, as the end of a message; NULL: nothing. */
static const char *row_mistake(const rn_attr *rows, uint32_t i)
{
    const rn_attr *row = rn_attr_row(rows, i);
    rn_setting value, checked;
    if (row->size != rows->size)
        return "its size differs from the first row's; are there as many rows as n_attrs says?";
    if (!is_name(row->name))
        return "its name is not in lower snake case";
    if (row->type < RN_ATTR_INT || row->type > RN_ATTR_PAIR)
        return "its type is unknown";
    if (row->type == RN_ATTR_CHOICE && !row->choices)
        return "it has no choices";
    if (!row->help || !row->unit)
        return "its help or unit is NULL";
    if (isnan(row->min) || isnan(row->max))
        return "its min or max is not a number";
    if (row->min > row->max)
        return "its min is larger than its max";
    for (uint32_t j = 0; j < i; j++)
        if (!strcmp(rn_attr_row(rows, j)->name, row->name))
            return "its name is a duplicate";
    if (!row->default_text)
        return NULL;
    value = rn_attr_default(row);
    return rn_attr_accept(row, &value, &checked) ? NULL
                                                 : "its default is not a value that it accepts";
}

rn_status rn_attr_table_check(const rn_attr *rows, uint32_t n_rows, const char *owner)
{
    /* The size of a row in ABI 0.6, which ends with `help`. */
    size_t least = offsetof(rn_attr, help) + sizeof rows->help;
    if (n_rows > 0 && (!rows || rows->size < least))
        return rn_fail(RN_E_PLUGIN,
                       "%s: its attribute table has rows of %u bytes, expected at least %zu", owner,
                       rows ? rows->size : 0, least);
    for (uint32_t i = 0; i < n_rows; i++) {
        const char *mistake = row_mistake(rows, i);
        const rn_attr *row = rn_attr_row(rows, i);
        const char *name = row->size == rows->size ? row->name : NULL;
        if (mistake)
            return rn_fail(RN_E_PLUGIN, "%s: attribute %u (%s) of its table: %s", owner, i,
                           name ? name : "no name", mistake);
    }
    return RN_OK;
}
