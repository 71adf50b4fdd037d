/* test_reports.c: the forms of a comparison. With RESNET_REPORTS=FOLDER the files stay there, where
 * reports.sh has other programs read them. */
#define _GNU_SOURCE /* open_memstream */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "compare/made_comparison.h"
#include "compare/report_rows.h"
#include "compare/reports.h"
#include "io/file.h"
#include "support/check.h"

typedef rn_status print_form(FILE *out, const rn_comparison *comparison);

static rn_status print_text(FILE *out, const rn_comparison *comparison)
{
    rn_compare_text(out, comparison);
    return RN_OK;
}

static rn_status print_all(FILE *out, const rn_comparison *comparison)
{
    rn_compare_text_all(out, comparison);
    return RN_OK;
}

/* What a form prints; the caller frees it. */
static char *printed(print_form *print, const rn_comparison *comparison)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(print(out, comparison), RN_OK);
    fclose(out);
    return text;
}

/* ---- Text ---- */

static void check_columns(const char *text)
{
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        if (strcspn(line, "\n") > 100)
            check_note("%.*s", (int)strcspn(line, "\n"), line);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        CU_ASSERT(strcspn(line, "\n") <= 100);
}

static void test_text(void)
{
    rn_comparison c = made_comparison();
    char *text = printed(print_text, &c), *all = printed(print_all, &c);
    static const char *const words[] = {
        "made.cfg, train, batch 4, seed 7, chained and isolated",
        "equal to rounding",
        "wrong from layer3.0.conv1 (conv2d) on",
        "39 of 60 tensors are beyond rounding",
        "first five in 75 %",
        "the largest of the differences of 60 tensors",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(text, words[i]));
        if (!strstr(text, words[i]))
            check_note("\"%s\" is not in:\n%s", words[i], text);
    }
    check_columns(text);
    check_columns(all);
    CU_ASSERT_PTR_NULL(strchr(all, '\x1b'));
    CU_ASSERT_PTR_NULL(strstr(text, "grad.layer1.0.conv2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(all, "grad.layer1.0.conv2"));
    free(text);
    free(all);
    rn_comparison_clear(&c);
}

/* ---- The worst ---- */

/* The infinite one is the first, and all others of the list are no better than what is left out. */
static void test_worst(void)
{
    rn_comparison c = made_comparison();
    rn_place places[4];
    CU_ASSERT_EQUAL_FATAL(rn_places_worst(&c, 2, 4, places), 4);
    CU_ASSERT_EQUAL(places[0].row, MADE_FIRST);
    CU_ASSERT_EQUAL(places[0].mode, RN_COMPARE_ISOLATED);
    for (int i = 1; i < 4; i++)
        CU_ASSERT_EQUAL(places[i].row % 7, 6);
    for (int i = 1; i < 4; i++)
        CU_ASSERT_EQUAL(rn_place_of(&c, places[i])->verdict, RN_VERDICT_WRONG);
    CU_ASSERT_EQUAL(rn_places_worst(&c, 1, 4, places), 4);
    CU_ASSERT_EQUAL(places[0].mode, RN_COMPARE_CHAINED);
    CU_ASSERT_EQUAL(rn_places_failing(&c, 1), 0);
    CU_ASSERT_EQUAL(rn_places_failing(&c, 2), MADE_ROWS - MADE_FIRST);
    rn_comparison_clear(&c);
}

/* ---- JSON ---- */

static rn_status read_text(const char *text, rn_read_comparison *read)
{
    json_t *root = json_loads(text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    return rn_compare_read("x.json", root, read);
}

/* What was read prints the same bytes. */
static void test_json(void)
{
    rn_comparison c = made_comparison();
    char *text = printed(rn_compare_json, &c);
    rn_read_comparison read;
    CU_ASSERT_EQUAL_FATAL(read_text(text, &read), RN_OK);
    char *again = printed(rn_compare_json, &read.comparison);
    CU_ASSERT_STRING_EQUAL(text, again);
    const rn_measures *infinite =
        &read.comparison.rows[MADE_FIRST].sides[2][RN_COMPARE_ISOLATED].measures;
    CU_ASSERT(isinf(infinite->max_abs));
    CU_ASSERT(isnan(infinite->cosine));
    CU_ASSERT_EQUAL(read.comparison.rows[MADE_FIRST].sides[2][RN_COMPARE_CHAINED].by, MADE_FIRST);
    CU_ASSERT_EQUAL(read.comparison.rows[MADE_FIRST].sides[1][RN_COMPARE_ISOLATED].by, 0);
    free(text);
    free(again);
    rn_read_comparison_clear(&read);
    rn_comparison_clear(&c);
}

/* A comparison whose text was changed in one place, and what is said of it. */
static const struct {
    const char *from, *to, *words;
} broken[] = {
    { "\"batch\": 4", "\"batch\": 4.5",
      "x.json: \"batch\" is of another type; expected an integer" },
    { "\"cfg\":", "\"cgf\":", "x.json: \"cfg\" or \"phase\" is no text" },
    { "\"verdict\": \"rounding\"", "\"verdict\": \"good\"", "\"verdict\" is \"good\"" },
    { "\"mode\": \"isolated\"", "\"mode\": \"alone\"", "x.json: tensor 0: \"mode\" is no mode" },
    { "\"first_row\": 21", "\"first_row\": 60",
      "\"first_row\" is not null and no integer below 60" },
    { "\"side\": 2", "\"side\": 3", "\"side\" is not null and no integer below 3" },
    { "\"by\": 0", "\"by\": 60", "\"by\" is not null and no integer below 60" },
    { "\"by\": 0", "\"by\": null", "\"by\" is null; expected a tensor's place" },
    { "\"side\": 1", "\"side\": null", "\"side\" is not from 1 on" },
    { "\"rms\":", "\"sum\":", "\"rms\" is missing; expected a number or null" },
    { "\"n_losses\": 20", "\"n_losses\": 21", "\"losses\" has 20 values; expected 21" },
    { "\"n_losses\": 20", "\"n_losses\": -1", "\"n_losses\" is not from 0 to 1e9" },
    { "\"n_steps\": 3", "\"n_steps\": 4000000000000000", "\"times_ms\" has 3 values" },
    { "\"kind\": \"forward\"", "\"kind\": \"back\"", "tensor 0: \"kind\", \"name\" or \"op\"" },
    { "\"shape\": [", "\"shape\": [1, 2, 3, 4, 5, ", "\"shape\" has more than" },
    { "\"label\": \"onednn:0\"", "\"label\": null", "side 1: \"label\" is null" },
    { "\"tensors\": [", "\"tensors\": 1, \"others\": [", "\"tensors\" is no list" },
};

static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    char *copy = malloc(strlen(text) + strlen(to) + 1);
    sprintf(copy, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return copy;
}

static void test_broken(void)
{
    rn_comparison c = made_comparison();
    char *text = printed(rn_compare_json, &c);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        rn_read_comparison read;
        char *changed = replaced(text, broken[i].from, broken[i].to);
        CU_ASSERT(check_failed(read_text(changed, &read), RN_E_DATA, broken[i].words));
        rn_read_comparison_clear(&read);
        free(changed);
    }
    free(text);
    rn_comparison_clear(&c);
}

/* ---- Files ---- */

static const char *place(char path[CHECK_PATH_MAX], const char *name)
{
    const char *folder = getenv("RESNET_REPORTS");
    if (!folder)
        return check_scratch(path, name);
    snprintf(path, CHECK_PATH_MAX, "%s/%s", folder, name);
    return path;
}

static void test_files(void)
{
    rn_comparison c = made_comparison();
    char html[CHECK_PATH_MAX], json[CHECK_PATH_MAX], csv[CHECK_PATH_MAX], xml[CHECK_PATH_MAX];
    char *files = malloc(4 * CHECK_PATH_MAX + 4);
    sprintf(files, "%s,%s,%s,%s", place(html, "made.html"), place(json, "made.json"),
            place(csv, "made.csv"), place(xml, "made.xml"));
    FILE *out = stdout;
    stdout = fopen("/dev/null", "w");
    rn_status status = rn_reports_write(&c, &(rn_report_options){ .files = files });
    fclose(stdout);
    stdout = out;
    CU_ASSERT_EQUAL(status, RN_OK);
    const char *const paths[] = { html, json, csv, xml };
    for (int i = 0; i < 4; i++) {
        uint8_t *data = NULL;
        uint64_t size = 0;
        CU_ASSERT_EQUAL(rn_file_read(paths[i], &data, &size), RN_OK);
        CU_ASSERT(size > 1000);
        free(data);
    }
    free(files);
    rn_comparison_clear(&c);
}

static void test_forms(void)
{
    CU_ASSERT_EQUAL(rn_reports_check(NULL), RN_OK);
    CU_ASSERT_EQUAL(rn_reports_check("a.html,./c.json,d.csv,e.xml"), RN_OK);
    CU_ASSERT(check_failed(rn_reports_check("a.html,b.pdf"), RN_E_USAGE, "--output=b.pdf"));
    CU_ASSERT(check_failed(rn_reports_check(".xml"), RN_E_USAGE, "--output=.xml"));
    CU_ASSERT(check_failed(rn_reports_check("a.html,,b.xml"), RN_E_USAGE, "--output=: "));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "text", test_text },   { "the worst tensors", test_worst },
        { "JSON", test_json },   { "JSON that is no comparison", test_broken },
        { "files", test_files }, { "suffixes", test_forms },
        CU_TEST_INFO_NULL,
    };
    return check_run("reports", tests);
}
