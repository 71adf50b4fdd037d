/* test_tree.c: compares values in a cfg and in --set with libconfig's parser; reads a cfg from
 * standard input. */
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "config/config.h"
#include "config/tree.h"
#include "support/check.h"

/* clang-format off */
static const char *const literals[] = {
    "1", "+1", "-1", "0", "-0", "10L", "10LL", "-5L", "10l", "2147483647", "-2147483648",
    "99999999999L", "9223372036854775807L", "-9223372036854775808L",
    "0x10", "0X1f", "0x0010", "0x7fffffff", "0xFFFFFFFFL", "0x", "-0x10", "0b101", "0o17", "0q17",
    ".5", "-.5", "+.5", "1.", "-1.", "0.0", "00.5", "1.5", "1.e5", "1.5e5", "1e5", "+1e5", "-1e5",
    "1E5", "1e+5", "1e-05", ".5e-3", ".3333333333", "-.3333333333e1", "3333333333.5",
    "0.33333333333333333", "99999999999.", "99999999999e1", "1e", "1.5e", "1.5e+", "1.2.3", "1..2",
    "1.e-", "1f", "1.5L", "1_000", "0x1p3", "nan", "inf", ".x", "1 2", "1,", "1-2", "1.-2.",
    "true", "TRUE", "False", "yes", "truely",
    "\"a\"", "\"\"", "\"a\" \"b\"", "\"a\"/*c*/\"b\" // d", "\"\\x41\\t\\n\\r\\f\\\\\\\"\"",
    "\"\\q\"", "\"\\x4\"", "\"\\X7f\\x0\"", "\"two\nlines\"", "\"# no comment\"", "'a'",
    "\"@include\"", "\"020 . 99999999999\"",
    "[1,2]", "[1,2,]", "[,]", "[1,,2]", "[]", "[ .3333333333, 1. ]", "[1, 2.0]",
    "[\"a\",\"b\" \"c\"]",
    "(1, .5, \"x\", [1], (), {a = 1;})", "(1,2,)", "()", "{}", "{a=1}", "{a=1,b=2}", "{a:1 b:.5}",
    "{a=1;;}", "{a=1;a=2}", "{ a-b_*1 = { c = (.5e1); }; }", "{1=2}",
    "/**/\"x\"", "/* a */ 3", "3 # c", "3 // c", "-1 /* c */", "# c\n 5", "1;", "1; w = 2", "*", "",
};
/* clang-format on */

/* libconfig accepts these; this program refuses them and says why. */
static const struct {
    const char *literal, *words;
} refused[] = {
    { "020", "the integer 020 begins with 0, which some programs read as octal; expected 20" },
    { "-007L", "begins with 0, which some programs read as octal; expected -7" },
    { "00", "expected 0" },
    { "[1, 08]", "the integer 08 begins with 0" },
    { ".", "found ., expected a number with digits" },
    { "+.", "found +., expected a number" },
    { "(-.e5)", "found -.e5, expected a number" },
    { "99999999999", "has more than 32 bits, expected 99999999999L" },
    { "0xFFFFFFFF", "has more than 32 bits, expected 0xFFFFFFFFL" },
    { "9223372036854775808L", "too large" },
    { "0xFFFFFFFFFFFFFFFFFL", "too large" },
    { "1e999", "beyond 1.8e308" },
    { "\"a\\x00b\"", "found \\x00 in a string" },
};

/* True if the tree equals libconfig's. */
static bool is_same(const rn_tree *tree, const config_setting_t *setting)
{
    const char *key = config_setting_name(setting);
    if (key && (!tree->key || strcmp(tree->key, key) != 0))
        return false;
    switch (config_setting_type(setting)) {
        case CONFIG_TYPE_INT:
        case CONFIG_TYPE_INT64:
            return tree->type == RN_TREE_INT &&
                   tree->int_value == config_setting_get_int64(setting);
        case CONFIG_TYPE_FLOAT:
            return tree->type == RN_TREE_FLOAT &&
                   tree->float_value == config_setting_get_float(setting);
        case CONFIG_TYPE_BOOL:
            return tree->type == RN_TREE_BOOL &&
                   tree->int_value == config_setting_get_bool(setting);
        case CONFIG_TYPE_STRING:
            return tree->type == RN_TREE_STRING &&
                   strcmp(tree->text_value, config_setting_get_string(setting)) == 0;
        case CONFIG_TYPE_GROUP:
            if (tree->type != RN_TREE_GROUP)
                return false;
            break;
        case CONFIG_TYPE_LIST:
            if (tree->type != RN_TREE_LIST)
                return false;
            break;
        default:
            if (tree->type != RN_TREE_ARRAY)
                return false;
    }
    bool same = tree->n_children == config_setting_length(setting);
    for (int i = 0; i < tree->n_children && same; i++)
        same = is_same(tree->children[i], config_setting_get_elem(setting, (unsigned)i));
    return same;
}

