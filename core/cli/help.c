/* help.c: --help and --list-options, printed from the tables. */
#include "cli/help.h"

#include <string.h>

#include "cli/options.h"
#include "config/config_keys.h"
#include "data/dataset.h"
#include "data/transforms/kind.h"
#include "report/metrics.h"

#define HELP_BYTES 256

static bool is_hidden(const rn_option *row)
{
    return !row->help && !row->key;
}

/* What one option accepts and does, from its row or from the row of its key. */
typedef struct meaning {
    const char *help, *default_text;
    const rn_word *words; /* NULL: the value is not a choice */
} meaning;

static meaning meaning_of(const rn_option *row)
{
    const rn_config_key *key = row->key ? rn_config_find_key(row->key) : NULL;
    if (!key)
        return (meaning){ row->help, row->default_text, row->words };
    bool is_choice = key->words != NULL;
    return (meaning){ row->help ? row->help : key->attr.help,
                      is_choice ? key->attr.default_text : NULL, key->words };
}

/* "timed steps; default 10", "search for the fastest: off, quick (default), full" */
static void describe(const rn_option *row, char text[HELP_BYTES])
{
    meaning m = meaning_of(row);
    char words[128] = "";
    if (m.words)
        rn_words_print(m.words, m.default_text, words, sizeof words);
    if (m.words)
        snprintf(text, HELP_BYTES, "%s%s%s", m.help, *m.help ? ": " : "", words);
    else
        snprintf(text, HELP_BYTES, "%s%s%s", m.help, m.default_text ? "; default " : "",
                 m.default_text ? m.default_text : "");
}

static void print_option(FILE *stream, rn_option_entry entry)
{
    const rn_option *row = entry.row;
    const char *value = row->value ? row->value : "";
    char name[64], help[HELP_BYTES];
    snprintf(name, sizeof name, "--%s%s%s", row->name, *value && *value != '[' ? "=" : "", value);
    describe(row, help);
    fprintf(stream, "  %c%c%c %-26s %s%s%s\n", row->letter ? '-' : ' ',
            row->letter ? row->letter : ' ', row->letter ? ',' : ' ', name,
            entry.verbs ? entry.verbs : "", entry.verbs ? ": " : "", help);
}

void rn_help_print(FILE *stream)
{
    rn_option_entry entry;
    fputs("Usage: resnet-run [OPTION]… [COMMAND] MODEL [ARGUMENT]…\n"
          "Trains and runs residual networks on any vendor's hardware.\n\n"
          "MODEL is a cfg, or a file or folder of weights that tells its network.\n"
          "Commands (default: the cfg's run.action), and what follows MODEL:\n",
          stream);
    for (const rn_verb *const *verb = rn_verbs; *verb; verb++)
        fprintf(stream, "  %-8s %-12s %s\n", (*verb)->name,
                (*verb)->operands ? (*verb)->operands : "", (*verb)->help);
    fputs("\nOptions:\n", stream);
    for (int i = 0; (entry = rn_options_entry(i)).row; i++)
        if (!is_hidden(entry.row))
            print_option(stream, entry);
    fputs("\nExit status: 0 done; 1 a limit is missed; 2 usage or cfg; 3 backend or plugin;\n"
          "4 data or weights; 5 diverged; 6 out of memory; 130, 143 stopped by Ctrl-C or SIGTERM,\n"
          "after a checkpoint.\n"
          "See resnet-run(1), resnet-run.cfg(5).\n",
          stream);
}

static void list_words(FILE *stream, const char *prefix, const char *owner, const rn_word *words,
                       const char *default_text)
{
    for (; words && words->text; words++)
        fprintf(stream, "word\t%s%s\t%s\t%d\t%s\n", prefix, owner, words->text,
                default_text && strcmp(words->text, default_text) == 0, words->help);
}

