/* plugin_options.c: the command line of resnet-plugin, read by the tables of its commands. */
#include "cli/plugin_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/nearest.h"
#include "base/status.h"

#define MAX_OPTIONS 32
#define DEADLINE_S 30

/* What getopt_long returns: an answer, or FIRST_ROW + the number of an option. */
enum { FIRST_ROW = 1000 };

static bool takes(const rn_plugin_verb *verb, const rn_plugin_option *row)
{
    for (const rn_plugin_option *const *own = verb->options; *own; own++)
        if (*own == row)
            return true;
    return false;
}

/* Option i, each counted where the first command takes it. */
static const rn_plugin_option *option_at(int i)
{
    for (int v = 0; rn_plugin_verbs[v]; v++)
        for (const rn_plugin_option *const *row = rn_plugin_verbs[v]->options; *row; row++) {
            bool is_known = false;
            for (int before = 0; before < v && !is_known; before++)
                is_known = takes(rn_plugin_verbs[before], *row);
            if (!is_known && i-- == 0)
                return *row;
        }
    return NULL;
}

rn_plugin_entry rn_plugin_options_entry(int i)
{
    rn_plugin_entry entry = { .row = option_at(i) };
    size_t length = 0;
    for (int v = 0; entry.row && rn_plugin_verbs[v]; v++)
        if (takes(rn_plugin_verbs[v], entry.row) && length < sizeof entry.verbs)
            length += (size_t)snprintf(entry.verbs + length, sizeof entry.verbs - length, "%s%s",
                                       length ? ", " : "", rn_plugin_verbs[v]->name);
    return entry;
}

static void fill_table(struct option table[MAX_OPTIONS])
{
    static const struct option answers[] = {
        { "help", no_argument, NULL, RN_PLUGIN_ANSWER_HELP },
        { "version", no_argument, NULL, RN_PLUGIN_ANSWER_VERSION },
        { "list-options", no_argument, NULL, RN_PLUGIN_ANSWER_LIST },
    };
    int n = sizeof answers / sizeof *answers;
    const rn_plugin_option *row;
    memset(table, 0, MAX_OPTIONS * sizeof *table);
    memcpy(table, answers, sizeof answers);
    for (int i = 0; n < MAX_OPTIONS - 1 && (row = option_at(i)); i++)
        table[n++] = (struct option){ row->name, row->value ? required_argument : no_argument, NULL,
                                      FIRST_ROW + i };
}

static void set(rn_plugin_options *options, const rn_plugin_option *row, const char *value)
{
    char *field = (char *)options + row->offset;
    const bool yes = true;
    if (row->value)
        memcpy(field, &value, sizeof value);
    else
        memcpy(field, &yes, sizeof yes);
}

/* "list, info, why or doctor" */
static void name_verbs(char *text, size_t size)
{
    size_t length = 0;
    for (int v = 0; rn_plugin_verbs[v] && length < size; v++)
        length += (size_t)snprintf(text + length, size - length, "%s%s",
                                   v == 0                   ? ""
                                   : rn_plugin_verbs[v + 1] ? ", "
                                                            : " or ",
                                   rn_plugin_verbs[v]->name);
}

static rn_status find_verb(const char *name, const rn_plugin_verb **out)
{
    const char *words[MAX_OPTIONS] = { NULL }, *near;
    char known[256];
    for (int v = 0; rn_plugin_verbs[v]; v++) {
        words[v] = rn_plugin_verbs[v]->name;
        if (name && strcmp(name, words[v]) == 0) {
            *out = rn_plugin_verbs[v];
            return RN_OK;
        }
    }
    name_verbs(known, sizeof known);
    if (!name)
        return rn_fail(RN_E_USAGE, "expected a command: %s; see --help", known);
    near = rn_nearest(name, words);
    if (near)
        return rn_fail(RN_E_USAGE, "there is no command \"%s\"; did you mean \"%s\"?", name, near);
    return rn_fail(RN_E_USAGE, "there is no command \"%s\"; there are %s", name, known);
}

static int count_words(const char *text)
{
    int n = *text != 0;
    for (; *text; text++)
        n += *text == ' ';
    return n;
}

static rn_status check_operands(const rn_plugin_verb *verb, const rn_plugin_options *options)
{
    int n = count_words(verb->operands);
    if (options->n_operands < n)
        return rn_fail(RN_E_USAGE, "%s needs %s after it; see --help", verb->name, verb->operands);
    if (options->n_operands > n)
        return rn_fail(RN_E_USAGE, "%s takes %s; found \"%s\"", verb->name,
                       n ? verb->operands : "nothing after it", options->operands[n]);
    return RN_OK;
}

rn_status rn_plugin_options_read(int argc, char **argv, rn_plugin_options *options,
                                 rn_plugin_answer *answer, const rn_plugin_verb **verb)
{
    struct option table[MAX_OPTIONS];
    bool given[MAX_OPTIONS] = { false };
    fill_table(table);
    *options = (rn_plugin_options){ .words = argv };
    *verb = NULL;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
        if (c == ':' || c == '?')
            return rn_fail(RN_E_USAGE, "%s \"%s\"; see --help",
                           c == ':' ? "a value is missing after" : "there is no option",
                           argv[optind - 1]);
        if (c < FIRST_ROW) {
            *answer = (rn_plugin_answer)c;
            return RN_OK;
        }
        given[c - FIRST_ROW] = true;
        set(options, option_at(c - FIRST_ROW), optarg);
    }
    rn_status status = find_verb(optind < argc ? argv[optind] : NULL, verb);
    if (status)
        return status;
    options->operands = argv + optind + 1;
    options->n_operands = argc - optind - 1;
    const rn_plugin_option *row;
    for (int i = 0; (row = option_at(i)); i++)
        if (given[i] && !takes(*verb, row))
            return rn_fail(RN_E_USAGE, "%s does not take --%s, which is for %s", (*verb)->name,
                           row->name, rn_plugin_options_entry(i).verbs);
    return check_operands(*verb, options);
}

rn_status rn_plugin_options_seconds(const rn_plugin_options *options, double *seconds)
{
    *seconds = DEADLINE_S;
    if (!options->deadline || rn_duration_read(options->deadline, seconds))
        return RN_OK;
    return rn_fail(RN_E_USAGE, "--deadline: found \"%s\", expected a time such as 5s or 2m",
                   options->deadline);
}
