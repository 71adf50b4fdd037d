/* study_chart.c: draws the curves and the final values of a study. */
#include "commands/study_chart.h"

#include <inttypes.h>
#include <math.h>

#include "base/text.h"
#include "commands/study_results.h"
#include "report/axis.h"
#include "report/html.h"

#define WIDTH 640.0
#define LEFT 56.0
#define RIGHT 628.0
#define TOP 12.0
#define BOTTOM 268.0
#define ROW 40.0 /* of the dots, with the name above them */

const char rn_study_chart_style[] =
    ".v0 { --of: #1f77b4 } .v1 { --of: #d95f02 } .v2 { --of: #218739 } .v3 { --of: #b0308f }\n"
    ".v4 { --of: #7a5c00 } .v5 { --of: #6a51c9 } .v6 { --of: #c1272d } .v7 { --of: #00808c }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  .v0 { --of: #6cb6ff } .v1 { --of: #ffa657 } .v2 { --of: #5fd37a } .v3 { --of: #f49ade }\n"
    "  .v4 { --of: #d9bf5f } .v5 { --of: #b9a5ff } .v6 { --of: #ff8f8a } .v7 { --of: #4fd3df } }\n"
    ".chart { width: 100%; min-width: 30rem; max-width: 46rem; height: auto; display: block }\n"
    ".chart .grid { stroke: var(--line); fill: none }\n"
    ".chart .band { fill: var(--of); opacity: .18 }\n"
    ".chart .mean { fill: none; stroke: var(--of); stroke-width: 2; stroke-linejoin: round }\n"
    ".chart .more { stroke-dasharray: 7 4 }\n"
    ".chart .dot { fill: var(--of); stroke: var(--paper) }\n"
    ".chart .bar { fill: var(--of); opacity: .25 }\n"
    ".chart .name { fill: var(--ink); stroke: var(--paper); stroke-width: 4; "
    "paint-order: stroke }\n";

/* ---- What is drawn ---- */

/* Mean, smallest and largest value of some runs in an epoch. */
typedef struct spread {
    double mean, min, max;
    int64_t n;
} spread;

/* Epochs rise from 1, so that row i is of epoch i+1 or a later one. */
static const rn_study_row *row_of(const rn_study_run *run, int64_t epoch)
{
    int64_t i = epoch < run->n_rows ? epoch : run->n_rows;
    while (i > 0 && run->rows[i - 1].epoch > epoch)
        i--;
    return i > 0 && run->rows[i - 1].epoch == epoch ? &run->rows[i - 1] : NULL;
}

static spread spread_of(const rn_study *study, int variant, int series, int64_t epoch)
{
    spread s = { 0, INFINITY, -INFINITY, 0 };
    for (int64_t k = 0; k < study->config->study.n_seeds; k++) {
        const rn_study_row *row = row_of(rn_study_run_of(study, variant, k), epoch);
        double value = row ? row->value[series] : NAN;
        if (!(fabs(value) <= 1e100))
            continue;
        s.mean += value;
        s.min = fmin(s.min, value);
        s.max = fmax(s.max, value);
        s.n++;
    }
    if (s.n)
        s.mean /= (double)s.n;
    return s;
}

static int64_t last_epoch(const rn_study *study)
{
    int64_t last = 0;
    for (int i = 0; i < study->n_runs; i++)
        for (int64_t r = 0; r < study->runs[i].n_rows; r++)
            if (study->runs[i].rows[r].epoch > last)
                last = study->runs[i].rows[r].epoch;
    return last;
}

/* The axes of a chart. */
typedef struct chart {
    const rn_study *study;
    int series;
    int64_t epochs;
    rn_axis x, y;
} chart;

static double x_of(const rn_axis *axis, double left, double value)
{
    return left + (RIGHT - left) * (value - axis->min) / (axis->max - axis->min);
}

static double y_of(const chart *c, double value)
{
    return BOTTOM - (BOTTOM - TOP) * (value - c->y.min) / (c->y.max - c->y.min);
}

static bool fit(chart *c)
{
    double min = INFINITY, max = -INFINITY;
    for (int i = 0; i < c->study->variants.count; i++)
        for (int64_t epoch = 1; epoch <= c->epochs; epoch++) {
            spread s = spread_of(c->study, i, c->series, epoch);
            min = fmin(min, s.min);
            max = fmax(max, s.max);
        }
    if (!(max >= min))
        return false;
    c->y = rn_axis_fit(min, max, 6);
    c->x = rn_axis_of_integers(1, (double)(c->epochs > 1 ? c->epochs : 2));
    return true;
}

/* ---- Curves ---- */

