/* test_attr.c: attribute tables, suggestions for misspelt names, and error messages. */
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "config/attr.h"
#include "support/check.h"

static const rn_attr rows[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 64, "channels", NULL, "of the output"),
    RN_ATTR_ROW(FLOAT, "ratio", "0.5", 0, 1, "", NULL, "a share"),
    RN_ATTR_ROW(BOOL, "bias", "true", 0, 0, "", NULL, "adds a bias"),
    RN_ATTR_ROW(CHOICE, "shortcut", "B", 0, 0, "", "A|B|C", "type"),
    RN_ATTR_ROW(STRING, "label", "", 0, 0, "", NULL, "any text"),
    RN_ATTR_ROW(PAIR, "kernel", "[3, 5]", 1, 9, "pixels", NULL, "height and width"),
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

static rn_status from(const rn_setting *settings, int32_t n, rn_attrs **out)
{
    return rn_attrs_from_settings(rows, N_ROWS, settings, n, "block x/y", out);
}

static void test_defaults(void)
{
    const rn_setting given[] = { rn_set_int("channels", 64) };
    rn_attrs *attrs = NULL;
    CU_ASSERT_EQUAL_FATAL(from(given, 1, &attrs), RN_OK);
    CU_ASSERT_EQUAL(rn_attrs_find(attrs, "channels")->int_value[0], 64);
    CU_ASSERT_EQUAL(rn_attrs_find(attrs, "ratio")->float_value, 0.5);
    CU_ASSERT_EQUAL(rn_attrs_find(attrs, "bias")->int_value[0], 1);
    CU_ASSERT_STRING_EQUAL(rn_attrs_find(attrs, "shortcut")->text_value, "B");
    CU_ASSERT_STRING_EQUAL(rn_attrs_find(attrs, "label")->text_value, "");
    CU_ASSERT_EQUAL(rn_attrs_find(attrs, "kernel")->int_value[0], 3);
    CU_ASSERT_EQUAL(rn_attrs_find(attrs, "kernel")->int_value[1], 5);
    CU_ASSERT_PTR_NULL(rn_attrs_find(attrs, "nothing"));
    rn_attrs_destroy(attrs);
}

static void test_conversions(void)
{
    const rn_setting given[] = { rn_set_int("channels", 1), rn_set_int("ratio", 1),
                                 rn_set_text("shortcut", "A"), rn_set_int("kernel", 7),
                                 rn_set_text("shortcut", "C") };
    rn_attrs *attrs = NULL;
    CU_ASSERT_EQUAL_FATAL(from(given, 5, &attrs), RN_OK);
    CU_ASSERT_EQUAL(rn_attrs_find(attrs, "ratio")->float_value, 1);
    CU_ASSERT_STRING_EQUAL(rn_attrs_find(attrs, "shortcut")->text_value, "C");
    CU_ASSERT_EQUAL(rn_attrs_find(attrs, "kernel")->int_value[0], 7);
    CU_ASSERT_EQUAL(rn_attrs_find(attrs, "kernel")->int_value[1], 7);
    rn_attrs_destroy(attrs);
}

static void test_mistakes(void)
{
    const rn_setting channels = rn_set_int("channels", 8);
    const struct {
        rn_setting setting;
        const char *words;
    } cases[] = {
        { rn_set_int("channels", 65),
          "block x/y: channels: found 65, expected an integer from 1 to 64" },
        { rn_set_float("channels", 2), "channels: found the float 2, expected an integer" },
        { rn_set_float("ratio", 1.5), "ratio: found the float 1.5, expected a number from 0 to 1" },
        { rn_set_float("ratio", 0.0 / 0.0), "ratio: found the float" },
        { rn_set_int("bias", 1), "bias: found 1, expected true or false" },
        { rn_set_text("shortcut", "D"), "found \"D\", expected \"A\" or \"B\" or \"C\"" },
        { rn_set_text("shortcut", "A|B"), "found \"A|B\"" },
        { rn_set_text("shortcut", NULL), "shortcut: found" },
        { rn_set_int("label", 3), "label: found 3, expected a string" },
        { rn_set_int("kernel", 10),
          "kernel: found 10, expected an integer or [height, width] from 1 to 9" },
        { rn_set_int("chanels", 3), "unknown attribute \"chanels\"; did you mean \"channels\"?" },
        { rn_set_int("zebra", 3), "\"zebra\", expected one of: channels, ratio, bias" },
    };
    rn_attrs *attrs = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const rn_setting given[] = { channels, cases[i].setting };
        CU_ASSERT_TRUE(check_failed(from(given, 2, &attrs), RN_E_CONFIG, cases[i].words));
        CU_ASSERT_PTR_NULL(attrs);
    }
    CU_ASSERT_TRUE(
        check_failed(from(NULL, 0, &attrs), RN_E_CONFIG,
                     "block x/y: channels is missing, expected an integer from 1 to 64"));
}

