/* stanza.c: a block as an entry of network.layers, ready to be copied into a cfg. */
#include "probe/stanza.h"

#include <resnet/status.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/attr.h"

#define CHANNELS 16 /* where a table wants some and gives no default */

typedef struct line {
    char *text;
    size_t length;
} line;

static void add(line *to, const char *format, ...) RN_PRINTF(2, 3);

static void add(line *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(to->text + to->length, RN_STANZA_BYTES - to->length, format, args);
    va_end(args);
    if (n > 0)
        to->length += (size_t)n;
    if (to->length >= RN_STANZA_BYTES)
        to->length = RN_STANZA_BYTES - 1;
}

/* As libconfig reads it: with \ before " and \. */
static void add_string(line *to, const char *text, size_t length)
{
    add(to, "\"");
    for (size_t i = 0; i < length; i++)
        add(to, "%s%c", text[i] == '"' || text[i] == '\\' ? "\\" : "", text[i]);
    add(to, "\"");
}

/* A number from the table's range. */
static double small(const rn_attr *row)
{
    double wanted = row->unit && strcmp(row->unit, "channels") == 0 ? CHANNELS : 1;
    if (row->min == 0 && row->max == 0)
        return wanted;
    return wanted < row->min ? row->min : wanted > row->max ? row->max : wanted;
}

static void add_value(line *to, const rn_attr *row)
{
    const char *given = row->default_text;
    bool is_text = row->type == RN_ATTR_CHOICE || row->type == RN_ATTR_STRING;
    if (is_text && given)
        add_string(to, given, strlen(given));
    else if (is_text)
        add_string(to, row->choices ? row->choices : "",
                   row->choices ? strcspn(row->choices, "|") : 0);
    else if (given)
        add(to, "%s", given);
    else if (row->type == RN_ATTR_BOOL)
        add(to, "false");
    else
        add(to, "%.10g", small(row));
}

void rn_stanza_print(const rn_block *block, const char *owner, char text[RN_STANZA_BYTES])
{
    line to = { .text = text };
    add(&to, "{ block = \"%s%s\";", owner, block->name);
    for (uint32_t i = 0; i < block->n_attrs; i++) {
        const rn_attr *row = rn_attr_row(block->attrs, i);
        add(&to, " %s = ", row->name);
        add_value(&to, row);
        add(&to, ";");
    }
    add(&to, " }");
}
