/* schedule_course.h: the learning rates of a whole run, without running it. */
#ifndef RN_CORE_COMMANDS_SCHEDULE_COURSE_H
#define RN_CORE_COMMANDS_SCHEDULE_COURSE_H

#include "config/config.h"
#include "report/axis.h"

/* The steps between the points of a drawing are equal, as far as there are so many. */
#define RN_COURSE_POINTS 1000

typedef struct rn_course {
    const rn_config *config;
    int64_t n_images; /* of an epoch; 0: unknown */
    int64_t steps_per_epoch, n_epochs, n_steps;
    double *first, *last; /* the rates of each epoch's first step and last one */
    rn_plot_point *points;
    int64_t n_points;
    double largest; /* rate of the points */
} rn_course;

/* Computes the rates of a run with so many steps an epoch. The schedule plateau is taken through
 * epochs that get no better. */
rn_status rn_course_take(const rn_config *config, int64_t n_images, int64_t steps_per_epoch,
                         rn_course *course);
void rn_course_clear(rn_course *course);

#endif