static rn_status load_text(const char *text, rn_tree **out)
{
    char path[CHECK_PATH_MAX];
    FILE *file = fopen(check_scratch(path, "value.cfg"), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
    return rn_tree_load(path, out);
}

static rn_status load_value(const char *literal, rn_tree **out)
{
    char text[256];
    snprintf(text, sizeof text, "v = %s\n;", literal);
    return load_text(text, out);
}

static rn_status set_value(const char *literal, rn_tree **out)
{
    char assignment[256];
    rn_tree *root = NULL;
    CU_ASSERT_EQUAL_FATAL(load_text("w = 1;", &root), RN_OK);
    snprintf(assignment, sizeof assignment, "v=%s", literal);
    rn_status status = rn_tree_set(root, assignment);
    if (status)
        rn_tree_destroy(root);
    else
        *out = root;
    return status;
}

/* libconfig's setting v; NULL if the literal is not a single value. */
static const config_setting_t *ask_libconfig(config_t *config, const char *literal)
{
    char text[256];
    snprintf(text, sizeof text, "v = %s\n;", literal);
    if (!config_read_string(config, text))
        return NULL;
    const config_setting_t *root = config_root_setting(config);
    return config_setting_length(root) == 1 ? config_setting_get_elem(root, 0) : NULL;
}

/* True if a file with this literal has the value that libconfig reads, or is refused if libconfig
 * refuses it. Unless `strict`, the file may also be refused, with a message of what was
 * expected. */
static bool file_agrees(const char *literal, bool strict, bool *accepted)
{
    rn_tree *tree = NULL;
    config_t config;
    config_init(&config);
    const config_setting_t *wanted = ask_libconfig(&config, literal);
    rn_status status = load_value(literal, &tree);
    bool agrees = status == RN_E_CONFIG;
    if (wanted && status)
        agrees = agrees && !strict && strstr(rn_fail_text(), "expected");
    else if (!status)
        agrees = wanted ? is_same(rn_tree_get(tree, "v"), wanted) : tree->n_children > 1;
    *accepted = wanted && !status;
    if (!agrees)
        check_note("%s: libconfig reads something else", literal);
    rn_tree_destroy(tree);
    config_destroy(&config);
    rn_fail_clear();
    return agrees;
}

/* True if --set reads the value that libconfig reads; what libconfig refuses must be accepted as a
 * string or refused. */
static bool set_agrees(const char *literal)
{
    rn_tree *tree = NULL;
    config_t config;
    config_init(&config);
    const config_setting_t *wanted = ask_libconfig(&config, literal);
    rn_status status = set_value(literal, &tree);
    const rn_tree *v = rn_tree_get(tree, "v");
    bool agrees = wanted ? v && is_same(v, wanted)
                         : status || (v->type == RN_TREE_STRING && !strcmp(v->text_value, literal));
    if (!agrees)
        check_note("--set v=%s: libconfig reads something else", literal);
    rn_tree_destroy(tree);
    config_destroy(&config);
    rn_fail_clear();
    return agrees;
}

static void test_literals(void)
{
    bool accepted;
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        CU_ASSERT_TRUE(file_agrees(literals[i], true, &accepted));
        CU_ASSERT_TRUE(set_agrees(literals[i]));
    }
}

static void test_refused(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        config_t config;
        rn_tree *tree = NULL;
        config_init(&config);
        CU_ASSERT_PTR_NOT_NULL(ask_libconfig(&config, refused[i].literal));
        config_destroy(&config);
        CU_ASSERT(
            check_failed(load_value(refused[i].literal, &tree), RN_E_CONFIG, refused[i].words));
        rn_status status = set_value(refused[i].literal, &tree);
        if (status)
            CU_ASSERT(check_failed(status, RN_E_CONFIG, refused[i].words));
        if (!status) /* --set data.path=. */
            CU_ASSERT_STRING_EQUAL(rn_tree_get(tree, "v")->text_value, refused[i].literal);
        if (!status)
            rn_tree_destroy(tree);
    }
}

