/* check.c: functions shared by all test programs. */
#define _GNU_SOURCE /* nftw */
#include "support/check.h"

#include <CUnit/Basic.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"

static char scratch[64];

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *traversal)
{
    (void)info;
    (void)type;
    (void)traversal;
    return remove(path);
}

int check_run(const char *suite, const CU_TestInfo *tests)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite added = CU_add_suite(suite, NULL, NULL);
    bool ready = added != NULL;
    for (; ready && tests->pName; tests++)
        ready = CU_add_test(added, tests->pName, tests->pTestFunc);
    if (!ready) {
        printf("%s: %s\n", suite, CU_get_error_msg());
        CU_cleanup_registry();
        return 1;
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures() + CU_get_number_of_tests_failed();
    bool ran = CU_get_number_of_tests_run() > 0;
    CU_cleanup_registry();
    if (*scratch)
        nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return failures || !ran;
}

bool check_is_long(void)
{
    return getenv("TEST_LONG") != NULL;
}

void check_skip(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("\n    skipped: %s: ", CU_get_current_test() ? CU_get_current_test()->pName : "all");
    vprintf(format, args);
    printf("\n    ");
    va_end(args);
}

void check_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("\n    ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
}

bool check_failed(rn_status found, rn_status expected, const char *words)
{
    const char *text = rn_fail_text();
    bool is_expected = found == expected && strstr(text, words) && !strchr(text, '\n');
    if (!is_expected)
        check_note("found %s \"%s\"\n    expected %s \"…%s…\"", rn_status_name(found), text,
                   rn_status_name(expected), words);
    rn_fail_clear();
    return is_expected;
}

const char *check_source(char path[CHECK_PATH_MAX], const char *name)
{
    const char *folder = getenv("srcdir");
    snprintf(path, CHECK_PATH_MAX, "%s/%s", folder && *folder ? folder : ".", name);
    return path;
}

bool check_golden(char path[CHECK_PATH_MAX], const char *name)
{
    char in_tree[CHECK_PATH_MAX];
    const char *folder = getenv("RESNET_GOLDEN");
    snprintf(in_tree, sizeof in_tree, "tests/golden/%s", name);
    if (access(check_source(path, in_tree), R_OK) == 0)
        return true;
    if (folder && *folder) {
        snprintf(path, CHECK_PATH_MAX, "%s/%s", folder, name);
        if (access(path, R_OK) == 0)
            return true;
    }
    check_skip("%s is not there; set RESNET_GOLDEN to a folder that has it", in_tree);
    return false;
}

const char *check_scratch(char path[CHECK_PATH_MAX], const char *name)
{
    const char *folder = getenv("TMPDIR");
    if (!*scratch) {
        int length = snprintf(scratch, sizeof scratch, "%s/resnet-check-XXXXXX",
                              folder && *folder ? folder : "/tmp");
        if (length >= (int)sizeof scratch)
            strcpy(scratch, "/tmp/resnet-check-XXXXXX");
        if (!mkdtemp(scratch)) {
            perror(scratch);
            exit(1);
        }
    }
    snprintf(path, CHECK_PATH_MAX, "%s/%s", scratch, name);
    return path;
}
