/* record_cfg.c: the lines of a record, "network.layers[2].channels = 64", as nested groups, lists
 * and arrays. */
#define _GNU_SOURCE /* open_memstream */
#include "config/record_cfg.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/schedule_keys.h"

/* Grouping compares each line with each of its level. Ten thousand are over a thousand layers. */
#define MAX_LINES 10000
#define MAX_BYTES (1 << 20)
#define MAX_DEPTH 16

/* A line, of which `key` is what is left of its key. Texts are in the copy of the record. */
typedef struct line {
    char *key;   /* ".channels", "[2].channels" or "" */
    char *value; /* as it was printed */
    bool done;
} line;

typedef struct lines {
    char *text;
    line *line;
    size_t count;
} lines;

/* The length of the first part of a key: "network", ".channels" or "[2]". */
static size_t part_length(const char *key)
{
    if (*key == '[')
        return strcspn(key, "]") + 1;
    return strcspn(key + 1, ".[") + 1;
}

/* A part is a word, ".word" or "[number]". */
static bool is_part_valid(const char *part, size_t length)
{
    bool is_index = *part == '[';
    size_t first = is_index || *part == '.', end = is_index ? length - 1 : length;
    for (size_t i = first; i < end; i++)
        if (is_index ? !isdigit((unsigned char)part[i])
                     : !isalnum((unsigned char)part[i]) && part[i] != '_')
            return false;
    return first < end && length <= strlen(part);
}

static bool is_key_valid(const char *key)
{
    int depth = 0;
    if (!isalpha((unsigned char)*key))
        return false;
    for (; *key; key += part_length(key))
        if (++depth > MAX_DEPTH || !is_part_valid(key, part_length(key)))
            return false;
    return true;
}

/* The schedule of the learning rate that a record names; that of a cfg which names none. */
static int32_t schedule_of(const char *record)
{
    static const rn_word words[] = { RN_SCHEDULE_WORDS(RN_WORD_ROW){ 0 } };
    const char *found = strstr(record, "\ntrain.schedule = \"");
    char text[32] = "";
    if (found)
        snprintf(text, sizeof text, "%.*s", (int)strcspn(found + 19, "\"\n"), found + 19);
    const rn_word *word = rn_word_by_text(words, text);
    return word ? word->value : RN_SCHEDULE_CONSTANT;
}

/* Keys of the machine that the run was on, the name of a model whose layers are here too, growths,
 * which the layers may have had already, keys of other schedules than the run's, and empty arrays,
 * which no cfg has. */
static bool is_left_out(const char *key, int32_t schedule)
{
    if (strncmp(key, "train.", 6) == 0 &&
        !rn_schedule_reads(schedule, key + 6, strcspn(key + 6, " ")))
        return true;
    return strstr(key, " = []") || strncmp(key, "run.", 4) == 0 ||
           strncmp(key, "backend.", 8) == 0 || strncmp(key, "network.arch ", 13) == 0 ||
           strncmp(key, "train.grow[", 11) == 0;
}

static rn_status split(const char *record, const char *path, lines *all)
{
    if (strlen(record) > MAX_BYTES)
        return rn_fail(RN_E_DATA, "%s: its \"config\" has %zu bytes; expected at most %d", path,
                       strlen(record), MAX_BYTES);
    all->text = strdup(record);
    all->line = calloc(strlen(record) / 4 + 1, sizeof *all->line);
    if (!all->text || !all->line)
        return rn_fail(RN_E_NOMEM, "%s: no memory for its configuration", path);
    int32_t schedule = schedule_of(record);
    char *rest = all->text, *text;
    while ((text = strsep(&rest, "\n"))) {
        char *equals = strstr(text, " = ");
        if (!*text || is_left_out(text, schedule))
            continue;
        if (equals)
            *equals = 0;
        if (all->count == MAX_LINES)
            return rn_fail(RN_E_DATA, "%s: its \"config\" has more than %d lines", path, MAX_LINES);
        if (!equals || !is_key_valid(text))
            return rn_fail(RN_E_DATA, "%s: its \"config\" is not one that resnet-run stores: %.60s",
                           path, text);
        all->line[all->count++] = (line){ .key = text, .value = equals + 3 };
    }
    return RN_OK;
}

/* libconfig wants the numbers of an array to be of one type, those of a list not; and an L after an
 * integer of more than 32 bits. */
