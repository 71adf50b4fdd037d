/* test_duration.c: lengths of time as people write them. */
#include "base/duration.h"
#include "support/check.h"

static void test_read(void)
{
    static const struct {
        const char *text;
        double seconds;
    } cases[] = { { "45s", 45 },    { "90m", 5400 },  { "1h30m", 5400 },
                  { "2d", 172800 }, { "0.5h", 1800 }, { "1d2h3m4s", 93784 },
                  { "1e2s", 100 },  { "0h1s", 1 },    { "36500d", 3.1536e9 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double seconds = -1;
        CU_ASSERT_TRUE(rn_duration_read(cases[i].text, &seconds));
        CU_ASSERT_EQUAL(seconds, cases[i].seconds);
    }
}

static void test_refused(void)
{
    static const char *const texts[] = { "",     "90",  "m",    "90 m", " 90m",  "-1m",  "+1m",
                                         "0s",   "90x", "90M",  "infs", "nans",  "0x1m", "1h30",
                                         "1h m", "1mm", "1e9d", ".5h",  "1e999s" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double seconds = -1;
        CU_ASSERT_FALSE(rn_duration_read(texts[i], &seconds));
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "lengths of time", test_read },
        { "what is none is refused", test_refused },
        CU_TEST_INFO_NULL,
    };
    return check_run("duration", tests);
}
