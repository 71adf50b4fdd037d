/* schedule.h: the learning rate of each step. */
#ifndef RN_CORE_TRAIN_SCHEDULE_H
#define RN_CORE_TRAIN_SCHEDULE_H

#include "config/config.h"
#include "train/plateau.h"

/* The steps of an epoch of `count` images; 0: train.drop_last leaves none. */
int64_t rn_schedule_steps(const rn_config *config, int64_t count);

/* The learning rate of a step, counted from 0 since the start of the run: schedule and warm-up. A
 * step is an update of the parameters. Where the run has fewer epochs or more than the schedule
 * reckons with, the rate stays where the schedule ends. */
double rn_schedule_rate(const rn_config *config, const rn_plateau *plateau, int64_t step,
                        int64_t steps_per_epoch);

#endif
