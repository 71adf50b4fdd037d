/* test_options.c: parsing of the command line: literal values, options, arguments. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/options.h"
#include "config/config_keys.h"
#include "support/check.h"

/* Reads the command line "resnet-run WORD…"; `words` ends with NULL. */
static rn_status read_words(const char *const *words, rn_options *options)
{
    char *argv[16] = { (char *)(uintptr_t) "resnet-run" };
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    rn_status status = rn_options_read(argc, argv, options);
    if (status)
        rn_options_clear(options);
    return status;
}

/* Loads a small cfg with these words on the command line. */
static rn_config *configure(const char *const *words)
{
    char path[CHECK_PATH_MAX];
    const char *all[12] = { check_source(path, "tests/config/good/tiny.cfg") };
    rn_options options;
    rn_config *config = NULL;
    for (int i = 0; words[i]; i++)
        all[i + 1] = words[i];
    CU_ASSERT_EQUAL_FATAL(read_words(all, &options), RN_OK);
    rn_status status = rn_config_load(options.cfg, (const char *const *)options.settings,
                                      options.n_settings, &config);
    if (status)
        check_note("%s: %s", words[0], rn_fail_text());
    CU_ASSERT_EQUAL_FATAL(status, RN_OK);
    rn_options_clear(&options);
    return config;
}

/* Texts that in a cfg would be other values or syntax errors. */
static const char *const odd_texts[] = {
    "20261128195000",
    "(x)",
    "1e999",
    "020",
    "[1",
    "{",
    "\"",
    "\"a\"",
    "a\"b\\",
    "/**/x",
    "#1",
    "x // y",
    "true",
    ".",
    "-1",
    "a=b",
    "@include \"x\"",
    "\n@include \"x\"",
    "a\tb\nc",
    " ",
    "\x1b[31m",
    "\xff\xfe",
    "été",
    "$(x)",
    "99999999999999999999L",
    "a;b",
    "\\x00",
};

static void test_literal_texts(void)
{
    for (size_t i = 0; i < sizeof odd_texts / sizeof *odd_texts; i++) {
        const char *text = odd_texts[i];
        char device[64];
        rn_config *config = configure((const char *[]){ "-o", text, NULL });
        CU_ASSERT_STRING_EQUAL(config->run.output, text);
        rn_config_destroy(config);
        snprintf(device, sizeof device, "--backend=123:%s", text);
        config = configure((const char *[]){ device, NULL });
        CU_ASSERT_STRING_EQUAL(config->backend.name, "123");
        CU_ASSERT_STRING_EQUAL(config->backend.device, text);
        rn_config_destroy(config);
    }
}

/* Every byte that an argument can contain. */
static void test_every_byte(void)
{
    char text[256];
    for (int i = 0; i < 255; i++)
        text[i] = (char)(i + 1);
    text[255] = 0;
    rn_config *config = configure((const char *[]){ "--output", text, NULL });
    CU_ASSERT_STRING_EQUAL(config->run.output, text);
    rn_config_destroy(config);
}

