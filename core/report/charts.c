/* charts.c: draws the metrics as SVG, in the colours of the page. */
#include "report/charts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "report/curve_scale.h"
#include "report/html.h"

#define WIDTH 340.0
#define HEIGHT 190.0
#define LEFT 58.0
#define RIGHT 332.0
#define TOP 10.0
#define BOTTOM 164.0
#define TICKS 4
#define MOST_DOTS 40 /* epochs whose values are dots, which tell them where the pointer rests */
#define MOST_LINES 4
/* Others would overflow the axis: larger values are not drawn, smaller ones are drawn as 0. */
#define LARGEST_DRAWN 1e100
#define SMALLEST_DRAWN 1e-100

const char rn_charts_style[] =
    ":root { --s0: #1f77b4; --s1: #d95f02; --s2: #218739; --s3: #8a4fb0 }\n"
    "@media (prefers-color-scheme: dark) { :root { --s0: #6cb6ff; --s1: #ffa657; --s2: #5fd37a;\n"
    "  --s3: #d2a8ff } }\n"
    ".charts { display: grid; gap: 1.25rem 1.5rem; margin: 1.5rem 0 0;\n"
    "  grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)) }\n"
    ".charts figure { margin: 0 }\n"
    ".charts figcaption { font-size: .875rem; color: var(--soft) }\n"
    ".charts b { color: var(--ink) }\n"
    ".charts svg { display: block; width: 100%; height: auto }\n"
    ".charts .grid { stroke: var(--line); stroke-width: 1 }\n"
    ".charts .c0 { --c: var(--s0) } .charts .c1 { --c: var(--s1) }\n"
    ".charts .c2 { --c: var(--s2) } .charts .c3 { --c: var(--s3) }\n"
    ".charts .line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round }\n"
    ".charts circle { fill: var(--c) }\n"
    ".charts span { white-space: nowrap; margin-left: .75rem }\n"
    ".charts span::before { content: ''; display: inline-block; width: .65rem; height: .65rem;\n"
    "  border-radius: 50%; margin-right: .3rem; background: var(--c) }\n";

/* A chart: the metrics whose tags begin with its title. */
typedef struct chart {
    const rn_metric *line[MOST_LINES];
    int n_lines;
    size_t title_length;
    const rn_epoch_metrics *rows;
    int64_t count;
    rn_axis x, y;
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
    c->y = rn_axis_fit(least, largest, TICKS);
    c->x = rn_curve_scale_fit(c->rows, c->count).epoch;
    return true;
}

static double x_of(const chart *c, double epoch)
{
    return LEFT + (RIGHT - LEFT) * (epoch - c->x.min) / (c->x.max - c->x.min);
}

static double y_of(const chart *c, double value)
{
    return BOTTOM - (BOTTOM - TOP) * (value - c->y.min) / (c->y.max - c->y.min);
}

/* ---- Drawing ---- */

static void draw_axes(FILE *out, const chart *c)
{
    char label[RN_CHARTS_TEXT];
    int64_t first, last;
    rn_axis_ticks(&c->y, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double value = (double)i * c->y.step, y = y_of(c, value);
        rn_charts_value(value, label);
        rn_print(out,
                 "<path class=\"grid\" d=\"M%.0f %.1fH%.0f\"/>"
                 "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                 LEFT, y, RIGHT, LEFT - 6, y + 4, label);
    }
    rn_axis_ticks(&c->x, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double epoch = (double)i * c->x.step;
        fprintf(out, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.0f</text>\n",
                x_of(c, epoch), BOTTOM + 18, epoch);
    }
}

/* A line that is interrupted where a value is missing. */
static void draw_line(FILE *out, const chart *c, int line)
{
    bool pen_down = false;
    fprintf(out, "<path class=\"line c%d\" d=\"", line);
    for (int64_t i = 0; i < c->count; i++) {
        double value = value_of(c, line, i);
        if (!isnan(value))
            fprintf(out, "%c%.1f %.1f", pen_down ? 'L' : 'M', x_of(c, epoch_of(c, i)),
                    y_of(c, value));
        pen_down = !isnan(value);
    }
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
                 "<circle class=\"c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"><title>epoch %" PRId64
                 ": %s</title></circle>\n",
                 line, x_of(c, epoch_of(c, i)), y_of(c, value), c->rows[i].epoch, text);
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
        rn_print(out, " <span class=\"c%d\">%s %s</span>", line,
                 c->line[line]->tag + c->title_length + 1, isnan(last) ? "" : text);
    }
    fputs("</figcaption>", out);
}

static void draw(FILE *out, const chart *c)
{
    fputs("<figure>", out);
    print_caption(out, c);
    rn_print(out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%.*s by epoch\">\n",
             WIDTH, HEIGHT, (int)c->title_length, c->line[0]->tag);
    draw_axes(out, c);
    for (int line = 0; line < c->n_lines; line++)
        draw_line(out, c, line);
    for (int line = 0; line < c->n_lines && c->count <= MOST_DOTS; line++)
        draw_dots(out, c, line);
    fputs("</svg></figure>\n", out);
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
