/* test_start.c: the stages of a start. */
#define _DEFAULT_SOURCE /* usleep */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/start.h"
#include "support/check.h"

#define MAX_LINES 32

static char lines[MAX_LINES][128];
static int n_lines;

static void keep_line(int32_t level, const char *line)
{
    CU_ASSERT_EQUAL(level, RN_LOG_DEBUG);
    if (n_lines < MAX_LINES)
        snprintf(lines[n_lines++], sizeof lines[0], "%s", line);
}

/* The milliseconds of the line with these words; -1: there is none, or several. */
static double ms_of(const char *words)
{
    double ms = -1;
    int n = 0;
    for (int i = 0; i < n_lines; i++)
        if (strstr(lines[i], words) && ++n)
            sscanf(strstr(lines[i], words) + strlen(words), "%lf", &ms);
    return n == 1 ? ms : -1;
}

static void *enter_elsewhere(void *unused)
{
    CU_ASSERT_EQUAL(rn_start_enter(RN_STAGE_STEP), RN_STAGE_STEP);
    rn_start_end();
    return unused;
}

/* The sum of all stages is the whole; what another thread enters changes nothing. */
static void test_stages(void)
{
    pthread_t thread;
    double sum = 0, ms;
    rn_start_begin();
    rn_stage before = rn_start_enter(RN_STAGE_PLAN);
    CU_ASSERT_EQUAL(before, RN_STAGE_OTHER);
    usleep(20000);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, enter_elsewhere, NULL), 0);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(n_lines, 0);
    CU_ASSERT_EQUAL(rn_start_enter(RN_STAGE_CONSTANTS), RN_STAGE_PLAN);
    usleep(10000);
    CU_ASSERT_EQUAL(rn_start_enter(before), RN_STAGE_CONSTANTS);
    rn_start_end();
    CU_ASSERT_EQUAL_FATAL(n_lines, RN_N_STAGES + 1);
    CU_ASSERT(ms_of("planning") >= 20);
    CU_ASSERT(ms_of("folding and reordering weights") >= 10);
    CU_ASSERT_EQUAL(ms_of("the cfg"), 0);
    for (int i = 0; i < RN_N_STAGES; i++) {
        CU_ASSERT_EQUAL_FATAL(sscanf(lines[i], "start: %*32c %lf ms", &ms), 1);
        sum += ms;
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, ms_of("to the end of the first step"), 0.05 * (RN_N_STAGES + 1));
}

/* Once it has ended, further steps say nothing. */
static void test_end(void)
{
    n_lines = 0;
    CU_ASSERT_EQUAL(rn_start_enter(RN_STAGE_PLAN), RN_STAGE_PLAN);
    rn_start_end();
    CU_ASSERT_EQUAL(n_lines, 0);
}

int main(void)
{
    const CU_TestInfo tests[] = {
        { "stages", test_stages },
        { "after the end", test_end },
        CU_TEST_INFO_NULL,
    };
    rn_log_set(RN_LOG_DEBUG, keep_line);
    return check_run("start", tests);
}
