/* schedule.c: prints the learning rates of a run, as a curve and a table, as JSON or as SVG. */
#include "commands/schedule.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "commands/schedule_course.h"
#include "data/source.h"
#include "io/file.h"
#include "report/svg_plot.h"
#include "report/text_plot.h"
#include "train/schedule.h"

/* Where the data set is not here. */
#define ASSUMED_STEPS 100

/* The table has no more lines than this, besides that of the last epoch. */
#define MAX_LINES 30

static rn_axis epochs_of(const rn_course *course)
{
    return rn_axis_of_integers(0, (double)course->n_epochs);
}

static void print_facts(const rn_course *course)
{
    const rn_config *config = course->config;
    rn_print(stdout, "Schedule %s by %s: %" PRId64 " epochs of %" PRId64 " steps",
             rn_config_word(config, "train.schedule"), rn_config_word(config, "train.schedule_by"),
             config->train.epochs, course->steps_per_epoch);
    if (course->n_images)
        printf(", %" PRId64 " images in batches of %" PRId64, course->n_images,
               config->train.batch);
    if (course->n_steps < config->train.epochs * course->steps_per_epoch)
        printf("; train.max_steps ends the run after %" PRId64 " steps", course->n_steps);
    putchar('\n');
    if (config->train.schedule == RN_SCHEDULE_PLATEAU)
        rn_print(stdout, "The curve is that of a run whose %s never gets better.\n",
                 rn_config_word(config, "train.plateau_metric"));
    putchar('\n');
}

static void print_curve(const rn_course *course)
{
    const rn_axis epochs = epochs_of(course), rates = rn_axis_up_to(course->largest);
    rn_text_plot plot = { .epochs = &epochs, .left = &rates };
    rn_text_plot_start(&plot);
    for (int64_t i = 0; i < course->n_points; i++)
        rn_text_plot_line(&plot, &rates, course->points[i],
                          course->points[i + 1 < course->n_points ? i + 1 : i], '*');
    rn_text_plot_print(&plot, stdout);
}

static void print_table(const rn_course *course)
{
    int64_t every = (course->n_epochs + MAX_LINES - 1) / MAX_LINES, last = course->n_epochs - 1;
    puts("\n   epoch    from step     first rate      last rate");
    for (int64_t i = 0; i <= last; i++)
        if (i % every == 0 || i == last)
            printf("%8" PRId64 " %12" PRId64 " %14.6g %14.6g\n", i + 1,
                   i * course->steps_per_epoch + 1, course->first[i], course->last[i]);
}

static rn_status print_json(const rn_course *course)
{
    const rn_config *config = course->config;
    json_t *rates = json_array();
    for (int64_t i = 0; i < course->n_epochs; i++)
        json_array_append_new(rates,
                              json_pack("{s:I, s:I, s:f, s:f}", "epoch", (json_int_t)i + 1,
                                        "from_step", (json_int_t)(i * course->steps_per_epoch + 1),
                                        "first", course->first[i], "last", course->last[i]));
    json_t *all =
        json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "schedule",
                  rn_config_word(config, "train.schedule"), "schedule_by",
                  rn_config_word(config, "train.schedule_by"), "steps_per_epoch",
                  (json_int_t)course->steps_per_epoch, "steps", (json_int_t)course->n_steps,
                  "images", course->n_images ? json_integer(course->n_images) : json_null(),
                  "rates", rates);
    if (!all)
        return rn_fail(RN_E_NOMEM, "no memory for the learning rates");
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
    return RN_OK;
}

static rn_status write_svg(const rn_course *course, const char *path)
{
    const rn_axis epochs = epochs_of(course), rates = rn_axis_up_to(course->largest);
    const rn_svg_plot plot = { .title = course->config->name,
                               .summary = "learning rate by epoch",
                               .epochs = &epochs,
                               .left = &rates };
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    FILE *out = rn_file_stream(file);
    rn_svg_plot_open(out, &plot);
    rn_svg_plot_key(out, 0, 0, "learning rate", "");
    rn_svg_plot_line(out, &plot, &rates, 0, course->points, course->n_points);
    rn_svg_plot_close(out);
    return rn_file_commit(file);
}

/* How many images the data set has; 0: it cannot be opened, and standard error says why. */
static rn_status count_images(const rn_config *config, int64_t *count)
{
    rn_source *source = NULL;
    rn_status status = rn_source_open_split(config, RN_SPLIT_TRAIN, &source);
    if (status == RN_E_NOMEM)
        return status;
    *count = status ? 0 : source->dataset->count;
    if (status)
        rn_print(stderr,
                 "resnet-run: %d steps an epoch are assumed, --count=N says how many images: %s\n",
                 ASSUMED_STEPS, rn_fail_text());
    rn_fail_clear();
    rn_source_close(source);
    return RN_OK;
}

static rn_status take(const rn_config *config, int64_t count, rn_course *course)
{
    rn_status status = count ? RN_OK : count_images(config, &count);
    if (status)
        return status;
    int64_t n_steps = count ? rn_schedule_steps(config, count) : ASSUMED_STEPS;
    if (n_steps == 0)
        return rn_fail(RN_E_CONFIG,
                       "%s: %" PRId64 " images make no batch of %" PRId64
                       " with train.drop_last; lower train.batch",
                       config->path, count, config->train.batch);
    return rn_course_take(config, count, n_steps, course);
}

rn_status rn_schedule_show(const rn_config *config, const rn_schedule_options *options)
{
    rn_course course = { 0 };
    rn_status status = take(config, options->count, &course);
    if (status)
        goto done;
    if (options->json) {
        status = print_json(&course);
    } else {
        print_facts(&course);
        print_curve(&course);
        print_table(&course);
    }
    if (!status && options->svg)
        status = write_svg(&course, options->svg);
done:
    rn_course_clear(&course);
    return status;
}
