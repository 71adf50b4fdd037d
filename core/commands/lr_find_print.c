/* lr_find_print.c: draws the curve of a range test and says what it suggests. */
#include "commands/lr_find_print.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "report/text_plot.h"

/* Losses up to this share of the first are drawn; the last ones would flatten all others. */
#define DRAWN 1.5

/* ---- As text ---- */

static rn_plot_point point_of(const rn_lr_point *point)
{
    return (rn_plot_point){ log10(point->rate), point->smoothed };
}

static void draw_mark(rn_text_plot *plot, const rn_axis *y, double rate, double loss, char mark)
{
    rn_plot_point at = { log10(rate), loss };
    rn_text_plot_line(plot, y, at, at, mark);
}

/* The smoothed loss at one of the rates. */
static double loss_at(const rn_lr_curve *curve, double rate)
{
    int64_t i = 0;
    while (i + 1 < curve->count && curve->points[i].rate < rate)
        i++;
    return curve->points[i].smoothed;
}

static void draw(const rn_lr_curve *curve, const rn_lr_advice *advice)
{
    const rn_lr_point *points = curve->points;
    double largest = DRAWN * points[0].smoothed;
    rn_axis x = rn_axis_of_integers(log10(points[0].rate), log10(points[curve->count - 1].rate));
    rn_axis y = rn_axis_up_to(largest > 0 && largest < 1e100 ? largest : 1);
    rn_text_plot plot = { .epochs = &x, .left = &y, .caption = "learning rate, log10" };
    rn_text_plot_start(&plot);
    for (int64_t i = 0; i + 1 < curve->count; i++)
        rn_text_plot_line(&plot, &y, point_of(&points[i]), point_of(&points[i + 1]), '*');
    if (!advice->problem) {
        draw_mark(&plot, &y, advice->steepest, loss_at(curve, advice->steepest), 'S');
        draw_mark(&plot, &y, advice->valley, loss_at(curve, advice->valley), 'V');
    }
    rn_text_plot_print(&plot, stdout);
}

void rn_lr_find_print(const rn_lr_curve *curve, const rn_lr_advice *advice, int64_t batch)
{
    const rn_lr_point *last = &curve->points[curve->count - 1];
    if (curve->count > 1)
        draw(curve, advice);
    rn_print(stdout, "%" PRId64 " of %" PRId64 " rates, each with %" PRId64 " images; at %.3g %s\n",
             curve->count, curve->n_rates, batch, last->rate,
             curve->diverged ? "the loss diverged" : "the range ended");
    if (advice->problem)
        return;
    printf("The smoothed loss fell from %.3g to %.3g, which it reached at %.3g\n", advice->first,
           advice->lowest, advice->lowest_rate);
    printf("S: it falls fastest at %.2g   V: the middle of its longest fall is at %.2g\n",
           advice->steepest, advice->valley);
    printf("Suggestion: --set train.learning_rate=%.2g\n", advice->valley);
}

/* ---- As JSON ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *numbers(const rn_lr_curve *curve, double (*of)(const rn_lr_point *point))
{
    json_t *list = json_array();
    for (int64_t i = 0; i < curve->count; i++)
        json_array_append_new(list, number(of(&curve->points[i])));
    return list;
}

static double rate_of(const rn_lr_point *point)
{
    return point->rate;
}

static double loss_of(const rn_lr_point *point)
{
    return point->loss;
}

static double smoothed_of(const rn_lr_point *point)
{
    return point->smoothed;
}

void rn_lr_find_print_json(const rn_lr_curve *curve, const rn_lr_advice *advice, int64_t batch)
{
    json_t *object = json_object();
    rn_json_set(object, "batch", json_integer(batch));
    rn_json_set(object, "diverged", json_boolean(curve->diverged));
    rn_json_set(object, "problem", rn_json_text(advice->problem));
    rn_json_set(object, "steepest", number(advice->problem ? NAN : advice->steepest));
    rn_json_set(object, "valley", number(advice->problem ? NAN : advice->valley));
    rn_json_set(object, "learning_rate", numbers(curve, rate_of));
    rn_json_set(object, "loss", numbers(curve, loss_of));
    rn_json_set(object, "smoothed_loss", numbers(curve, smoothed_of));
    json_dumpf(object, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    json_decref(object);
}
