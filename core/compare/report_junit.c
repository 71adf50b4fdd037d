/* report_junit.c: a comparison as JUnit's XML: a suite per side, a test per tensor and mode. */
#include "base/status.h"
#include "base/text.h"
#include "compare/report_fields.h"
#include "compare/report_rows.h"
#include "compare/reports.h"
#include "report/html.h"

static void print_property(FILE *out, const char *name, const char *value)
{
    fputs("    <property", out);
    rn_html_attribute(out, "name", name);
    rn_html_attribute(out, "value", value ? value : "");
    fputs("/>\n", out);
}

static void print_properties(FILE *out, const rn_comparison *c)
{
    fputs("   <properties>\n", out);
    print_property(out, "cfg", c->cfg);
    print_property(out, "phase", c->phase);
    print_property(out, "weights_hash", c->weights_hash);
    print_property(out, "input_hash", c->input_hash);
    print_property(out, "cfg_hash", c->cfg_hash);
    print_property(out, "machine", c->machine);
    print_property(out, "reference", c->sides[0].label);
    fputs("   </properties>\n", out);
}

/* The beginning of a test: "<testcase classname=… name=…>". */
static void open_test(FILE *out, const rn_comparison *c, int32_t side, const char *name,
                      const char *mode)
{
    fputs("   <testcase", out);
    rn_html_attribute(out, "classname", c->sides[side].label);
    fputs(" name=\"", out);
    rn_html_text(out, name);
    rn_print(out, "%s%s%s\" time=\"0\">", *mode ? " (" : "", mode, *mode ? ")" : "");
}

/* `element`: "failure" or "error" */
static void print_outcome(FILE *out, const char *element, const char *type, const char *message)
{
    rn_print(out, "<%s", element);
    rn_html_attribute(out, "type", type);
    rn_html_attribute(out, "message", message);
    fputs("/>", out);
}

static void print_whole(FILE *out, const rn_comparison *c, int32_t side)
{
    open_test(out, c, side, "conclusion", "");
    const rn_compare_side *of = &c->sides[side];
    if (of->declined)
        print_outcome(out, "error", rn_status_name(of->declined), rn_side_sentence(c, side));
    else if (rn_verdict_fails(of->verdict))
        print_outcome(out, "failure", rn_verdict_word(of->verdict), rn_side_sentence(c, side));
    fputs("</testcase>\n", out);
}

static void print_place(FILE *out, const rn_comparison *c, rn_place place)
{
    const rn_compared *compared = rn_place_of(c, place);
    char name[RN_PLACE_NAME], message[256];
    rn_traced_full_name(&c->rows[place.row].tensor, name);
    open_test(out, c, place.side, name, rn_compare_mode_words[place.mode]);
    if (compared->verdict == RN_VERDICT_ABSENT)
        fputs("<skipped/>", out);
    snprintf(message, sizeof message, "%s: the relative difference is %.3g; %.3g is allowed",
             rn_verdict_sentence(compared->verdict), rn_compared_relative(compared),
             compared->tolerance);
    if (rn_verdict_fails(compared->verdict))
        print_outcome(out, "failure", rn_verdict_word(compared->verdict), message);
    fputs("</testcase>\n", out);
}

typedef struct counts {
    int tests, failures, errors, skipped;
} counts;

static counts count(const rn_comparison *c, int32_t side)
{
    counts n = { .tests = 1, .errors = c->sides[side].declined != RN_OK };
    n.failures = !n.errors && rn_verdict_fails(c->sides[side].verdict);
    for (int32_t row = 0; row < c->n_rows && !n.errors; row++)
        for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++) {
            rn_verdict verdict = c->rows[row].sides[side][mode].verdict;
            n.tests += c->modes[mode];
            n.failures += c->modes[mode] && rn_verdict_fails(verdict);
            n.skipped += c->modes[mode] && verdict == RN_VERDICT_ABSENT;
        }
    return n;
}

static void print_suite(FILE *out, const rn_comparison *c, int32_t side)
{
    counts n = count(c, side);
    fputs("  <testsuite", out);
    rn_html_attribute(out, "name", c->sides[side].label);
    rn_print(out, " tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"0\">\n",
             n.tests, n.failures, n.errors, n.skipped);
    print_properties(out, c);
    print_whole(out, c, side);
    for (int32_t row = 0; row < c->n_rows && !n.errors; row++)
        for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
            if (c->modes[mode])
                print_place(out, c, (rn_place){ row, side, (rn_compare_mode)mode });
    fputs("  </testsuite>\n", out);
}

void rn_compare_junit(FILE *out, const rn_comparison *c)
{
    counts all = { 0 };
    for (int32_t side = 1; side < c->n_sides; side++) {
        counts n = count(c, side);
        all.tests += n.tests;
        all.failures += n.failures;
        all.errors += n.errors;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"resnet-run compare\"",
          out);
    rn_print(out, " tests=\"%d\" failures=\"%d\" errors=\"%d\" time=\"0\">\n", all.tests,
             all.failures, all.errors);
    for (int32_t side = 1; side < c->n_sides; side++)
        print_suite(out, c, side);
    fputs("</testsuites>\n", out);
}