/* Choices and numbers are checked as in a cfg. */
static void test_checked_values(void)
{
    static const struct {
        const char *word;
        rn_status status;
        const char *words;
    } cases[] = {
        { "--precision=16", RN_E_CONFIG, "precision: found \"16\", expected \"fp32\"" },
        { "--conv=(x)", RN_E_CONFIG, "convolution: found \"(x)\", expected \"auto\"" },
        { "--tune=\"full\"", RN_E_CONFIG, "tune: found \"\"full\"\", expected \"off\"" },
        { "--seed=(x)", RN_E_USAGE, "found (x), expected a value as in a cfg" },
        { "--seed=x", RN_E_CONFIG, "seed: found \"x\", expected an integer" },
        { "--threads=1.5", RN_E_CONFIG, "threads: found the float 1.5, expected an integer" },
    };
    char path[CHECK_PATH_MAX];
    check_source(path, "tests/config/good/tiny.cfg");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_options options;
        rn_config *config = NULL;
        CU_ASSERT_EQUAL_FATAL(read_words((const char *[]){ path, cases[i].word, NULL }, &options),
                              RN_OK);
        rn_status status = rn_config_load(path, (const char *const *)options.settings,
                                          options.n_settings, &config);
        CU_ASSERT(check_failed(status, cases[i].status, cases[i].words));
        rn_options_clear(&options);
    }
    rn_config *config = configure(
        (const char *[]){ "--precision=bf16", "--conv", "direct", "--tune=off", "--memory=lean",
                          "--seed=0x10", "--threads=2", "--deterministic", "--strict", NULL });
    CU_ASSERT_EQUAL(config->backend.precision, RN_PRECISION_BF16);
    CU_ASSERT_EQUAL(config->backend.convolution, RN_CONVOLUTION_DIRECT);
    CU_ASSERT_EQUAL(config->backend.tune, RN_TUNING_OFF);
    CU_ASSERT_EQUAL(config->backend.memory, RN_MEMORY_LEAN);
    CU_ASSERT_EQUAL(config->run.seed, 16);
    CU_ASSERT_EQUAL(config->run.threads, 2);
    CU_ASSERT_TRUE(config->backend.deterministic);
    CU_ASSERT_TRUE(config->backend.strict);
    rn_config_destroy(config);
}

static void test_words(void)
{
    rn_options o;
    CU_ASSERT_EQUAL_FATAL(read_words((const char *[]){ "-qv", "train", "--", "-x.cfg", NULL }, &o),
                          RN_OK);
    CU_ASSERT(o.run.quiet && o.verbose == 1);
    CU_ASSERT_STRING_EQUAL(o.verb, "train");
    CU_ASSERT_STRING_EQUAL(o.cfg, "-x.cfg");
    rn_options_clear(&o);
    CU_ASSERT_EQUAL_FATAL(
        read_words((const char *[]){ "predict", "-n1281167", "-qwa.b", "-", NULL }, &o), RN_OK);
    CU_ASSERT_EQUAL(o.run.count, 1281167);
    CU_ASSERT_STRING_EQUAL(o.run.model.path, "a.b");
    CU_ASSERT_STRING_EQUAL(o.cfg, "-");
    CU_ASSERT_TRUE(o.run.quiet);
    rn_options_clear(&o);
    CU_ASSERT_EQUAL_FATAL(
        read_words((const char *[]){ "x", "-vq", "--verbose=2", "--graph=dot", NULL }, &o), RN_OK);
    CU_ASSERT(o.run.quiet && o.verbose == 2 && o.summary.graph == RN_GRAPH_DOT);
    rn_options_clear(&o);
    CU_ASSERT_EQUAL_FATAL(read_words((const char *[]){ "x", "--output", "--", NULL }, &o), RN_OK);
    CU_ASSERT_STRING_EQUAL(o.settings[0], "run.output=\"--\"");
    rn_options_clear(&o);
}

/* Arguments after --help and --version are ignored, as in other tools. */
static void test_answers(void)
{
    rn_options o;
    CU_ASSERT_EQUAL(read_words((const char *[]){ "--version", "a", "b", "--no", NULL }, &o), RN_OK);
    CU_ASSERT_TRUE(o.version);
    CU_ASSERT_EQUAL(read_words((const char *[]){ "-qh", "--no", NULL }, &o), RN_OK);
    CU_ASSERT_TRUE(o.help);
}

