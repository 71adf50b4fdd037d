/* test_schedule.c: learning rates against those of PyTorch's and timm's schedulers, which
 * make_schedules.py has written to schedules.txt, and the state of the schedule plateau in a
 * checkpoint. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"
#include "train/schedule.h"

/* Both compute in double precision, some by recurrence, over 60 steps. */
#define TOLERANCE 1e-12
#define MAX_SETTINGS 16

static rn_config *load(char *settings)
{
    char path[CHECK_PATH_MAX], keys[MAX_SETTINGS][64];
    const char *all[MAX_SETTINGS];
    int n = 0;
    rn_config *config = NULL;
    char *rest = settings, *word;
    while ((word = strsep(&rest, " \n")) && n < MAX_SETTINGS) {
        if (!*word)
            continue;
        snprintf(keys[n], sizeof keys[n], "train.%s", word);
        all[n] = keys[n];
        n++;
    }
    if (rn_config_load(check_source(path, "tests/config/good/tiny.cfg"), all, n, &config))
        check_note("%s", rn_fail_text());
    return config;
}

/* Both metrics of the line: the schedule chooses one. */
static void observe(rn_plateau *plateau, const rn_config *config, char **metrics)
{
    double metric = strtod(*metrics, metrics);
    rn_plateau_observe(plateau, config,
                       &(rn_epoch_metrics){ .validation_loss = metric,
                                            .validation_accuracy = metric });
}

/* Compares each step of a case. */
static void check_case(const char *name, int64_t steps_per_epoch, const rn_config *config,
                       char *rates, char *metrics)
{
    rn_plateau plateau = { 0 };
    int64_t n_steps = config->train.epochs * steps_per_epoch;
    for (int64_t step = 0; step < n_steps; step++) {
        double expected = strtod(rates, &rates);
        double found = rn_schedule_rate(config, &plateau, step, steps_per_epoch);
        bool is_close = fabs(found - expected) <= TOLERANCE * expected;
        CU_ASSERT_TRUE(is_close);
        if (!is_close)
            check_note("%s, step %lld: found %.17g, expected %.17g", name, (long long)step, found,
                       expected);
        if ((step + 1) % steps_per_epoch == 0)
            observe(&plateau, config, &metrics);
    }
}

static void test_golden(void)
{
    enum { NAME, SETTINGS, RATES, METRICS, N_LINES };
    char path[CHECK_PATH_MAX], *lines[N_LINES] = { 0 };
    size_t sizes[N_LINES] = { 0 };
    int n_cases = 0;
    FILE *file = fopen(check_source(path, "tests/train/schedules.txt"), "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (getline(&lines[NAME], &sizes[NAME], file) > 0) {
        for (int i = SETTINGS; i < N_LINES; i++)
            CU_ASSERT_TRUE_FATAL(getline(&lines[i], &sizes[i], file) > 0);
        char *colon = strchr(lines[NAME], ':');
        CU_ASSERT_PTR_NOT_NULL_FATAL(colon);
        *colon = 0;
        rn_config *config = load(lines[SETTINGS]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(config);
        check_case(lines[NAME], strtoll(colon + 1, NULL, 10), config, lines[RATES], lines[METRICS]);
        rn_config_destroy(config);
        n_cases++;
    }
    CU_ASSERT_EQUAL(n_cases, 28);
    for (int i = 0; i < N_LINES; i++)
        free(lines[i]);
    fclose(file);
}

/* What no other program has: the ends. */
static double rate(const char *settings, int64_t step)
{
    char text[256];
    snprintf(text, sizeof text, "learning_rate=0.5 epochs=4 %s", settings);
    rn_config *config = load(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(config);
    double found = rn_schedule_rate(config, &(rn_plateau){ 0 }, step, 10);
    rn_config_destroy(config);
    return found;
}

static void test_ends(void)
{
    CU_ASSERT_EQUAL(rate("schedule=cosine", 1000), 0);
    CU_ASSERT_EQUAL(rate("schedule=linear min_learning_rate=0.25", 1000), 0.25);
    CU_ASSERT_EQUAL(rate("schedule=one_cycle one_cycle_rise=0", 0), 0.5);
    CU_ASSERT_EQUAL(rate("schedule=one_cycle one_cycle_rise=1", 39), 0.5);
    CU_ASSERT_EQUAL(rate("schedule=one_cycle", 39), rate("schedule=one_cycle", 400));
    /* A warm-up as long as the run, or longer, leaves nothing to the schedule. */
    CU_ASSERT_EQUAL(rate("schedule=cosine warmup_epochs=4 warmup_prefix=true", 39), 0.5);
    CU_ASSERT_EQUAL(rate("schedule=cosine warmup_epochs=4 warmup_prefix=true", 40), 0);
    CU_ASSERT_EQUAL(rate("warmup_steps=80", 39), 0.25);
    CU_ASSERT_EQUAL(rate("warmup_epochs=0.01", 0), 0.5);
}

/* The rates of the schedules that earlier versions had, as they computed them: their runs go on bit
 * for bit. */
static double rate_before(const rn_config *config, int64_t step, int64_t steps_per_epoch)
{
    double base = config->train.learning_rate, factor = 1;
    double epoch = (double)step / (double)steps_per_epoch;
    double progress = epoch / (double)config->train.epochs;
    int64_t warmup = (int64_t)config->train.warmup_epochs * steps_per_epoch;
    if (step < warmup)
        return base * (double)(step + 1) / (double)warmup;
    if (config->train.schedule == RN_SCHEDULE_COSINE)
        return base * (0.5 * (1 + cos(M_PI * (progress < 1 ? progress : 1))));
    for (int64_t i = 0; i < config->train.n_milestones; i++)
        if (epoch >= (double)config->train.milestones[i])
            factor *= config->train.gamma;
    return base * factor;
}

static void test_before(void)
{
    char settings[][64] = { "warmup_epochs=2", "schedule=cosine warmup_epochs=3",
                            "schedule=step milestones=[5,9] gamma=0.3 warmup_epochs=1" };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        rn_config *config = load(settings[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(config);
        for (int64_t step = 0; step < 600; step++)
            CU_ASSERT_EQUAL(rn_schedule_rate(config, &(rn_plateau){ 0 }, step, 47),
                            rate_before(config, step, 47));
        rn_config_destroy(config);
    }
}

/* The metric counts with the digits that metrics.csv has of it, so that a run that is resumed from
 * the file decides the same. */
static void test_digits(void)
{
    char settings[] = "schedule=plateau plateau_patience=0 plateau_threshold=0";
    rn_config *config = load(settings);
    rn_plateau plateau = { 0 };
    CU_ASSERT_PTR_NOT_NULL_FATAL(config);
    rn_plateau_observe(&plateau, config, &(rn_epoch_metrics){ .validation_loss = 1.0 });
    rn_plateau_observe(&plateau, config, &(rn_epoch_metrics){ .validation_loss = 1 - 1e-11 });
    CU_ASSERT_EQUAL(plateau.n_reductions, 1);
    rn_config_destroy(config);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "PyTorch's and timm's rates", test_golden },
        { "before, at and after the ends", test_ends },
        { "rates of earlier versions", test_before },
        { "the digits of a metric", test_digits },
        CU_TEST_INFO_NULL,
    };
    return check_run("schedule", tests);
}
