/* check.h: shared by all test programs: runs a suite, reports skipped tests, finds files. */
#ifndef RN_TESTS_CHECK_H
#define RN_TESTS_CHECK_H

#include <CUnit/CUnit.h>
#include <resnet/status.h>
#include <stdbool.h>

/* Runs one suite (ends in CU_TEST_INFO_NULL) and prints its summary. Returns main's exit status: 0
 * if all tests passed. */
int check_run(const char *suite, const CU_TestInfo *tests);

/* True in `make check-long`, whose tests leave nothing out. */
bool check_is_long(void);

/* Reports that the rest of this test cannot run here, and why. The caller then returns. */
void check_skip(const char *format, ...) RN_PRINTF(1, 2);

/* Prints details of a failed assertion. */
void check_note(const char *format, ...) RN_PRINTF(1, 2);

/* True if a call failed with this status and a one-line message containing `words`. Clears it. */
bool check_failed(rn_status found, rn_status expected, const char *words);

#define CHECK_PATH_MAX 4096

/* The path of a file in the source tree ("tests/data/…"). */
const char *check_source(char path[CHECK_PATH_MAX], const char *name);

/* The path of a golden file or folder ("ops/…"), in tests/golden or in the folder RESNET_GOLDEN.
 * If neither has it, reports the test as skipped and returns false. */
bool check_golden(char path[CHECK_PATH_MAX], const char *name);

/* A path in a temporary folder, which is empty at first and removed when the program ends. */
const char *check_scratch(char path[CHECK_PATH_MAX], const char *name);

#endif
