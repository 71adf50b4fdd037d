/* validate.c: which tests run, each in a process of its own, and what comes of them. */
#define _GNU_SOURCE /* open_memstream */
#include "validate/validate.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "probe/child.h"
#include "validate/checks.h"

#define SENTENCE_BYTES 1024

/* ---- In the child ---- */

typedef struct work {
    const rn_validate_options *options;
    const rn_check *check;
} work;

/* The path is loaded first: afterwards the plugin's name means this file. */
static rn_status open_plugin(rn_checking *c, const rn_validate_options *o)
{
    rn_status status = rn_registry_create(o->plugin_path, &c->registry);
    return status ? status : rn_registry_load(c->registry, o->path, &c->plugin);
}

/* Says so if the plugin that the test compares with is not here. */
static bool lacks_reference(rn_checking *c, const rn_check *check)
{
    const rn_backend *reference = NULL;
    if (!check->uses_reference ||
        rn_registry_backend(c->registry, "reference", &reference) == RN_OK)
        return false;
    rn_check_skip(c, "it is compared with the plugin reference: %s", rn_fail_text());
    return true;
}

static rn_status run_check(void *argument, FILE *report)
{
    const work *w = argument;
    rn_checking c = { .path = w->options->path, .report = report };
    rn_log_set(RN_LOG_WARNING, NULL);
    rn_check_at(&c, "loading it");
    rn_status status = w->check->kind == RN_CHECK_FILE ? RN_OK : open_plugin(&c, w->options);
    if (!status && !lacks_reference(&c, w->check)) {
        rn_check_at(&c, "%s", w->check->what);
        status = w->check->run(&c);
    }
    if (c.n_found > RN_CHECK_MOST_FOUND)
        rn_print(report, "%c and %d more\n", RN_LINE_FOUND, c.n_found - RN_CHECK_MOST_FOUND);
    return status;
}

/* ---- What it said ---- */

typedef struct said {
    FILE *text;
    bool is_found, is_skipped;
    char *at; /* the last thing that was tried */
} said;

static void take_line(rn_validation *v, said *s, char *line)
{
    int kind;
    unsigned count;
    switch (line[0]) {
        case RN_LINE_HAS:
            if (sscanf(line + 2, "%d %u", &kind, &count) == 2 && kind > 0 &&
                kind < RN_N_CHECK_KINDS)
                v->counts[kind] = count;
            return;
        case RN_LINE_AT: s->at = line + 2; return;
        case RN_LINE_FOUND: s->is_found = true; break;
        default: s->is_skipped = true; break;
    }
    rn_print(s->text, "%s\n", line + 2);
}

static void take_report(rn_validation *v, said *s, char *report)
{
    char *rest = NULL;
    for (char *line = strtok_r(report, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (strlen(line) > 1)
            take_line(v, s, line);
}

/* How the child ended, where that is a mistake. */
static void take_end(said *s, const rn_child_task *task, const rn_child_result *result)
{
    char sentence[SENTENCE_BYTES];
    if (result->end == RN_CHILD_RETURNED && !result->status)
        return;
    s->is_found = true;
    rn_child_describe(task, result, sentence, sizeof sentence);
    if (result->end == RN_CHILD_RETURNED)
        rn_print(s->text, "%s\n", result->failure);
    else
        rn_print(s->text, "it %s while this was tried: %s\n", sentence, s->at ? s->at : "nothing");
}

/* Only blocks and loading: a backend's driver is not the plugin's code. */
static void take_output(said *s, const rn_check *check, const rn_child_result *result)
{
    const rn_child_text *texts[] = { &result->printed, &result->complained };
    for (int i = 0; i < 2 && check->kind != RN_CHECK_BACKEND; i++) {
        if (!texts[i]->length || result->end != RN_CHILD_RETURNED)
            continue;
        s->is_found = true;
        rn_print(s->text, "it printed \"%.80s\"; a plugin never prints: it calls host->note\n",
                 texts[i]->text);
    }
}

static rn_status take(rn_validation *v, const rn_child_task *task, rn_child_result *result,
                      rn_checked *out)
{
    size_t size = 0;
    said s = { .text = open_memstream(&out->text, &size) };
    if (!s.text)
        return rn_fail(RN_E_NOMEM, "no memory for the results");
    take_report(v, &s, result->report.text);
    take_end(&s, task, result);
    take_output(&s, out->check, result);
    out->outcome = s.is_found ? RN_FAILED : s.is_skipped ? RN_SKIPPED : RN_PASSED;
    out->seconds = result->seconds;
    return fclose(s.text) ? rn_fail(RN_E_NOMEM, "no memory for the results") : RN_OK;
}

/* ---- All tests ---- */

static rn_status run_one(rn_validation *v, const rn_check *check, rn_checked *out)
{
    work w = { v->options, check };
    const rn_child_task task = { .work = run_check, .argument = &w, .seconds = check->seconds };
    rn_child_result result;
    *out = (rn_checked){ .check = check };
    rn_status status = rn_child_run(&task, &result);
    if (status)
        return status;
    status = take(v, &task, &result, out);
    rn_child_result_clear(&result);
    return status;
}

/* The first test of loading always runs: it says what the plugin has. */
static bool is_wanted(const rn_validation *v, const rn_check *check, bool says_counts)
{
    if (says_counts)
        return true;
    if (v->options->only && fnmatch(v->options->only, check->name, 0) != 0)
        return false;
    return check->kind == RN_CHECK_FILE || v->counts[check->kind] > 0;
}

rn_status rn_validate_run(const rn_validate_options *options, rn_validate_each *each,
                          rn_validation *out)
{
    int n = 0;
    bool has_counts = false;
    while (rn_checks[n].name)
        n++;
    *out = (rn_validation){ .options = options };
    out->results = calloc((size_t)n, sizeof *out->results);
    if (!out->results)
        return rn_fail(RN_E_NOMEM, "no memory for the results");
    for (const rn_check *check = rn_checks; check->name; check++) {
        bool says_counts = check->kind == RN_CHECK_LOADING && !has_counts;
        rn_checked *result = &out->results[out->n_results];
        if (!is_wanted(out, check, says_counts))
            continue;
        rn_status status = run_one(out, check, result);
        out->n_results++;
        if (status)
            return status;
        has_counts |= says_counts;
        out->is_loadable |= says_counts && out->counts[RN_CHECK_LOADING] > 0;
        out->n_failed += result->outcome == RN_FAILED;
        each(out, result);
        if (check == rn_checks && result->outcome == RN_FAILED)
            break; /* of a file that is no plugin, all others would say the same in other words */
    }
    return RN_OK;
}

void rn_validation_clear(rn_validation *validation)
{
    for (int i = 0; i < validation->n_results; i++)
        free(validation->results[i].text);
    free(validation->results);
    *validation = (rn_validation){ 0 };
}

/* In quotes for a shell. */
static void print_word(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./:=,+-";
    if (*word && !word[strspn(word, plain)]) {
        rn_print(out, "%s", word);
        return;
    }
    fputc('\'', out);
    for (; *word; word++)
        rn_print(out, *word == '\'' ? "'\\''" : "%c", *word);
    fputc('\'', out);
}

void rn_validate_command(const rn_validation *validation, const rn_check *check, FILE *out)
{
    const rn_validate_options *o = validation->options;
    fputs("resnet-plugin", out);
    if (o->plugin_path) {
        fputs(" --plugin-path=", out);
        print_word(out, o->plugin_path);
    }
    rn_print(out, " --only=%s check ", check->name);
    print_word(out, o->path);
}
