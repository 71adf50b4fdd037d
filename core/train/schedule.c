/* schedule.c: the schedules of the learning rate, one function each, and the warm-up before them.
 *
 * A schedule counts in ticks: steps, or whole epochs with schedule_by = "epoch". Both ways it is
 * PyTorch's scheduler of the same name, called after each tick. */
#include "train/schedule.h"

#include <math.h>

#include "data/loader.h"

/* Where a run stands for its schedule. */
typedef struct moment {
    const rn_config *config;
    const rn_plateau *plateau;
    double tick, ticks_per_epoch;
    double n_epochs; /* over which the schedule falls */
} moment;

static double epoch_of(const moment *m)
{
    return m->tick / m->ticks_per_epoch;
}

/* How much of the schedule is over: from 0 to 1. */
static double progress_of(double epoch, double n_epochs)
{
    double progress = n_epochs > 0 ? epoch / n_epochs : 1;
    return progress < 1 ? progress : 1;
}

/* `share` of the way from the lowest rate to the highest. */
static double above_floor(const rn_config *config, double share)
{
    double lowest = config->train.min_learning_rate;
    return lowest + (config->train.learning_rate - lowest) * share;
}

static double constant(const moment *m)
{
    return m->config->train.learning_rate;
}

static double step(const moment *m)
{
    double factor = 1, epoch = epoch_of(m);
    for (int64_t i = 0; i < m->config->train.n_milestones; i++)
        if (epoch >= (double)m->config->train.milestones[i])
            factor *= m->config->train.gamma;
    return m->config->train.learning_rate * factor;
}

static double cosine(const moment *m)
{
    double epoch = epoch_of(m), period = m->n_epochs;
    if (m->config->train.restart_epochs) {
        double factor = m->config->train.restart_factor;
        period = (double)m->config->train.restart_epochs;
        if (factor == 1)
            epoch = fmod(epoch, period);
        for (; epoch >= period; period *= factor)
            epoch -= period;
    }
    return above_floor(m->config, 0.5 * (1 + cos(M_PI * progress_of(epoch, period))));
}

static double linear(const moment *m)
{
    return above_floor(m->config, 1 - progress_of(epoch_of(m), m->n_epochs));
}

static double polynomial(const moment *m)
{
    double left = 1 - progress_of(epoch_of(m), m->n_epochs);
    return above_floor(m->config, pow(left, m->config->train.power));
}

static double exponential(const moment *m)
{
    return m->config->train.learning_rate * pow(m->config->train.gamma, epoch_of(m));
}

static double anneal(const rn_config *config, double from, double to, double share)
{
    if (config->train.one_cycle_anneal == RN_ANNEAL_LINEAR)
        return from + (to - from) * share;
    return to + (from - to) * 0.5 * (1 + cos(M_PI * share));
}

/* The peak and the end are ticks that the run has, so that its last step has the last rate. */
static double one_cycle(const moment *m)
{
    const rn_config *config = m->config;
    double n_ticks = m->n_epochs * m->ticks_per_epoch, highest = config->train.learning_rate;
    double first = highest / config->train.one_cycle_div;
    double last = first / config->train.one_cycle_final_div;
    double peak = fmax(config->train.one_cycle_rise * n_ticks - 1, 0), end = n_ticks - 1;
    if (m->tick <= peak)
        return anneal(config, first, highest, peak > 0 ? m->tick / peak : 1);
    return anneal(config, highest, last, progress_of(m->tick - peak, end - peak));
}

static double plateau(const moment *m)
{
    double rate = m->config->train.learning_rate *
                  pow(m->config->train.gamma, (double)m->plateau->n_reductions);
    return fmax(rate, m->config->train.min_learning_rate);
}

static double (*const schedules[])(const moment *) = {
    [RN_SCHEDULE_CONSTANT] = constant,     [RN_SCHEDULE_STEP] = step,
    [RN_SCHEDULE_COSINE] = cosine,         [RN_SCHEDULE_LINEAR] = linear,
    [RN_SCHEDULE_POLYNOMIAL] = polynomial, [RN_SCHEDULE_EXPONENTIAL] = exponential,
    [RN_SCHEDULE_ONE_CYCLE] = one_cycle,   [RN_SCHEDULE_PLATEAU] = plateau,
};

/* The rate of tick `at` of a warm-up of `n`. */
static double rising(const rn_config *config, double at, double n)
{
    double base = config->train.learning_rate, start = config->train.warmup_start;
    return start > 0 ? base * (start + (1 - start) * at / n) : base * (at + 1) / n;
}

/* The steps of the warm-up: whole epochs, where the schedule counts in them. */
static int64_t warmup_steps(const rn_config *config, int64_t steps_per_epoch)
{
    if (config->train.warmup_steps)
        return config->train.warmup_steps;
    if (config->train.schedule_by == RN_SCHEDULE_BY_EPOCH)
        return llround(config->train.warmup_epochs) * steps_per_epoch;
    return llround(config->train.warmup_epochs * (double)steps_per_epoch);
}

int64_t rn_schedule_steps(const rn_config *config, int64_t count)
{
    int64_t n = rn_loader_n_batches(count, config->train.batch, config->train.drop_last);
    return (n + config->train.accumulate - 1) / config->train.accumulate;
}

double rn_schedule_rate(const rn_config *config, const rn_plateau *plateau, int64_t step,
                        int64_t steps_per_epoch)
{
    bool by_epoch = config->train.schedule_by == RN_SCHEDULE_BY_EPOCH;
    int64_t steps_per_tick = by_epoch ? steps_per_epoch : 1;
    int64_t n_warmup = warmup_steps(config, steps_per_epoch);
    if (step < n_warmup) {
        int64_t tick = config->train.warmup_steps ? 1 : steps_per_tick;
        return rising(config, (double)(step / tick), (double)(n_warmup / tick));
    }
    int64_t start = config->train.warmup_prefix ? n_warmup : 0;
    const moment m = {
        .config = config,
        .plateau = plateau,
        .tick = (double)((step - start) / steps_per_tick),
        .ticks_per_epoch = (double)(steps_per_epoch / steps_per_tick),
        .n_epochs = (double)config->train.epochs - (double)start / (double)steps_per_epoch,
    };
    return schedules[config->train.schedule](&m);
}
