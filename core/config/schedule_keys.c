/* schedule_keys.c: the table of the schedules' keys, and the checks of a cfg's learning rate. */
#include "config/schedule_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "config/chosen.h"

#define ONLY(NAME) (1u << RN_SCHEDULE_##NAME)
#define ALL_BUT(NAME) (~ONLY(NAME))

/* The keys that not every schedule reads, each with the schedules that do. */
static const struct {
    const char *key;
    uint32_t schedules;
} keys[] = {
    { "min_learning_rate", ONLY(LINEAR) | ONLY(COSINE) | ONLY(POLYNOMIAL) | ONLY(PLATEAU) },
    { "gamma", ONLY(STEP) | ONLY(EXPONENTIAL) | ONLY(PLATEAU) },
    { "milestones", ONLY(STEP) },
    { "power", ONLY(POLYNOMIAL) },
    { "restart_epochs", ONLY(COSINE) },
    { "restart_factor", ONLY(COSINE) },
    { "one_cycle_rise", ONLY(ONE_CYCLE) },
    { "one_cycle_div", ONLY(ONE_CYCLE) },
    { "one_cycle_final_div", ONLY(ONE_CYCLE) },
    { "one_cycle_anneal", ONLY(ONE_CYCLE) },
    { "plateau_metric", ONLY(PLATEAU) },
    { "plateau_patience", ONLY(PLATEAU) },
    { "plateau_threshold", ONLY(PLATEAU) },
    { "plateau_cooldown", ONLY(PLATEAU) },
    { "warmup_epochs", ALL_BUT(ONE_CYCLE) },
    { "warmup_steps", ALL_BUT(ONE_CYCLE) },
    { "warmup_start", ALL_BUT(ONE_CYCLE) },
    { "warmup_prefix", ALL_BUT(ONE_CYCLE) },
};

#define N_KEYS (sizeof keys / sizeof *keys)

static bool reads(int32_t schedule, size_t i)
{
    return keys[i].schedules >> schedule & 1;
}

bool rn_schedule_reads(int32_t schedule, const char *key, size_t length)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (strlen(keys[i].key) == length && !strncmp(keys[i].key, key, length))
            return reads(schedule, i);
    return true;
}

/* For messages about several keys. */
static const rn_tree *given_or_root(const rn_config *config, const char *key)
{
    const rn_tree *node = rn_chosen_given(config, key);
    return node ? node : config->tree;
}

/* The schedules that read a key, as "step, exponential, plateau". */
static void list_readers(size_t i, char *text, size_t size)
{
    static const rn_word words[] = { RN_SCHEDULE_WORDS(RN_WORD_ROW){ 0 } };
    size_t used = 0;
    *text = 0;
    for (const rn_word *word = words; word->text && used < size; word++)
        if (reads(word->value, i))
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", word->text);
}

static rn_status check_read(const rn_config *config)
{
    char readers[128];
    for (size_t i = 0; i < N_KEYS; i++) {
        const rn_tree *node = rn_chosen_given(config, keys[i].key);
        if (!node || reads(config->train.schedule, i) || rn_chosen_over(config, "schedule", node))
            continue;
        list_readers(i, readers, sizeof readers);
        return rn_tree_fail(node,
                            "train: %s: found with the schedule \"%s\", which does not read it; "
                            "leave it out, or choose one that does: %s",
                            keys[i].key, rn_config_word(config, "train.schedule"), readers);
    }
    return RN_OK;
}

static rn_status check_milestones(const rn_config *config)
{
    const int64_t *m = config->train.milestones;
    if (config->train.schedule == RN_SCHEDULE_STEP && config->train.n_milestones == 0)
        return rn_tree_fail(
            given_or_root(config, "schedule"),
            "train: schedule: found \"step\" without milestones, expected milestones = [ ... ]");
    for (int64_t i = 1; i < config->train.n_milestones; i++)
        if (m[i] <= m[i - 1])
            return rn_tree_fail(given_or_root(config, "milestones"),
                                "train: milestones: found %" PRId64 " after %" PRId64
                                ", expected increasing epochs",
                                m[i], m[i - 1]);
    return RN_OK;
}

/* The default of gamma is that of whole stretches of epochs, not of each. */
static rn_status check_gamma(const rn_config *config)
{
    if (config->train.schedule != RN_SCHEDULE_EXPONENTIAL || rn_chosen_given(config, "gamma"))
        return RN_OK;
    return rn_tree_fail(given_or_root(config, "schedule"),
                        "train: schedule: found \"exponential\" without gamma, expected the factor "
                        "of an epoch, as in gamma = 0.97");
}

static rn_status check_floor(const rn_config *config)
{
    if (config->train.min_learning_rate <= config->train.learning_rate ||
        !rn_schedule_reads(config->train.schedule, "min_learning_rate",
                           strlen("min_learning_rate")))
        return RN_OK;
    return rn_tree_fail(given_or_root(config, "min_learning_rate"),
                        "train: min_learning_rate: found %g with learning_rate = %g, expected no "
                        "more than that",
                        config->train.min_learning_rate, config->train.learning_rate);
}

static rn_status check_warmup(const rn_config *config)
{
    if (config->train.warmup_steps == 0 || config->train.warmup_epochs == 0)
        return RN_OK;
    return rn_tree_fail(given_or_root(config, "warmup_steps"),
                        "train: warmup_steps: found beside warmup_epochs, expected one of them");
}

rn_status rn_schedule_check(const rn_config *config)
{
    static rn_status (*const checks[])(const rn_config *) = {
        check_milestones, check_read, check_gamma, check_floor, check_warmup,
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        rn_status status = checks[i](config);
        if (status)
            return status;
    }
    return RN_OK;
}
