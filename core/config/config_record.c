/* config_record.c: a resolved cfg as text, and its comparison with another one. */
#define _GNU_SOURCE /* open_memstream */
#include "config/config_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/config_keys.h"

/* ---- Which keys count ---- */

/* RECORDED: a file stores the key. The others: the run's value must equal the stored one. */
enum { RECORDED = 1, FOR_RESUME = 2, FOR_INFER = 4 };

/* A key, or a group of keys, whose name ends in a dot. The first row that matches counts. */
static const struct rule {
    const char *key;
    int uses;
} rules[] = {
    { "network.arch", RECORDED }, /* the layers that it stands for are compared */
    { "network.init", RECORDED },
    { "network.drop_path", RECORDED | FOR_RESUME }, /* has no effect on inference */
    { "network.class_names", 0 },                   /* models record the names themselves */
    { "network.", RECORDED | FOR_RESUME | FOR_INFER },
    { "data.mean", RECORDED | FOR_RESUME | FOR_INFER },
    { "data.std", RECORDED | FOR_RESUME | FOR_INFER },
    { "data.path", 0 },
    { "data.cache", 0 },
    { "data.workers", 0 },
    { "data.queue", 0 },
    { "data.", RECORDED | FOR_RESUME },
    { "train.epochs", RECORDED },
    { "train.max_steps", RECORDED },
    { "train.save_every", 0 }, /* these have no effect on the result */
    { "train.save_every_minutes", 0 },
    { "train.measure_norm", 0 },
    { "train.keep_last", 0 },
    { "train.max_time", 0 },
    { "train.stop_after", RECORDED },
    { "train.min_delta", RECORDED },
    { "train.", RECORDED | FOR_RESUME },
    { "run.seed", RECORDED | FOR_RESUME },
    { "backend.", RECORDED },
};

static size_t key_length(const char *line)
{
    return strcspn(line, " =");
}

/* `line` may be a key alone. */
static bool is_for(const char *line, int use)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        size_t length = strlen(rules[i].key);
        bool is_group = rules[i].key[length - 1] == '.';
        if (strncmp(line, rules[i].key, length) == 0 && (is_group || key_length(line) == length))
            return rules[i].uses & use;
    }
    return false;
}

/* ---- Writing ---- */

/* Prints the fewest digits that read back as the same number. */
static void print_number(FILE *out, double number)
{
    char text[32];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    fputs(text, out);
}

/* Prints a text in quotes, without line breaks. */
static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++)
        if ((unsigned char)*text < ' ')
            fprintf(out, "\\x%02x", (unsigned)(unsigned char)*text);
        else if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    fputc('"', out);
}

static const void *field(const rn_config *config, size_t offset)
{
    return (const char *)config + offset;
}

/* What is printed of a cfg: what files store, or every key. */
typedef struct listing {
    FILE *out;
    bool recorded_only;
} listing;

/* Prints "section.key = "; false, and nothing, if the key is not wanted. */
static bool print_key(const listing *l, const rn_config_section *section, const rn_config_key *key)
{
    char name[96];
    snprintf(name, sizeof name, "%s%s%s", section->path, *section->path ? "." : "", key->attr.name);
    bool is_wanted = !l->recorded_only || is_for(name, RECORDED);
    return is_wanted && fprintf(l->out, "%s = ", name) > 0;
}

static void print_scalar(const listing *l, const rn_config *config,
                         const rn_config_section *section, const rn_config_key *key)
{
    const void *at = field(config, key->offset);
    FILE *out = l->out;
    if (!print_key(l, section, key))
        return;
    if (key->attr.type == RN_ATTR_INT)
        fprintf(out, "%" PRId64, *(const int64_t *)at);
    else if (key->attr.type == RN_ATTR_FLOAT)
        print_number(out, *(const double *)at);
    else if (key->attr.type == RN_ATTR_BOOL)
        fputs(*(const bool *)at ? "true" : "false", out);
    else if (key->attr.type == RN_ATTR_CHOICE)
        print_text(out, rn_word_by_value(key->words, *(const int32_t *)at)->text);
    else
        print_text(out, *(const char *const *)at);
    fputc('\n', out);
}