static void print_value(FILE *out, const char *value)
{
    size_t length = strlen(value);
    long long number;
    char *end;
    if (*value == '[' && value[length - 1] == ']') {
        fputc('(', out);
        fwrite(value + 1, 1, length - 2, out);
        fputc(')', out);
        return;
    }
    fputs(value, out);
    errno = 0;
    number = strtoll(value, &end, 10);
    if (!errno && !*end && number != (int)number)
        fputc('L', out);
}

/* How the nodes of a level stand: one a line, or all in one. */
enum { IN_ONE_LINE = -1, MAX_COLUMNS = 98 };

static void indent(FILE *out, int depth)
{
    for (int i = 0; i < 2 * depth; i++)
        fputc(' ', out);
}

static void print_nodes(FILE *out, line *first, size_t count, int depth);

/* Moves the lines whose keys begin with the same part as that of `first` to `members`, without that
 * part. */
static size_t take_members(line *first, size_t count, line *members)
{
    size_t length = part_length(first->key), n = 0;
    const char *part = first->key;
    for (size_t i = 0; i < count; i++) {
        line *l = &first[i];
        if (l->done || strncmp(l->key, part, length) != 0 || part_length(l->key) != length)
            continue;
        l->done = true;
        members[n++] = (line){ .key = l->key + length, .value = l->value };
    }
    return n;
}

/* The members of a group or a list in one line, if they fit; NULL: they do not. The caller frees
 * it. */
static char *one_line(const line *members, size_t n, int depth)
{
    char *text = NULL;
    size_t size = 0;
    line *copy = calloc(n, sizeof *copy);
    FILE *out = copy ? open_memstream(&text, &size) : NULL;
    if (out) {
        memcpy(copy, members, n * sizeof *copy);
        print_nodes(out, copy, n, IN_ONE_LINE);
        fclose(out);
    }
    free(copy);
    if (text && size + 2 * (size_t)depth <= MAX_COLUMNS)
        return text;
    free(text);
    return NULL;
}

static void print_members(FILE *out, line *members, size_t n, int depth)
{
    bool is_list = *members->key == '[';
    char *text = depth == IN_ONE_LINE || (is_list && strchr(members->key, '.'))
                     ? NULL
                     : one_line(members, n, depth);
    fputc(is_list ? '(' : '{', out);
    if (text) {
        fputs(text, out);
    } else if (depth == IN_ONE_LINE) {
        print_nodes(out, members, n, depth);
    } else {
        fputc('\n', out);
        print_nodes(out, members, n, depth + 1);
        indent(out, depth);
    }
    fputc(is_list ? ')' : '}', out);
    free(text);
}

/* Prints the setting or the element that `first` begins. */
static void print_node(FILE *out, line *first, size_t count, int depth)
{
    const char *key = first->key;
    bool is_element = *key == '[';
    int from = *key == '.';
    line *members = calloc(count, sizeof *members);
    if (!members)
        return;
    size_t n = take_members(first, count, members);
    if (!is_element) {
        fwrite(key + from, 1, part_length(key) - (size_t)from, out);
        fputs(" = ", out);
    }
    if (*members->key)
        print_members(out, members, n, depth);
    else
        print_value(out, members->value);
    free(members);
    if (!is_element)
        fputc(';', out);
}

static void print_nodes(FILE *out, line *first, size_t count, int depth)
{
    bool is_flat = depth == IN_ONE_LINE, is_list = count && *first->key == '[';
    for (size_t i = 0; i < count; i++) {
        if (first[i].done)
            continue;
        if (i && is_list)
            fputc(',', out);
        if (is_flat ? i || !is_list : i > 0)
            fputc(is_flat ? ' ' : '\n', out);
        if (!is_flat)
            indent(out, depth);
        print_node(out, &first[i], count - i, depth);
    }
    if (!is_flat || !is_list)
        fputc(is_flat ? ' ' : '\n', out);
}

rn_status rn_record_cfg(const char *record, const char *path, char **cfg)
{
    lines all = { 0 };
    size_t size = 0;
    FILE *out = NULL;
    *cfg = NULL;
    rn_status status = split(record, path, &all);
    if (status)
        goto done;
    out = open_memstream(cfg, &size);
    if (out)
        print_nodes(out, all.line, all.count, 0);
    if (!out || fclose(out)) {
        free(*cfg);
        *cfg = NULL;
        status = rn_fail(RN_E_NOMEM, "%s: no memory for its configuration", path);
    }
done:
    free(all.line);
    free(all.text);
    return status;
}
