/* reports.c: what checking a plugin has found, as text, JSON, or JUnit's XML. */
#define _GNU_SOURCE /* open_memstream */
#include "validate/reports.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "report/html.h"

/* By rn_outcome. */
static const struct {
    const char *shown, *word;
} outcomes[] = { [RN_PASSED] = { "ok", "passed" },
                 [RN_SKIPPED] = { "skip", "skipped" },
                 [RN_FAILED] = { "FAIL", "failed" } };

/* ---- Text ---- */

void rn_validation_text_one(FILE *out, const rn_validation *v, const rn_checked *result)
{
    rn_print(out, "%-4s  %-22s %6.1f s  %s\n", outcomes[result->outcome].shown, result->check->name,
             result->seconds, result->check->what);
    for (const char *line = result->text; *line;) {
        size_t length = strcspn(line, "\n");
        rn_print(out, "      %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    if (result->outcome == RN_FAILED) {
        fputs("      again: ", out);
        rn_validate_command(v, result->check, out);
        fputc('\n', out);
    }
}

void rn_validation_text_sum(FILE *out, const rn_validation *v)
{
    int n[RN_FAILED + 1] = { 0 };
    for (int i = 0; i < v->n_results; i++)
        n[v->results[i].outcome]++;
    rn_print(out, "%d passed, %d failed, %d skipped\n", n[RN_PASSED], n[RN_FAILED], n[RN_SKIPPED]);
}

/* ---- JSON ---- */

static char *command_of(const rn_validation *v, const rn_check *check)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    rn_validate_command(v, check, out);
    fclose(out);
    return text;
}

static json_t *lines_of(const char *text)
{
    json_t *lines = json_array();
    while (*text) {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length);
        json_array_append_new(lines, rn_json_text(line ? line : ""));
        free(line);
        text += length + (text[length] == '\n');
    }
    return lines;
}

static json_t *object_of(const rn_validation *v, const rn_checked *result)
{
    json_t *object = json_object();
    char *command = command_of(v, result->check);
    rn_json_set(object, "name", rn_json_text(result->check->name));
    rn_json_set(object, "what", rn_json_text(result->check->what));
    rn_json_set(object, "outcome", rn_json_text(outcomes[result->outcome].word));
    rn_json_set(object, "seconds", rn_json_number(result->seconds));
    rn_json_set(object, "messages", lines_of(result->text));
    rn_json_set(object, "command", rn_json_text(command ? command : ""));
    free(command);
    return object;
}

rn_status rn_validation_json(FILE *out, const rn_validation *v)
{
    json_t *root = json_object(), *tests = json_array();
    for (int i = 0; i < v->n_results; i++)
        json_array_append_new(tests, object_of(v, &v->results[i]));
    rn_json_set(root, "schema", json_integer(RN_VALIDATION_SCHEMA));
    rn_json_set(root, "kind", rn_json_text("check"));
    rn_json_set(root, "plugin", rn_json_text(v->options->path));
    rn_json_set(root, "loads", json_boolean(v->is_loadable));
    rn_json_set(root, "failed", json_integer(v->n_failed));
    rn_json_set(root, "tests", tests);
    int failed = json_dumpf(root, out, JSON_INDENT(2));
    json_decref(root);
    fputc('\n', out);
    return failed ? rn_fail(RN_E_NOMEM, "no memory for the results as JSON") : RN_OK;
}

/* ---- JUnit ---- */

static void print_test(FILE *out, const rn_validation *v, const rn_checked *result)
{
    fputs("  <testcase", out);
    rn_html_attribute(out, "classname", v->options->path);
    rn_html_attribute(out, "name", result->check->name);
    rn_print(out, " time=\"%.3f\">", result->seconds);
    if (result->outcome == RN_SKIPPED) {
        fputs("<skipped", out);
        rn_html_attribute(out, "message", result->text);
        fputs("/>", out);
    } else if (result->outcome == RN_FAILED) {
        char *command = command_of(v, result->check);
        fputs("<failure", out);
        rn_html_attribute(out, "message", result->text);
        fputc('>', out);
        rn_html_text(out, command ? command : "");
        fputs("</failure>", out);
        free(command);
    }
    fputs("</testcase>\n", out);
}

void rn_validation_junit(FILE *out, const rn_validation *v)
{
    int n_skipped = 0;
    for (int i = 0; i < v->n_results; i++)
        n_skipped += v->results[i].outcome == RN_SKIPPED;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"resnet-plugin check\"",
          out);
    rn_print(out, " tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\">\n", v->n_results,
             v->n_failed, n_skipped);
    for (int i = 0; i < v->n_results; i++)
        print_test(out, v, &v->results[i]);
    fputs("</testsuite>\n", out);
}