static void print_array(const listing *l, const rn_config *config, const rn_config_section *section,
                        const rn_config_key *key)
{
    int64_t count = *(const int64_t *)field(config, key->count_offset);
    FILE *out = l->out;
    if (!print_key(l, section, key))
        return;
    fputc('[', out);
    for (int64_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", out);
        if (key->attr.type == RN_ATTR_INT)
            fprintf(out, "%" PRId64, ((const int64_t *)field(config, key->offset))[i]);
        else
            print_number(out, ((const double *)field(config, key->offset))[i]);
    }
    fputs("]\n", out);
}

static void print_leaf(FILE *out, const rn_tree *node)
{
    if (node->type == RN_TREE_INT)
        fprintf(out, "%" PRId64, node->int_value);
    else if (node->type == RN_TREE_FLOAT)
        print_number(out, node->float_value);
    else if (node->type == RN_TREE_BOOL)
        fputs(node->int_value ? "true" : "false", out);
    else
        print_text(out, node->text_value);
}

/* Prints a tree, one leaf a line: network.layers[2].channels = 64. */
static void print_tree(FILE *out, const char *key, const rn_tree *node)
{
    if (node->type != RN_TREE_GROUP && node->type != RN_TREE_LIST && node->type != RN_TREE_ARRAY) {
        fprintf(out, "%s = ", key);
        print_leaf(out, node);
        fputc('\n', out);
        return;
    }
    for (int i = 0; i < node->n_children; i++) {
        const rn_tree *child = node->children[i];
        char *name = NULL;
        int length = child->key ? asprintf(&name, "%s.%s", key, child->key)
                                : asprintf(&name, "%s[%d]", key, i);
        if (length >= 0)
            print_tree(out, name, child);
        free(length >= 0 ? name : NULL);
    }
}

static rn_status list(const rn_config *config, bool recorded_only, char **text)
{
    size_t size = 0;
    *text = NULL;
    FILE *out = open_memstream(text, &size);
    if (!out)
        return rn_fail(RN_E_NOMEM, "no memory to record the configuration");
    const listing l = { out, recorded_only };
    for (const rn_config_section *s = rn_config_sections; s->keys; s++) {
        for (uint32_t i = 0; i < s->n_keys; i++)
            print_scalar(&l, config, s, &s->keys[i]);
        for (uint32_t i = 0; i < s->n_arrays; i++)
            print_array(&l, config, s, &s->arrays[i]);
    }
    print_tree(out, "network.layers", config->network.layers);
    if (config->data.transforms)
        print_tree(out, "data.transforms", config->data.transforms);
    if (config->train.groups_tree)
        print_tree(out, "train.groups", config->train.groups_tree);
    if (config->train.n_sizes)
        print_tree(out, "train.sizes", rn_tree_get(rn_tree_get(config->tree, "train"), "sizes"));
    if (config->train.grow)
        print_tree(out, "train.grow", config->train.grow);
    bool failed = ferror(out) != 0;
    if (fclose(out) || failed) {
        free(*text);
        *text = NULL;
        return rn_fail(RN_E_NOMEM, "no memory to record the configuration");
    }
    return RN_OK;
}

rn_status rn_config_record(const rn_config *config, char **text)
{
    return list(config, true, text);
}

rn_status rn_config_list(const rn_config *config, char **text)
{
    return list(config, false, text);
}

/* ---- Comparing ---- */

typedef struct lines {
    char *text;  /* the lines, each ending with 0 */
    char **line; /* in `text`, sorted by key */
    size_t count;
} lines;

