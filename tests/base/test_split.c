/* test_split.c: work that is split among threads: each item once, by ranges in order. */
#include <string.h>

#include "base/split.h"
#include "support/check.h"

#define MOST 1000

typedef struct seen {
    int32_t times[MOST];
    int64_t begins[RN_SPLIT_THREADS], ends[RN_SPLIT_THREADS];
} seen;

/* Each item and each thread is touched once, so that no two threads write the same. */
static void work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    seen *s = argument;
    s->begins[thread] = begin;
    s->ends[thread] = end;
    for (int64_t i = begin; i < end; i++)
        s->times[i]++;
}

static void check(int64_t count, int32_t n_threads)
{
    static seen s;
    int64_t at = 0;
    memset(&s, 0, sizeof s);
    rn_split_run(count, n_threads, work, &s);
    for (int64_t i = 0; i < MOST; i++)
        CU_ASSERT_EQUAL(s.times[i], i < count);
    for (int32_t i = 0; i < RN_SPLIT_THREADS && s.ends[i]; i++) {
        CU_ASSERT_EQUAL(s.begins[i], at);
        CU_ASSERT(s.ends[i] - s.begins[i] <= count / (n_threads > 0 ? n_threads : 1) + 1 ||
                  n_threads > RN_SPLIT_THREADS);
        at = s.ends[i];
    }
    CU_ASSERT_EQUAL(at, count);
}

static void test_ranges(void)
{
    static const int64_t counts[] = { 0, 1, 2, 7, 64, 65, 999, 1000 };
    static const int32_t threads[] = { 0, 1, 2, 3, 8, 63, 64, 1000 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t k = 0; k < sizeof threads / sizeof *threads; k++)
            check(counts[i], threads[k]);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "ranges", test_ranges },
        CU_TEST_INFO_NULL,
    };
    return check_run("split", tests);
}