static void test_tables(void)
{
    const rn_attr bad[] = {
        RN_ATTR_ROW(INT, "Channels", "1", 0, 0, "", NULL, "name not in lower case"),
        RN_ATTR_ROW(INT, "", "1", 0, 0, "", NULL, "no name"),
        RN_ATTR_ROW(INT, NULL, "1", 0, 0, "", NULL, "no name"),
        RN_ATTR_ROW(CHOICE, "a", "A", 0, 0, "", NULL, "no choices"),
        RN_ATTR_ROW(CHOICE, "a", "D", 0, 0, "", "A|B", "default is no choice"),
        RN_ATTR_ROW(INT, "a", "5", 0, 4, "", NULL, "default out of range"),
        RN_ATTR_ROW(INT, "a", "2.5", 0, 4, "", NULL, "default of another type"),
        RN_ATTR_ROW(FLOAT, "a", "", 0, 4, "", NULL, "empty default"),
        RN_ATTR_ROW(BOOL, "a", "1", 0, 0, "", NULL, "default of another type"),
        RN_ATTR_ROW(PAIR, "a", "[1, 2", 0, 4, "", NULL, "bracket not closed"),
        RN_ATTR_ROW(PAIR, "a", "[1, 2, 3]", 0, 4, "", NULL, "three numbers"),
        RN_ATTR_ROW(INT, "a", "1", 0, 4, "", NULL, NULL),
        { sizeof(rn_attr), 9, "a", "1", 0, 0, "", NULL, "unknown type" },
        { 8, RN_ATTR_INT, "a", "1", 0, 0, "", NULL, "row too small" },
    };
    CU_ASSERT_EQUAL(rn_attr_table_check(rows, N_ROWS, "block x"), RN_OK);
    CU_ASSERT_EQUAL(rn_attr_table_check(NULL, 0, "block x"), RN_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_TRUE(
            check_failed(rn_attr_table_check(&bad[i], 1, "block x"), RN_E_PLUGIN, "block x: "));
    const rn_attr twice[] = { rows[1], rows[2], rows[1] };
    CU_ASSERT_TRUE(check_failed(rn_attr_table_check(twice, 3, "block x"), RN_E_PLUGIN,
                                "attribute 2 (ratio) of its table: its name is a duplicate"));
    CU_ASSERT_TRUE(
        check_failed(rn_attr_table_check(NULL, 3, "block x"), RN_E_PLUGIN, "rows of 0 bytes"));
}

static void test_nearest(void)
{
    static const char *const words[] = { "channels", "kernel",     "stride",
                                         "epochs",   "eval_batch", NULL };
    CU_ASSERT_STRING_EQUAL(rn_nearest("chanels", words), "channels");
    CU_ASSERT_STRING_EQUAL(rn_nearest("strides", words), "stride");
    CU_ASSERT_STRING_EQUAL(rn_nearest("kernel_size", words), "kernel");
    CU_ASSERT_STRING_EQUAL(rn_nearest("epoch", words), "epochs");
    CU_ASSERT_STRING_EQUAL(rn_nearest("epochs", words), "epochs");
    CU_ASSERT_PTR_NULL(rn_nearest("zebra", words));
    CU_ASSERT_PTR_NULL(rn_nearest("", words));
    char large[4096];
    memset(large, 'k', sizeof large - 1);
    large[sizeof large - 1] = 0;
    CU_ASSERT_PTR_NULL(rn_nearest(large, words));
}

static void test_status(void)
{
    CU_ASSERT_EQUAL(rn_fail(RN_E_SHAPE, "found %d", 3), RN_E_SHAPE);
    CU_ASSERT_EQUAL(rn_fail_at(RN_E_SHAPE, "a.cfg:%d", 7), RN_E_SHAPE);
    CU_ASSERT_STRING_EQUAL(rn_fail_text(), "a.cfg:7: found 3");
    rn_fail(RN_E_DATA, "again: %s", rn_fail_text());
    CU_ASSERT_STRING_EQUAL(rn_fail_text(), "again: a.cfg:7: found 3");
    rn_fail(RN_E_DATA, "one\nline \033[31m");
    CU_ASSERT_STRING_EQUAL(rn_fail_text(), "one\\x0aline \\x1b[31m");
    for (int i = 0; i < 1000; i++)
        rn_fail_at(RN_E_DATA, "a rather long location");
    CU_ASSERT_TRUE(strlen(rn_fail_text()) < 4096);
    rn_fail_clear();
    CU_ASSERT_STRING_EQUAL(rn_fail_text(), "");
    CU_ASSERT_STRING_EQUAL(rn_status_name(RN_E_DIVERGED), "RN_E_DIVERGED");
    CU_ASSERT_EQUAL(rn_status_exit(RN_OK), 0);
    CU_ASSERT_EQUAL(rn_status_exit(RN_E_CONFIG), 2);
    CU_ASSERT_EQUAL(rn_status_exit(RN_E_INTERRUPTED), 130);
    CU_ASSERT_EQUAL(rn_status_exit(12345), 3);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "missing attributes take their defaults", test_defaults },
        { "an integer is accepted as a float and as a pair", test_conversions },
        { "errors name the attribute, the value found and the one expected", test_mistakes },
        { "a plugin's table is checked", test_tables },
        { "the closest word is suggested", test_nearest },
        { "messages and exit statuses", test_status },
        CU_TEST_INFO_NULL,
    };
    return check_run("attr", tests);
}