static void list_option(FILE *stream, rn_option_entry entry)
{
    const rn_option *row = entry.row;
    meaning m = meaning_of(row);
    char help[HELP_BYTES];
    describe(row, help);
    fprintf(stream, "option\t%s\t%.1s\t%s\t%s\t%s\n", row->name, &row->letter,
            row->value ? row->value : "", entry.verbs ? entry.verbs : "", help);
    list_words(stream, "--", row->name, m.words, m.default_text);
}

/* Prints "integer, from 0 to 1024 threads; default 0". `words`: of a choice whose row has none. */
static void list_accepted(FILE *stream, const rn_attr *row, bool is_array, const char *words)
{
    static const char *const types[] = {
        [RN_ATTR_INT] = "integer",        [RN_ATTR_FLOAT] = "number",
        [RN_ATTR_BOOL] = "true or false", [RN_ATTR_CHOICE] = "one of ",
        [RN_ATTR_STRING] = "string",      [RN_ATTR_PAIR] = "integer or array of two"
    };
    fprintf(stream, "%s%s%s%s", is_array ? "array of " : "", types[row->type], is_array ? "s" : "",
            words);
    for (const char *c = row->choices; c && *c; c++)
        fprintf(stream, *c == '|' ? ", " : "%c", *c);
    if (row->min < row->max)
        fprintf(stream, ", from %.10g to %.10g%s%s", row->min, row->max, *row->unit ? " " : "",
                row->unit);
    if (!row->default_text)
        fputs(is_array ? "" : "; must be given", stream);
    else if (*row->default_text)
        fprintf(stream, "; default %s", row->default_text);
}

static void list_key(FILE *stream, const char *section, const rn_config_key *key)
{
    const rn_attr *row = &key->attr;
    char words[128] = "", path[64];
    if (key->words)
        rn_words_print(key->words, NULL, words, sizeof words);
    fprintf(stream, "key\t%s\t%s\t", section, row->name);
    list_accepted(stream, row, key->capacity > 0, words);
    fprintf(stream, "\t%s\n", row->help);
    snprintf(path, sizeof path, "%s.", section);
    list_words(stream, path, row->name, key->words, row->default_text);
}

/* An attribute of a transform. */
static void list_attr(FILE *stream, const char *transform, const rn_attr *row, bool is_array)
{
    fprintf(stream, "attribute\t%s\t%s\t", transform, row->name);
    list_accepted(stream, row, is_array, "");
    fprintf(stream, "\t%s\n", row->help);
}

static void list_transform(FILE *stream, const rn_transform_kind *kind)
{
    fprintf(stream, "transform\t%s\t%s\n", kind->name, kind->help);
    for (uint32_t i = 0; i < kind->n_attrs; i++)
        list_attr(stream, kind->name, &kind->attrs[i], false);
    for (uint32_t i = 0; i < kind->n_arrays; i++)
        list_attr(stream, kind->name, &kind->arrays[i].attr, true);
}

void rn_help_list(FILE *stream)
{
    rn_option_entry entry;
    for (const rn_verb *const *verb = rn_verbs; *verb; verb++)
        fprintf(stream, "verb\t%s\t%s\t%s\n", (*verb)->name, (*verb)->help,
                (*verb)->operands ? (*verb)->operands : "");
    for (int i = 0; (entry = rn_options_entry(i)).row; i++)
        if (!is_hidden(entry.row))
            list_option(stream, entry);
    for (const rn_config_section *section = rn_config_sections; section->keys; section++) {
        for (uint32_t i = 0; i < section->n_keys; i++)
            list_key(stream, section->path, &section->keys[i]);
        for (uint32_t i = 0; i < section->n_arrays; i++)
            list_key(stream, section->path, &section->arrays[i]);
    }
    for (int i = 0; rn_dataset_kinds[i]; i++)
        fprintf(stream, "dataset\t%s\t%s\n", rn_dataset_kinds[i]->name, rn_dataset_kinds[i]->help);
    for (const rn_metric *metric = rn_metrics; metric->name; metric++)
        fprintf(stream, "metric\t%s\t%s\n", metric->name, metric->help);
    for (int i = 0; rn_transform_kinds[i]; i++)
        list_transform(stream, rn_transform_kinds[i]);
}
