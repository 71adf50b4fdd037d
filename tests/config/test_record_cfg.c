/* test_record_cfg.c: what a model records of its cfg makes a cfg of the same network again. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/config_record.h"
#include "config/record_cfg.h"
#include "support/check.h"

/* Loads a cfg, or its text, and records it. */
static char *record_of(const char *path, const char *text)
{
    rn_config *config = NULL;
    char *record = NULL;
    const rn_config_source source = { .path = path, .text = text };
    CU_ASSERT_EQUAL_FATAL(rn_config_load_source(&source, &config), RN_OK);
    CU_ASSERT_EQUAL_FATAL(rn_config_record(config, &record), RN_OK);
    rn_config_destroy(config);
    return record;
}

static bool is_of_machine(const char *line)
{
    return strncmp(line, "run.", 4) == 0 || strncmp(line, "backend.", 8) == 0;
}

/* Compares line by line, but for the run and the backend. */
static void compare(const char *name, char *found, char *expected)
{
    char *a = NULL, *b = NULL;
    do {
        do
            a = strsep(&found, "\n");
        while (a && is_of_machine(a));
        do
            b = strsep(&expected, "\n");
        while (b && is_of_machine(b));
        if (a && b && strcmp(a, b) == 0)
            continue;
        CU_ASSERT_TRUE(a == b);
        if (a != b)
            check_note("%s: found %s, expected %s", name, a ? a : "nothing", b ? b : "nothing");
        return;
    } while (a && b);
}

static void round_trip(const char *path)
{
    char *expected = record_of(path, NULL), *cfg = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_record_cfg(expected, path, &cfg), RN_OK);
    char *found = record_of(path, cfg);
    compare(path, found, expected);
    free(found);
    free(cfg);
    free(expected);
}

static void test_models(void)
{
    char folder[CHECK_PATH_MAX], path[2 * CHECK_PATH_MAX];
    int count = 0;
    DIR *models = opendir(check_source(folder, "share/models"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(models);
    for (struct dirent *entry; (entry = readdir(models));) {
        if (!strstr(entry->d_name, ".cfg"))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        round_trip(path);
        count++;
    }
    closedir(models);
    CU_ASSERT_TRUE(count > 15);
}

/* Numbers of mixed types, quotes, large integers, nested lists. */
static void test_values(void)
{
    static const char text[] =
        "name = \"a \\\"b\\\" \";\n"
        "network = { input = { channels = 3; height = 8; width = 8; }; classes = 2;\n"
        "  layers = ({ block = \"conv2d\"; channels = 4; kernel = [3, 1]; },\n"
        "            { stage = \"s\"; block = \"residual/basic\"; channels = 4; repeat = 2;\n"
        "              first = { stride = 2; }; }); };\n"
        "data = { mean = (0, 0.5, 1e-5); std = (1, 0.25, 2); max_pixels = 3000000000L;\n"
        "  transforms = { validation = ({ transform = \"resize\"; size = 8; }); }; };\n"
        "train = { milestones = [1, 2]; schedule = \"step\";\n"
        "  sizes = ({ epoch = 0; size = 8; }, { epoch = 3; size = [8, 6]; }); };\n";
    char *expected = record_of("x.cfg", text + sizeof "name = \"a \\\"b\\\" \";"), *cfg = NULL;
    CU_ASSERT_EQUAL_FATAL(rn_record_cfg(expected, "x.cfg", &cfg), RN_OK);
    char *found = record_of("x.cfg", cfg);
    compare("values", found, expected);
    free(found);
    free(cfg);
    free(expected);
}

/* The layers are those of a network that has grown. */
static void test_growths(void)
{
    static const char text[] =
        "network = { input = { channels = 3; height = 8; width = 8; }; classes = 2;\n"
        "  layers = ({ stage = \"s\"; block = \"residual/basic\"; channels = 3; }); };\n"
        "train = { grow = ({ epoch = 1; stage = \"s\"; add = 1; }); };\n";
    char *record = record_of("x.cfg", text), *cfg = NULL;
    CU_ASSERT_PTR_NOT_NULL(strstr(record, "train.grow[0].add = 1"));
    CU_ASSERT_EQUAL_FATAL(rn_record_cfg(record, "x.cfg", &cfg), RN_OK);
    CU_ASSERT_PTR_NULL(strstr(cfg, "grow"));
    free(cfg);
    free(record);
}

static void test_no_record(void)
{
    static const char *const records[] = { "hello",   "a.b",          "1 = 2",          "a..b = 1",
                                           "a[ = 1",  "a[x] = 1",     "a[] = 1",        "= 1",
                                           "a b = 1", "@include = 1", "a.b[1].c;d = 1", "a] = 1" };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        char *cfg = NULL;
        CU_ASSERT(check_failed(rn_record_cfg(records[i], "m.st", &cfg), RN_E_DATA,
                               "m.st: its \"config\" is not one that resnet-run stores"));
        CU_ASSERT_PTR_NULL(cfg);
    }
}

/* A file that means ill costs little time. */
static void test_large(void)
{
    enum { BYTES = 2 << 20 };
    char *text = malloc(BYTES), *cfg = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, 'x', BYTES - 1);
    text[BYTES - 1] = 0;
    memcpy(text, "name = ", 7);
    CU_ASSERT(check_failed(rn_record_cfg(text, "m.st", &cfg), RN_E_DATA,
                           "m.st: its \"config\" has 2097151 bytes"));
    size_t used = 0;
    for (int i = 0; i < 20000; i++)
        used += (size_t)snprintf(text + used, BYTES - used, "a%d = 1\n", i);
    CU_ASSERT(check_failed(rn_record_cfg(text, "m.st", &cfg), RN_E_DATA,
                           "m.st: its \"config\" has more than 10000 lines"));
    free(text);
}

/* A file's cfg may not reach for other files. */
static void test_reach(void)
{
    rn_config *config = NULL;
    rn_config_source source = { .path = "m.st", .text = "@include \"/etc/passwd\"\n" };
    CU_ASSERT(check_failed(rn_config_load_source(&source, &config), RN_E_CONFIG, "m.st"));
    source.text = "extends = \"/etc/passwd\";\n";
    CU_ASSERT(check_failed(rn_config_load_source(&source, &config), RN_E_CONFIG,
                           "m.st:1: extends: expected in a cfg's own file only"));
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "shipped models", test_models },
        { "values", test_values },
        { "growths", test_growths },
        { "no record", test_no_record },
        { "large", test_large },
        { "other files", test_reach },
        CU_TEST_INFO_NULL,
    };
    return check_run("record_cfg", tests);
}
