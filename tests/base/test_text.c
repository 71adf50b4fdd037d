/* test_text.c: untrusted text is escaped when it is printed, logged or written as JSON. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "support/check.h"

static const struct {
    const char *text, *shown;
} cases[] = {
    { "", "" },
    { "plain ~ text\\x", "plain ~ text\\x" },
    { "été 日本 \xf0\x9f\x98\x80 \xc2\xa0", "été 日本 \xf0\x9f\x98\x80 \xc2\xa0" },
    { "esc\x1b[31mred", "esc\\x1b[31mred" },
    { "\r\n\t\b\x07\x7f", "\\x0d\\x0a\\x09\\x08\\x07\\x7f" },
    /* CSI (ESC [) as a C1 character, and as the byte that some terminals take for it. */
    { "\xc2\x9b"
      "31m",
      "\\xc2\\x9b31m" },
    { "\x9b"
      "31m",
      "\\x9b31m" },
    /* Truncated characters. */
    { "\xc3", "\\xc3" },
    { "\xe6\x97", "\\xe6\\x97" },
    { "\xf0\x9f\x98", "\\xf0\\x9f\\x98" },
    /* Overlong encodings, a surrogate, a value beyond U+10FFFF, bytes that never occur. */
    { "\xc0\x9b", "\\xc0\\x9b" },
    { "\xe0\x80\x9b", "\\xe0\\x80\\x9b" },
    { "\xf0\x80\x80\x9b", "\\xf0\\x80\\x80\\x9b" },
    { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
    { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
    { "\xff\xfe", "\\xff\\xfe" },
};
enum { N_CASES = sizeof cases / sizeof *cases };

static void test_cases(void)
{
    for (int i = 0; i < N_CASES; i++) {
        char shown[64];
        rn_text_show(shown, sizeof shown, cases[i].text);
        CU_ASSERT_STRING_EQUAL(shown, cases[i].shown);
        rn_text_show(shown, sizeof shown, cases[i].shown); /* a second time changes nothing */
        CU_ASSERT_STRING_EQUAL(shown, cases[i].shown);
    }
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return true;
    return false;
}

/* Compares with jansson's UTF-8 decoder: all text becomes valid, valid text is unchanged. */
static void test_random(void)
{
    srand(3);
    for (int i = 0; i < 20000; i++) {
        static const unsigned char likely[] =
            "a\x1b\x7f\xc2\x80\x9b\xa0\xbf\xe0\xed\xf0\xf4\x8f\x90";
        char text[9] = "", shown[33];
        for (int k = 0; k < 8; k++)
            text[k] = rand() % 4 ? (char)likely[rand() % 14] : (char)(1 + rand() % 255);
        rn_text_show(shown, sizeof shown, text);
        json_t *before = json_string(text), *after = json_string(shown);
        CU_ASSERT_PTR_NOT_NULL(after);
        CU_ASSERT_FALSE(has_control(shown));
        if (before && !has_control(text) && !strstr(text, "\xc2"))
            CU_ASSERT_STRING_EQUAL(shown, text);
        json_decref(before);
        json_decref(after);
    }
}

/* A character that does not fit is omitted as a whole. */
static void test_truncation(void)
{
    for (size_t size = 1; size < 12; size++) {
        char shown[16];
        memset(shown, 'x', sizeof shown);
        rn_text_show(shown, size,
                     "aé\x1b"
                     "é");
        size_t length = strlen(shown);
        CU_ASSERT(length < size);
        CU_ASSERT(strncmp(shown, "aé\\x1bé", length) == 0);
        CU_ASSERT(length == 0 || length == 1 || length == 3 || length == 7 || length == 9);
    }
}

static void check_printed(FILE *stream, const char *expected)
{
    char found[4096];
    rewind(stream);
    size_t length = fread(found, 1, sizeof found - 1, stream);
    found[length] = 0;
    CU_ASSERT_STRING_EQUAL(found, expected);
    rewind(stream);
    CU_ASSERT_EQUAL(ftruncate(fileno(stream), 0), 0);
}

static void test_print(void)
{
    FILE *stream = tmpfile();
    char path[2000], longer[2100];
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    rn_print(stream, "\n%-4s|%3d|\nx %s\n\n", "é\x1b", 5, "b");
    check_printed(stream, "\né\\x1b |  5|\nx b\n\n");
    rn_print(stream, "\nname %s\nnext\n", "a\nfaked: b\n");
    check_printed(stream, "\nname a\\x0afaked: b\\x0a\\x0anext\n");
    rn_print(stream, "%s\n", "a\n");
    check_printed(stream, "a\\x0a\n");
    rn_print(stream, "%s", "\n");
    check_printed(stream, "\\x0a");
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = 0;
    rn_print(stream, "%s\x1b\n", path);
    snprintf(longer, sizeof longer, "%s\\x1b\n", path);
    check_printed(stream, longer);
    fclose(stream);
}

static char logged[256];

static void keep_line(int32_t level, const char *line)
{
    (void)level;
    snprintf(logged, sizeof logged, "%s", line);
}

static void test_messages(void)
{
    for (int i = 0; i < N_CASES; i++) {
        rn_log_set(RN_LOG_DEBUG, keep_line);
        rn_log(RN_LOG_INFO, "%s", cases[i].text);
        rn_log_set(RN_LOG_DEBUG, NULL);
        CU_ASSERT_STRING_EQUAL(logged, cases[i].shown);
        rn_fail(RN_E_IO, "%s", cases[i].text);
        CU_ASSERT_STRING_EQUAL(rn_fail_text(), cases[i].shown);
        char located[80];
        snprintf(located, sizeof located, "%s: %s", cases[i].shown, cases[i].shown);
        rn_fail_at(RN_E_IO, "%s", cases[i].text);
        CU_ASSERT_STRING_EQUAL(rn_fail_text(), located);
    }
    rn_fail_clear();
}

/* jansson escapes control characters itself; only invalid UTF-8 changes. */
static void test_json(void)
{
    json_t *object = json_object();
    for (int i = 0; i < N_CASES; i++) {
        json_t *text = rn_json_text(cases[i].text), *same = json_string(cases[i].text);
        CU_ASSERT_PTR_NOT_NULL_FATAL(text);
        CU_ASSERT_STRING_EQUAL(json_string_value(text), same ? cases[i].text : cases[i].shown);
        json_decref(text);
        json_decref(same);
        rn_json_set(object, cases[i].text, json_integer(i));
        CU_ASSERT_EQUAL(json_integer_value(json_object_get(object, cases[i].shown)), i);
    }
    json_t *none = rn_json_text(NULL);
    CU_ASSERT_TRUE(json_is_null(none));
    json_decref(none);
    json_decref(object);
}

/* "[1.2345678,1.2345678,…]" of n numbers, or "[[[…]]]". */
static char *make_list(size_t n, const char *item)
{
    size_t length = strlen(item);
    char *text = malloc(n * length + sizeof "[0]");
    if (!text)
        abort();
    text[0] = '[';
    for (size_t i = 0; i < n; i++)
        memcpy(text + 1 + i * length, item, length);
    strcpy(text + 1 + n * length, "0]");
    return text;
}

/* A report may have as many values as its size explains; other files have a limit. */
static void test_json_limit(void)
{
    json_error_t error;
    char *list = make_list(RN_JSON_MAX_VALUES + 1, "1.2345678,");
    json_t *json = rn_json_read_report(list, strlen(list), &error);
    CU_ASSERT_EQUAL(json_array_size(json), RN_JSON_MAX_VALUES + 2);
    json_decref(json);
    CU_ASSERT_PTR_NULL(rn_json_read(list, strlen(list), 0, &error));
    CU_ASSERT_STRING_EQUAL(error.text, "more than 500000 values");
    free(list);
    list = make_list(RN_JSON_MAX_VALUES + 1, "0,");
    CU_ASSERT_PTR_NULL(rn_json_read_report(list, strlen(list), &error));
    CU_ASSERT_STRING_EQUAL(error.text, "more than 500000 values");
    free(list);
}

static void test_ends(void)
{
    CU_ASSERT_TRUE(rn_text_ends("bn1.running_var", ".running_var"));
    CU_ASSERT_FALSE(rn_text_ends(".running_var", ".running_var"));
    CU_ASSERT_FALSE(rn_text_ends("bn1.running_vars", ".running_var"));
    CU_ASSERT_FALSE(rn_text_ends("var", ".running_var"));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "valid characters and escaped ones", test_cases },
        { "random bytes", test_random },
        { "truncation at a whole character", test_truncation },
        { "printing", test_print },
        { "how a text ends", test_ends },
        { "messages and the log", test_messages },
        { "JSON", test_json },
        { "JSON of many values", test_json_limit },
        CU_TEST_INFO_NULL,
    };
    return check_run("text", tests);
}