static void test_mistakes(void)
{
    static const struct {
        const char *first, *second, *words;
    } cases[] = {
        { "--no", NULL, "unknown option --no;" },
        { "--outpu=x", NULL, "unknown option --outpu=x; did you mean --output" },
        { "-qx", NULL, "unknown option -qx" },
        { "-resume", NULL, "did you mean --resume" },
        { "-vo", NULL, "--output needs a value: --output=FOLDER" },
        { "--quiet=1", NULL, "--quiet takes no value" },
        { "--", NULL, "no cfg given; try: resnet-run train MODEL.cfg, or --help" },
        { "convert", NULL, "no cfg given; try: resnet-run convert MODEL.cfg OUT, or --help" },
        { "-B", "", "--backend=: expected a backend's name" },
        { "-n", "0x10", "--count=0x10: expected a number" },
        { "--count=1000000001", NULL,
          "--count=1000000001: expected a number from 1 to 1000000000" },
        { "--steps=0", NULL, "--steps=0: expected a number from 1 to 65536" },
        { "--warmup", "-1", "--warmup=-1: expected a number from 0 to 65536" },
        { "--phase=all", NULL, "--phase=all: expected infer, train-step, train" },
        { "--limit=0", NULL, "--limit=0: expected a positive number" },
        { "--resume=x", NULL, "--resume=x: expected --resume or --resume=auto" },
        { "--resume", "--overwrite", "--overwrite: give one of --resume and --overwrite" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rn_options o;
        const char *const words[] = { cases[i].first, cases[i].second, NULL };
        CU_ASSERT(check_failed(read_words(words, &o), RN_E_USAGE, cases[i].words));
    }
}

/* What follows the cfg. */
static void test_operands(void)
{
    rn_options o;
    CU_ASSERT(check_failed(read_words((const char *[]){ "train", "a.cfg", "b.cfg", NULL }, &o),
                           RN_E_USAGE, "unexpected argument \"b.cfg\" after a.cfg"));
    rn_options_clear(&o);
    CU_ASSERT(check_failed(read_words((const char *[]){ "trian", "b.cfg", NULL }, &o), RN_E_USAGE,
                           "unexpected argument \"b.cfg\" after trian; did you mean the command "
                           "\"train\"?"));
    rn_options_clear(&o);
}

/* Names and letters are unique, each option has a place in `given`, and its key exists. */
static void test_tables(void)
{
    int n = 0;
    for (; rn_options_entry(n).row; n++) {
        const rn_option *row = rn_options_entry(n).row;
        CU_ASSERT_TRUE(row->key ? rn_config_find_key(row->key) != NULL : row->take != NULL);
        for (int i = 0; i < n; i++) {
            const rn_option *other = rn_options_entry(i).row;
            CU_ASSERT_STRING_NOT_EQUAL(row->name, other->name);
            CU_ASSERT_TRUE(!row->letter || row->letter != other->letter);
        }
    }
    CU_ASSERT_TRUE(n > 20 && n <= RN_MAX_OPTIONS);
}

static void test_verbs(void)
{
    static const rn_word actions[] = { RN_ACTION_WORDS(RN_WORD_ROW){ 0 } };
    static const char *const given[] = { "x.cfg", "--batch=3", NULL };
    rn_options o;
    for (const rn_word *action = actions; action->text; action++)
        CU_ASSERT_PTR_NOT_NULL(rn_verb_find(action->text));
    CU_ASSERT_PTR_NULL(rn_verb_find("trains"));
    CU_ASSERT_EQUAL_FATAL(read_words(given, &o), RN_OK);
    CU_ASSERT_EQUAL(rn_options_check(&o, "bench"), RN_OK);
    CU_ASSERT(check_failed(rn_options_check(&o, "eval"), RN_E_USAGE,
                           "--batch is for train, lr-find, compare, bisect, bench, not for eval; "
                           "use --set train.batch"));
    o.phase = RN_COMPARE_TRAIN;
    CU_ASSERT_EQUAL(rn_options_check(&o, "compare"), RN_OK);
    CU_ASSERT(check_failed(rn_options_check(&o, "bench"), RN_E_USAGE,
                           "--phase=train is for compare, not for bench"));
    rn_options_clear(&o);
    CU_ASSERT_EQUAL_FATAL(read_words(given, &o), RN_OK);
    CU_ASSERT_EQUAL(o.batch, 3);
    CU_ASSERT_EQUAL(o.bench.warmup, 3);
    CU_ASSERT_EQUAL(o.phase, RN_COMPARE_STEP);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "a text is taken literally", test_literal_texts },
        { "a text may contain every byte", test_every_byte },
        { "other values are checked as in a cfg", test_checked_values },
        { "short options, --, and -", test_words },
        { "--help and --version", test_answers },
        { "invalid command lines", test_mistakes },
        { "operands", test_operands },
        { "the tables of options", test_tables },
        { "the table of commands", test_verbs },
        CU_TEST_INFO_NULL,
    };
    return check_run("options", tests);
}
