/* charts.c: draws the metrics as SVG, in the colours of the page. */
#include "report/charts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "report/curve_scale.h"
#include "report/html.h"
#include "report/plot.h"

#define TICKS 4
#define MOST_DOTS 40 /* epochs whose values are dots, which tell them where the pointer rests */
#define MOST_LINES 4
/* Others would overflow the axis: larger values are not drawn, smaller ones are drawn as 0. */
#define LARGEST_DRAWN 1e100
#define SMALLEST_DRAWN 1e-100

const char rn_charts_style[] =
    ".charts { display: grid; gap: 1.25rem 1.5rem; margin: 1.5rem 0 0;\n"
    "  grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)) }\n"
    ".charts figure { margin: 0; min-width: 0 }\n"
    ".charts figcaption { font-size: .875rem; color: var(--soft) }\n"
    ".charts b { color: var(--ink) }\n"
    ".charts figcaption span { white-space: nowrap; margin-left: .75rem }\n"
    ".charts figcaption span::before { content: ''; display: inline-block; width: .65rem;\n"
    "  height: .65rem; border-radius: 50%; margin-right: .3rem; background: var(--of) }\n";

/* A chart: the metrics whose tags begin with its title. */
typedef struct chart {
    const rn_metric *line[MOST_LINES];
    int n_lines;
    size_t title_length;
    const rn_epoch_metrics *rows;
    int64_t count;
    rn_plot plot;
} chart;

void rn_charts_value(double value, char text[RN_CHARTS_TEXT])
{
    static const char *const prefixes[] = { "", " k", " M", " G", " T" };
    int i = 0;
    if (fabs(value) >= 1e4)
        for (; fabs(value) >= 1000 && i < 4; i++)
            value /= 1000;
    snprintf(text, RN_CHARTS_TEXT, "%.4g%s", value, prefixes[i]);
}

static void label(const rn_axis *axis, double value, char text[RN_PLOT_TEXT])
{
    (void)axis;
    rn_charts_value(value, text);
}

/* NaN: it is not drawn. */
static double value_of(const chart *c, int line, int64_t i)
{
    double value = rn_metric_value(c->line[line], &c->rows[i]);
    if (fabs(value) < SMALLEST_DRAWN)
        return 0;
    return fabs(value) <= LARGEST_DRAWN ? value : NAN;
}

static double epoch_of(const chart *c, int64_t i)
{
    return rn_curve_scale_point(&c->rows[i], RN_CURVE_TRAIN_LOSS).x;
}

/* ---- The scale ---- */

/* Losses and shares fill the chart; the others begin at 0. */
static bool fit(chart *c)
{
    double least = HUGE_VAL, largest = -HUGE_VAL;
    for (int line = 0; line < c->n_lines; line++)
        for (int64_t i = 0; i < c->count; i++) {
            least = fmin(least, value_of(c, line, i)); /* fmin skips NaN */
            largest = fmax(largest, value_of(c, line, i));
        }
    if (least > largest)
        return false;
    if (c->line[0]->better == RN_METRIC_NEITHER)
        least = fmin(least, 0);
    if (!(largest - least > 1e-6 * fmax(fabs(least), fabs(largest)))) {
        double margin = least != 0 ? 0.1 * fabs(least) : 0.5;
        least -= margin;
        largest += margin;
    }
    c->plot = (rn_plot){ .x = rn_curve_scale_fit(c->rows, c->count).epoch,
                         .y = rn_axis_fit(least, largest, TICKS),
                         .x_label = rn_plot_integer,
                         .y_label = label,
                         .height = 9.5 };
    return true;
}

/* ---- Drawing ---- */

/* A line that is interrupted where a value is missing. */
static void draw_line(FILE *out, const chart *c, int line)
{
    bool pen_down = false;
    fputs("<path class=\"line\" d=\"", out);
    for (int64_t i = 0; i < c->count; i++)
        rn_plot_point_to(out, &c->plot, (rn_plot_point){ epoch_of(c, i), value_of(c, line, i) },
                         &pen_down);
    fputs("\"/>\n", out);
}

static void draw_dots(FILE *out, const chart *c, int line)
{
    char text[RN_CHARTS_TEXT];
    for (int64_t i = 0; i < c->count; i++) {
        double value = value_of(c, line, i);
        if (isnan(value))
            continue;
        rn_charts_value(value, text);
        rn_print(out,
                 "<path class=\"dots\" d=\"M%.1f %.1fh0\"><title>epoch %" PRId64
                 ": %s</title></path>\n",
                 rn_plot_x(&c->plot, epoch_of(c, i)), rn_plot_y(&c->plot, value), c->rows[i].epoch,
                 text);
    }
}

/* The title, and each line's name with its last value. */
static void print_caption(FILE *out, const chart *c)
{
    char text[RN_CHARTS_TEXT];
    rn_print(out, "<figcaption><b>%.*s</b>", (int)c->title_length, c->line[0]->tag);
    for (int line = 0; line < c->n_lines; line++) {
        double last = value_of(c, line, c->count - 1);
        rn_charts_value(last, text);
        rn_print(out, " <span class=\"v%d\">%s %s</span>", line,
                 c->line[line]->tag + c->title_length + 1, isnan(last) ? "" : text);
    }
    fputs("</figcaption>", out);
}

static void draw(FILE *out, chart *c)
{
    char summary[64];
    fputs("<figure>", out);
    print_caption(out, c);
    snprintf(summary, sizeof summary, "%.*s by epoch", (int)c->title_length, c->line[0]->tag);
    c->plot.summary = summary;
    rn_plot_open(out, &c->plot);
    for (int line = 0; line < c->n_lines; line++) {
        rn_print(out, "<g class=\"v%d\">", line);
        draw_line(out, c, line);
        if (c->count <= MOST_DOTS)
            draw_dots(out, c, line);
        fputs("</g>\n", out);
    }
    rn_plot_close(out, &c->plot);
    rn_plot_end(out);
    fputs("</figure>\n", out);
}

/* ---- Which charts there are ---- */

static bool is_of_chart(const rn_metric *metric, const rn_metric *first, size_t title_length)
{
    return metric->tag && strncmp(metric->tag, first->tag, title_length + 1) == 0;
}

/* A metric that no epoch has is no line. */
static bool has_values(const chart *c, const rn_metric *metric)
{
    for (int64_t i = 0; i < c->count; i++)
        if (!isnan(rn_metric_value(metric, &c->rows[i])))
            return true;
    return false;
}

/* The chart that `metric` is the first line of; false if it is not. */
static bool collect(chart *c, const rn_metric *metric)
{
    if (!metric->tag)
        return false;
    c->title_length = strcspn(metric->tag, "/");
    c->n_lines = 0;
    for (const rn_metric *m = rn_metrics; m->name && c->n_lines < MOST_LINES; m++)
        if (is_of_chart(m, metric, c->title_length) && has_values(c, m))
            c->line[c->n_lines++] = m;
    return c->n_lines && c->line[0] == metric;
}

/* Losses and shares come first. */
void rn_charts_print(FILE *out, const rn_epoch_metrics *rows, int64_t count)
{
    chart c = { .rows = rows, .count = count };
    if (!count)
        return;
    fputs("<div class=\"charts\">\n", out);
    for (int pass = 0; pass < 2; pass++)
        for (const rn_metric *m = rn_metrics; m->name; m++)
            if ((m->better == RN_METRIC_NEITHER) == pass && collect(&c, m) && fit(&c))
                draw(out, &c);
    fputs("</div>\n", out);
}