static int compare_keys(const char *a, const char *b)
{
    size_t n = key_length(a), m = key_length(b);
    int order = memcmp(a, b, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

static int compare_lines(const void *a, const void *b)
{
    return compare_keys(*(char *const *)a, *(char *const *)b);
}

static bool split(const char *text, lines *out)
{
    size_t n = 1;
    for (const char *c = text; *c; c++)
        n += *c == '\n';
    *out = (lines){ .text = strdup(text), .line = calloc(n, sizeof *out->line) };
    if (!out->text || !out->line)
        return false;
    char *rest = NULL;
    for (char *line = strtok_r(out->text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        out->line[out->count++] = line;
    qsort(out->line, out->count, sizeof *out->line, compare_lines);
    return true;
}

static void clear(lines *l)
{
    free(l->text);
    free(l->line);
}

enum { SHOWN = 5 };

typedef struct differences {
    char text[1024]; /* the first SHOWN of them, for a message */
    int count;
} differences;

static const char *value_of(const char *line)
{
    const char *equals = line ? strstr(line, " = ") : NULL;
    return equals ? equals + 3 : "not set";
}

static void note(differences *d, const char *recorded, const char *current)
{
    const char *line = recorded ? recorded : current;
    size_t used = strlen(d->text);
    if (d->count++ < SHOWN)
        snprintf(d->text + used, sizeof d->text - used, "%s%.*s was %.60s and is %.60s",
                 used ? "; " : "", (int)(key_length(line) < 80 ? key_length(line) : 80), line,
                 value_of(recorded), value_of(current));
}

/* A file of an earlier version does not record a key that is newer: it was made with its
 * default. */
static bool is_default(const char *line)
{
    char name[96];
    snprintf(name, sizeof name, "%.*s", (int)key_length(line), line);
    const rn_config_key *key = rn_config_find_key(name);
    const char *text = key ? key->attr.default_text : NULL, *value = value_of(line);
    if (!text)
        return false;
    if (key->attr.type == RN_ATTR_FLOAT)
        return strtod(value, NULL) == strtod(text, NULL);
    size_t length = strlen(text);
    bool is_quoted = *value == '"';
    return strncmp(value + is_quoted, text, length) == 0 &&
           strcmp(value + is_quoted + length, is_quoted ? "\"" : "") == 0;
}

static void compare(const lines *recorded, const lines *current, int use, differences *d)
{
    size_t i = 0, j = 0;
    while (i < recorded->count || j < current->count) {
        const char *old = i < recorded->count ? recorded->line[i] : NULL;
        const char *new = j < current->count ? current->line[j] : NULL;
        int order = !old ? 1 : !new ? -1 : compare_keys(old, new);
        i += order <= 0;
        j += order >= 0;
        bool same = order == 0 ? strcmp(old, new) == 0 : order > 0 && is_default(new);
        if (!same && is_for(order <= 0 ? old : new, use))
            note(d, order <= 0 ? old : NULL, order >= 0 ? new : NULL);
    }
}

static rn_status fail_different(const differences *d, rn_config_use use, const char *path)
{
    static const char *const remedies[] = {
        [RN_CONFIG_RESUME] = "use the same, or accept the change with --allow-changed",
        [RN_CONFIG_INFER] = "use the same, or accept the change with --allow-changed",
        [RN_CONFIG_COMPARE] = "differences may come from that",
        [RN_CONFIG_SAME] = "use the same, or replace it with --overwrite",
    };
    char more[32] = "";
    if (d->count > SHOWN)
        snprintf(more, sizeof more, "; and %d more", d->count - SHOWN);
    return rn_fail(RN_E_DATA, "%s: made with another configuration: %s%s; %s", path, d->text, more,
                   remedies[use]);
}

rn_status rn_config_check_record(const rn_config *config, const char *recorded, rn_config_use use,
                                 const char *path)
{
    static const int flags[] = {
        [RN_CONFIG_RESUME] = FOR_RESUME,
        [RN_CONFIG_INFER] = FOR_INFER,
        [RN_CONFIG_COMPARE] = FOR_RESUME,
        [RN_CONFIG_SAME] = RECORDED,
    };
    char *text = NULL;
    lines old = { 0 }, new = { 0 };
    differences d = { .count = 0 };
    rn_status status = rn_config_record(config, &text);
    if (status)
        return status;
    if (!split(recorded, &old) || !split(text, &new)) {
        status = rn_fail(RN_E_NOMEM, "no memory to compare the configuration");
        goto done;
    }
    compare(&old, &new, flags[use], &d);
    if (d.count)
        status = fail_different(&d, use, path);
done:
    clear(&old);
    clear(&new);
    free(text);
    return status;
}
