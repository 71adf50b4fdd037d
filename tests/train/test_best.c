/* test_best.c: which epoch is the best, and when training stops. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/config_keys.h"
#include "support/check.h"
#include "train/best.h"

static rn_config *load(const char *metric, int stop_after, double min_delta)
{
    char path[CHECK_PATH_MAX], settings[3][64];
    const char *list[] = { settings[0], settings[1], settings[2] };
    rn_config *config = NULL;
    snprintf(settings[0], sizeof settings[0], "train.best=%s", metric);
    snprintf(settings[1], sizeof settings[1], "train.stop_after=%d", stop_after);
    snprintf(settings[2], sizeof settings[2], "train.min_delta=%.17g", min_delta);
    CU_ASSERT_EQUAL_FATAL(rn_config_load(check_source(path, "tests/config/nets/dropout.cfg"), list,
                                         3, &config),
                          RN_OK);
    return config;
}

/* Epochs with these values: which are marked as the best ('*'), and after which
 * training stops ('!'). */
static void check_run_of(const char *metric, int stop_after, double min_delta, const double *values,
                         const char *expected)
{
    rn_config *config = load(metric, stop_after, min_delta);
    rn_best best = { 0 };
    char found[32] = "";
    for (size_t i = 0; i < strlen(expected); i++) {
        rn_epoch_metrics row = { .epoch = (int64_t)i + 1,
                                 .validation_loss = values[i],
                                 .validation_accuracy = values[i] };
        bool is_best = rn_best_update(&best, config, &row);
        bool stops = rn_best_is_stale(&best, config, (int64_t)i + 1);
        found[i] = stops ? '!' : is_best ? '*' : '.';
    }
    CU_ASSERT_STRING_EQUAL(found, expected);
    rn_config_destroy(config);
}

static void test_runs(void)
{
    const double rising[] = { 0.1, 0.2, 0.2, 0.15, 0.3, 0.25, 0.3 };
    const double falling[] = { 2, 1, 1, 1.5, 0.5, NAN, 0.75 };
    const double slow[] = { 0.5, 0.505, 0.51, 0.515, 0.52, 0.525 };
    check_run_of("validation_accuracy", 0, 0, rising, "**..*..");
    check_run_of("validation_loss", 0, 0, falling, "**..*..");
    check_run_of("validation_loss", 2, 0, falling, "**.!*.!");
    check_run_of("none", 0, 0, rising, ".......");
    /* Each is the best, but the first that is better than the first by so much is the fifth. */
    check_run_of("validation_accuracy", 3, 0.0175, slow, "***!**");
}

/* Two values that print the same are equal, for a resumed run that reads them, too. */
static void test_digits(void)
{
    const double values[] = { 0.12345678901, 0.12345678904, 0.1234567896 };
    check_run_of("validation_accuracy", 0, 0, values, "*.*");
}

/* Each word of train.best is a metric of which one side is better. */
static void test_words(void)
{
    const rn_config_key *key = rn_config_find_key("train.best");
    for (const rn_word *word = key->words; word->text; word++) {
        const rn_metric *metric = rn_metric_find(word->text);
        if (word->value == RN_BEST_NONE) {
            CU_ASSERT_PTR_NULL(metric);
            continue;
        }
        CU_ASSERT_PTR_NOT_NULL_FATAL(metric);
        CU_ASSERT_STRING_EQUAL(word->help, metric->better == RN_METRIC_HIGHER  ? "the highest"
                                           : metric->better == RN_METRIC_LOWER ? "the lowest"
                                                                               : "neither");
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        { "the best of a run, and its end", test_runs },
        { "values count as they are filed", test_digits },
        { "the words of train.best are metrics", test_words },
        CU_TEST_INFO_NULL,
    };
    return check_run("best", tests);
}
