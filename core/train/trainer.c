/* trainer.c: whether there is something left to train. */
#include "train/trainer.h"

#include "plugin/registry.h"
#include "train/schedule.h"

double rn_trainer_now_s(void)
{
    return (double)rn_host_table()->time_ns() * 1e-9;
}

int64_t rn_trainer_n_batches(const rn_trainer *trainer)
{
    const rn_config *config = trainer->session->config;
    return rn_loader_n_batches(trainer->train->dataset->count, config->train.batch,
                               config->train.drop_last);
}

int64_t rn_trainer_n_steps(const rn_trainer *trainer)
{
    return rn_schedule_steps(trainer->session->config, trainer->train->dataset->count);
}

bool rn_trainer_is_whole(const rn_trainer *trainer)
{
    return trainer->position.batch == rn_trainer_n_batches(trainer);
}

bool rn_trainer_has_enough_steps(const rn_trainer *trainer)
{
    int64_t most = trainer->session->config->train.max_steps;
    return most && trainer->position.step >= most;
}

bool rn_trainer_is_complete(const rn_trainer *trainer)
{
    const rn_config *config = trainer->session->config;
    const rn_position *p = &trainer->position;
    return p->epoch >= config->train.epochs || rn_trainer_has_enough_steps(trainer) ||
           (p->batch == 0 && rn_best_is_stale(&p->best, config, p->epoch));
}