static void draw_axes(FILE *out, const chart *c)
{
    char label[RN_AXIS_LABEL_MAX];
    int64_t first, last;
    rn_axis_ticks(&c->y, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double value = (double)i * c->y.step, y = y_of(c, value);
        rn_axis_label(&c->y, value, label);
        rn_print(out,
                 "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>"
                 "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                 LEFT, y, RIGHT, LEFT - 7, y + 4, label);
    }
    rn_axis_ticks(&c->x, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double epoch = (double)i * c->x.step, x = x_of(&c->x, LEFT, epoch);
        rn_print(out,
                 "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>"
                 "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>\n",
                 x, TOP, BOTTOM, x, BOTTOM + 18, epoch);
    }
    rn_print(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">epoch</text>\n",
             (LEFT + RIGHT) / 2, BOTTOM + 36);
}

static void draw_mean(FILE *out, const chart *c, int variant)
{
    bool pen_down = false;
    fputs("<path class=\"mean", out);
    fputs(variant / RN_STUDY_COLOURS % 2 ? " more\" d=\"" : "\" d=\"", out);
    for (int64_t epoch = 1; epoch <= c->epochs; epoch++) {
        spread s = spread_of(c->study, variant, c->series, epoch);
        if (s.n)
            rn_print(out, "%c%.2f %.2f", pen_down ? 'L' : 'M', x_of(&c->x, LEFT, (double)epoch),
                     y_of(c, s.mean));
        pen_down = s.n > 0;
    }
    fputs("\"/>\n", out);
}

/* Along the largest values, and back along the smallest. */
static void draw_band(FILE *out, const chart *c, int variant)
{
    char pen = 'M';
    fputs("<path class=\"band\" d=\"", out);
    for (int64_t i = 1; i <= 2 * c->epochs; i++) {
        int64_t epoch = i <= c->epochs ? i : 2 * c->epochs + 1 - i;
        spread s = spread_of(c->study, variant, c->series, epoch);
        if (!s.n)
            continue;
        rn_print(out, "%c%.2f %.2f", pen, x_of(&c->x, LEFT, (double)epoch),
                 y_of(c, i <= c->epochs ? s.max : s.min));
        pen = 'L';
    }
    fputs(pen == 'L' ? "Z\"/>\n" : "\"/>\n", out);
}

static void draw_variant(FILE *out, const chart *c, int variant)
{
    spread s = spread_of(c->study, variant, c->series, 1);
    rn_print(out, "<g class=\"v%d\"><title>", variant % RN_STUDY_COLOURS);
    rn_html_text(out, c->study->variants.at[variant].name);
    fputs("</title>\n", out);
    draw_band(out, c, variant);
    draw_mean(out, c, variant);
    if (s.n && c->epochs == 1)
        rn_print(out, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.2f\" r=\"4\"/>", LEFT,
                 y_of(c, s.mean));
    fputs("</g>\n", out);
}

void rn_study_chart(FILE *out, const rn_study *study, int s)
{
    chart c = { .study = study, .series = s, .epochs = last_epoch(study) };
    if (!fit(&c))
        return;
    rn_print(out,
             "<div class=\"wide\"><svg class=\"chart\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
             "aria-label=\"%s by epoch\">\n",
             WIDTH, BOTTOM + 44, study->series[s]);
    draw_axes(out, &c);
    for (int i = 0; i < study->variants.count; i++)
        draw_variant(out, &c, i);
    fputs("</svg></div>\n", out);
}

/* ---- Final values ---- */

static void draw_row(FILE *out, const rn_study *study, const rn_axis *axis, int i)
{
    rn_study_result result = rn_study_result_of(study, i);
    double y = TOP + ROW * i + 28, mean = result.sample.mean, sd = result.sample.sd;
    rn_print(out, "<g class=\"v%d\"><text class=\"name\" x=\"%.1f\" y=\"%.1f\">",
             i % RN_STUDY_COLOURS, LEFT, y - 14);
    rn_html_text(out, study->variants.at[i].name);
    fputs("</text>", out);
    if (isfinite(sd)) {
        double left = fmax(x_of(axis, LEFT, mean - sd), LEFT);
        double right = fmin(x_of(axis, LEFT, mean + sd), RIGHT);
        rn_print(out, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\"/>",
                 left, y - 6, right - left);
    }
    if (isfinite(mean))
        rn_print(out, "<path class=\"mean\" d=\"M%.1f %.1fv18\"/>", x_of(axis, LEFT, mean), y - 9);
    for (int64_t k = 0; k < study->config->study.n_seeds; k++) {
        double value = rn_study_run_value(rn_study_run_of(study, i, k));
        if (isfinite(value))
            rn_print(out, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>",
                     x_of(axis, LEFT, value), y);
    }
    fputs("</g>\n", out);
}

static void draw_value_axis(FILE *out, const rn_axis *axis, double bottom)
{
    char label[RN_AXIS_LABEL_MAX];
    int64_t first, last;
    rn_axis_ticks(axis, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double value = (double)i * axis->step, x = x_of(axis, LEFT, value);
        rn_axis_label(axis, value, label);
        rn_print(out,
                 "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>"
                 "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                 x, TOP, bottom, x, bottom + 18, label);
    }
}

void rn_study_dots(FILE *out, const rn_study *study)
{
    double min = INFINITY, max = -INFINITY, bottom = TOP + ROW * study->variants.count;
    for (int i = 0; i < study->n_runs; i++) {
        min = fmin(min, rn_study_run_value(&study->runs[i])); /* fmin skips NaN */
        max = fmax(max, rn_study_run_value(&study->runs[i]));
    }
    if (!(max >= min))
        return;
    rn_axis axis = rn_axis_fit(min, max, 5);
    rn_print(out,
             "<div class=\"wide\"><svg class=\"chart\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
             "aria-label=\"%s of each run\">\n",
             WIDTH, bottom + 26, study->series[0]);
    draw_value_axis(out, &axis, bottom);
    for (int i = 0; i < study->variants.count; i++)
        draw_row(out, study, &axis, i);
    fputs("</svg></div>\n", out);
}
