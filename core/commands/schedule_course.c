/* schedule_course.c: walks through the steps of a run and asks for their learning rates. */
#include "commands/schedule_course.h"

#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "train/schedule.h"

/* A walk through a run, forwards. */
typedef struct walk {
    const rn_course *course;
    rn_plateau plateau;
    int64_t epoch; /* the plateau's */
} walk;

static double rate_at(walk *w, int64_t step)
{
    const rn_course *course = w->course;
    for (; w->epoch < step / course->steps_per_epoch; w->epoch++)
        rn_plateau_observe(&w->plateau, course->config, &(rn_epoch_metrics){ .epoch = w->epoch });
    return rn_schedule_rate(course->config, &w->plateau, step, course->steps_per_epoch);
}

static void take_epochs(rn_course *course)
{
    walk w = { .course = course };
    for (int64_t i = 0; i < course->n_epochs; i++) {
        int64_t first = i * course->steps_per_epoch, last = first + course->steps_per_epoch - 1;
        course->first[i] = rate_at(&w, first);
        course->last[i] = rate_at(&w, last < course->n_steps ? last : course->n_steps - 1);
    }
}

static void take_points(rn_course *course)
{
    walk w = { .course = course };
    for (int64_t i = 0; i < course->n_points; i++) {
        double share = course->n_points > 1 ? (double)i / (double)(course->n_points - 1) : 0;
        int64_t step = llround(share * (double)(course->n_steps - 1));
        double rate = rate_at(&w, step);
        course->points[i] = (rn_plot_point){ (double)step / (double)course->steps_per_epoch, rate };
        course->largest = fmax(course->largest, rate);
    }
}

rn_status rn_course_take(const rn_config *config, int64_t n_images, int64_t steps_per_epoch,
                         rn_course *course)
{
    int64_t most = config->train.max_steps, n_steps = config->train.epochs * steps_per_epoch;
    n_steps = most && most < n_steps ? most : n_steps;
    int64_t n_epochs = (n_steps + steps_per_epoch - 1) / steps_per_epoch;
    *course = (rn_course){ .config = config,
                           .n_images = n_images,
                           .steps_per_epoch = steps_per_epoch,
                           .n_steps = n_steps,
                           .n_epochs = n_epochs,
                           .first = calloc((size_t)n_epochs, sizeof *course->first),
                           .last = calloc((size_t)n_epochs, sizeof *course->last),
                           .points = calloc(RN_COURSE_POINTS, sizeof *course->points),
                           .n_points = n_steps < RN_COURSE_POINTS ? n_steps : RN_COURSE_POINTS };
    if (!course->first || !course->last || !course->points)
        return rn_fail(RN_E_NOMEM, "no memory for the learning rates");
    take_epochs(course);
    take_points(course);
    return RN_OK;
}

void rn_course_clear(rn_course *course)
{
    free(course->first);
    free(course->last);
    free(course->points);
}