/* Literals of random characters that occur in numbers, strings and brackets. */
static void test_random_literals(void)
{
    static const char letters[] = "00123456789..eE+--xL\"\"[](){}=,;a #/";
    int n_accepted = 0;
    srand(7);
    for (int i = 0; i < 3000; i++) {
        char literal[12] = "";
        bool accepted;
        int length = 1 + rand() % 8;
        for (int k = 0; k < length; k++)
            literal[k] = letters[(size_t)rand() % (sizeof letters - 1)];
        CU_ASSERT_TRUE(file_agrees(literal, false, &accepted));
        n_accepted += accepted;
    }
    CU_ASSERT_TRUE(n_accepted > 200);
}

/* --set keeps the text as it was typed, for keys that are strings. */
static void test_typed_text(void)
{
    static const char *const texts[][2] = {
        { "020 x", "020 x" },
        { "2026-01-28", "2026-01-28" },
        { ".", "." },
        { "../data", "../data" },
        { "20261128195000-a", "20261128195000-a" },
        { "1e5", "1e5" },
        { "/**/\"x\"", "x" },
        { "#1", "#1" },
        { "a//b", "a//b" },
        { "/x/*", "/x/*" },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rn_tree *tree = NULL;
        CU_ASSERT_EQUAL(set_value(texts[i][0], &tree), RN_OK);
        CU_ASSERT_STRING_EQUAL(rn_tree_get(tree, "v")->text_value, texts[i][1]);
        rn_tree_destroy(tree);
    }
}

static void test_ends(void)
{
    static const char *const texts[] = { "v = 5; # no line follows", "v = 5 // none",   "v = 5",
                                         "v = 5;\r\n# c\r\n",        "# c\n\n\tv : 5,", "v=5/**/" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rn_tree *tree = NULL;
        rn_status status = load_text(texts[i], &tree);
        CU_ASSERT_EQUAL(status, RN_OK);
        if (status)
            check_note("%s: %s", texts[i], rn_fail_text());
        else
            CU_ASSERT_EQUAL(rn_tree_get(tree, "v")->int_value, 5);
        rn_tree_destroy(tree);
    }
}

/* Loads a cfg from standard input, in the folder of the valid cfgs. */
static rn_status load_input(const char *text, rn_config **out)
{
    char path[CHECK_PATH_MAX], folder[CHECK_PATH_MAX];
    FILE *file = fopen(check_scratch(path, "input"), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
    CU_ASSERT_PTR_NOT_NULL_FATAL(freopen(path, "r", stdin));
    CU_ASSERT_EQUAL_FATAL(chdir(check_source(folder, "tests/config/good")), 0);
    return rn_config_load("-", NULL, 0, out);
}

static void test_input(void)
{
    rn_config *config = NULL;
    CU_ASSERT_EQUAL_FATAL(load_input("extends = \"everything.cfg\";\n@include \"parts/train.part\"",
                                     &config),
                          RN_OK);
    CU_ASSERT_STRING_EQUAL(config->path, "stdin");
    CU_ASSERT_EQUAL(config->train.batch, 16);
    CU_ASSERT_EQUAL(config->network.classes, 3);
    rn_config_destroy(config);
    CU_ASSERT_EQUAL_FATAL(load_input("network = { arch = \"resnet18\"; };", &config), RN_OK);
    CU_ASSERT_STRING_EQUAL(config->name, "stdin");
    CU_ASSERT_STRING_EQUAL(config->run.output, "runs/stdin");
    rn_config_destroy(config);
    CU_ASSERT(check_failed(load_input("run = {};\ntrian = {};", &config), RN_E_CONFIG,
                           "stdin:2: unknown key \"trian\""));
    CU_ASSERT(check_failed(load_input("run = {\n", &config), RN_E_CONFIG, "stdin:1: the {"));
    CU_ASSERT(check_failed(load_input("run {", &config), RN_E_CONFIG, "stdin:1: "));
    CU_ASSERT(check_failed(load_input("", &config), RN_E_CONFIG, "stdin"));
    CU_ASSERT(check_failed(load_input("extends = \"-\";", &config), RN_E_CONFIG, "-: cannot read"));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "values are read as libconfig reads them", test_literals },
        { "values that libconfig misreads are refused", test_refused },
        { "random values", test_random_literals },
        { "--set keeps the text as typed", test_typed_text },
        { "the last setting without ; or newline", test_ends },
        { "a cfg on standard input", test_input },
        CU_TEST_INFO_NULL,
    };
    return check_run("tree", tests);
}
