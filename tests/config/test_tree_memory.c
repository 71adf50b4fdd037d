/* test_tree_memory.c: reads configurations and the command line while each allocation in turn
 * fails: the result is RN_E_NOMEM, and a sanitizer finds no leak. */
#include "base/status.h"
#include "cli/options.h"
#include "config/config.h"
#include "support/check.h"

long no_memory_after;

/* Loads a cfg with several --set options. Returns the number of allocations it took, or a negative
 * number if one of the failures was not reported as RN_E_NOMEM. */
static long load(const char *name)
{
    static const char *const settings[] = { "name=/**/\"x\"", "train={epochs=3;momentum=.5;}",
                                            "data.mean=[.5]", "network.input.width=9",
                                            "run.output=2026" };
    char path[CHECK_PATH_MAX];
    check_source(path, name);
    for (long n = 1;; n++) {
        rn_config *config = NULL;
        no_memory_after = n;
        rn_status status = rn_config_load(path, settings, 5, &config);
        bool failed = no_memory_after == 0;
        no_memory_after = 0;
        rn_config_destroy(config);
        if (!failed)
            return status ? -n : n;
        if (status != RN_E_NOMEM) {
            check_note("%s, allocation %ld: %s", name, n, rn_fail_text());
            return -n;
        }
    }
}

static void test_configurations(void)
{
    static const char *const names[] = {
        "tests/config/good/grandchild.cfg", "tests/config/good/include.cfg",
        "tests/config/good/everything.cfg", "tests/config/good/arch.cfg",
        "tests/config/good/study.cfg",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT(load(names[i]) > 100);
}

static void test_options(void)
{
    char *argv[] = { "resnet-run", "-o", "x", "-B", "a:b", "--precision=fp32", "x.cfg", NULL };
    bool failed = true;
    for (long n = 1; failed; n++) {
        rn_options options;
        no_memory_after = n;
        rn_status status = rn_options_read(7, argv, &options);
        failed = no_memory_after == 0;
        no_memory_after = 0;
        CU_ASSERT_EQUAL(status, failed ? RN_E_NOMEM : RN_OK);
        rn_options_clear(&options);
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "configurations", test_configurations },
        { "the command line", test_options },
        CU_TEST_INFO_NULL,
    };
    return check_run("out of memory", tests);
}
