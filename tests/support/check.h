/* check.h: what every test program shares: running a suite, skipping aloud, finding files. */
#ifndef RN_TESTS_CHECK_H
#define RN_TESTS_CHECK_H

#include <CUnit/CUnit.h>
#include <resnet/status.h>
#include <stdbool.h>

/* Runs one suite (ends in CU_TEST_INFO_NULL) and prints its summary; the result of main: 0 where
 * all passed. */
int check_run(const char *suite, const CU_TestInfo *tests);

/* Does this run belong to `make check-long`, whose tests leave nothing out? */
bool check_is_long(void);

/* Says that the rest of this test cannot run here, and why; then `return`. */
void check_skip(const char *format, ...) RN_PRINTF(1, 2);

/* Says more about a failed assertion. */
void check_note(const char *format, ...) RN_PRINTF(1, 2);

/* Did a call fail with this status and with these words in its message of one line? The message is
 * cleared. */
bool check_failed(rn_status found, rn_status expected, const char *words);

#define CHECK_PATH_MAX 4096

/* The path of a file of the source tree ("tests/data/…"). */
const char *check_source(char path[CHECK_PATH_MAX], const char *name);

/* The path of a golden file or folder ("ops/…"): of tests/golden, else of the folder that
 * RESNET_GOLDEN names. Skips aloud and returns false where neither has it. */
bool check_golden(char path[CHECK_PATH_MAX], const char *name);

/* A path in an empty folder that is removed when the program ends. */
const char *check_scratch(char path[CHECK_PATH_MAX], const char *name);

#endif
