/* study_chart.c: draws the curves and the final values of a study. */
#include "commands/study_chart.h"

#include <inttypes.h>
#include <math.h>

#include "base/text.h"
#include "commands/study_results.h"
#include "report/html.h"
#include "report/plot.h"

#define ROW_REM 2.5 /* of the dots, with the name above them */

const char rn_study_chart_style[] =
    ".curves { display: grid; gap: 1rem 1.5rem;\n"
    "  grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr)) }\n"
    ".curves > div { min-width: 0 }\n"
    ".plot .name { left: .3rem; color: var(--ink); transform: translateY(-1.1rem) }\n"
    ".plot .sd { stroke-width: 12; opacity: .25 }\n"
    ".plot .mean { stroke-width: 2 }\n";

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
    rn_plot plot;
} chart;

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
    c->plot = (rn_plot){ .x = rn_axis_of_integers(1, (double)(c->epochs > 1 ? c->epochs : 2)),
                         .y = rn_axis_fit(min, max, 6),
                         .x_label = rn_plot_integer,
                         .y_label = rn_plot_number,
                         .height = 15 };
    return true;
}

/* ---- Curves ---- */

static void draw_mean(FILE *out, const chart *c, int variant)
{
    bool pen_down = false;
    fputs("<path class=\"line", out);
    fputs(variant / RN_PLOT_COLOURS % 2 ? " dashed\" d=\"" : "\" d=\"", out);
    for (int64_t epoch = 1; epoch <= c->epochs; epoch++) {
        spread s = spread_of(c->study, variant, c->series, epoch);
        rn_plot_point_to(out, &c->plot, (rn_plot_point){ (double)epoch, s.n ? s.mean : NAN },
                         &pen_down);
    }
    fputs("\"/>\n", out);
}

/* Along the largest values, and back along the smallest. */
static void draw_band(FILE *out, const chart *c, int variant)
{
    bool pen_down = false;
    fputs("<path class=\"band\" d=\"", out);
    for (int64_t i = 1; i <= 2 * c->epochs; i++) {
        int64_t epoch = i <= c->epochs ? i : 2 * c->epochs + 1 - i;
        spread s = spread_of(c->study, variant, c->series, epoch);
        if (s.n)
            rn_plot_point_to(out, &c->plot,
                             (rn_plot_point){ (double)epoch, i <= c->epochs ? s.max : s.min },
                             &pen_down);
    }
    fputs(pen_down ? "Z\"/>\n" : "\"/>\n", out);
}

static void draw_dot(FILE *out, const rn_plot *plot, double x, double y)
{
    fprintf(out, "<path class=\"dots\" d=\"M%.1f %.1fh0\"/>\n", rn_plot_x(plot, x),
            rn_plot_y(plot, y));
}

static void draw_variant(FILE *out, const chart *c, int variant)
{
    spread s = spread_of(c->study, variant, c->series, 1);
    rn_print(out, "<g class=\"v%d\"><title>", variant % RN_PLOT_COLOURS);
    rn_html_text(out, c->study->variants.at[variant].name);
    fputs("</title>\n", out);
    draw_band(out, c, variant);
    draw_mean(out, c, variant);
    if (s.n && c->epochs == 1)
        draw_dot(out, &c->plot, 1, s.mean);
    fputs("</g>\n", out);
}

void rn_study_chart(FILE *out, const rn_study *study, int s)
{
    char summary[128];
    chart c = { .study = study, .series = s, .epochs = last_epoch(study) };
    if (!fit(&c))
        return;
    snprintf(summary, sizeof summary, "%s by epoch", study->series[s]);
    c.plot.summary = summary;
    rn_plot_open(out, &c.plot);
    for (int i = 0; i < study->variants.count; i++)
        draw_variant(out, &c, i);
    rn_plot_close(out, &c.plot);
    rn_plot_end(out);
}

/* ---- Final values ---- */

/* A row of the plot, from the top: its middle is at n - i - 0.5. */
static void draw_row(FILE *out, const rn_study *study, const rn_plot *plot, int i)
{
    rn_study_result result = rn_study_result_of(study, i);
    double row = study->variants.count - i - 0.65, mean = result.sample.mean, sd = result.sample.sd;
    double y = rn_plot_y(plot, row);
    rn_print(out, "<g class=\"v%d\">", i % RN_PLOT_COLOURS);
    if (isfinite(sd))
        fprintf(out, "<path class=\"sd\" d=\"M%.1f %.1fH%.1f\"/>", rn_plot_x(plot, mean - sd), y,
                rn_plot_x(plot, mean + sd));
    if (isfinite(mean))
        fprintf(out, "<path class=\"mean\" d=\"M%.1f %.1fV%.1f\"/>", rn_plot_x(plot, mean),
                rn_plot_y(plot, row - 0.2), rn_plot_y(plot, row + 0.2));
    for (int64_t k = 0; k < study->config->study.n_seeds; k++) {
        double value = rn_study_run_value(rn_study_run_of(study, i, k));
        if (isfinite(value))
            draw_dot(out, plot, value, row);
    }
    fputs("</g>\n", out);
}

static void print_names(FILE *out, const rn_study *study)
{
    for (int i = 0; i < study->variants.count; i++) {
        fprintf(out, "<span class=\"name\" style=\"top:%.2f%%\">",
                100 * (i + 0.65) / study->variants.count);
        rn_html_text(out, study->variants.at[i].name);
        fputs("</span>\n", out);
    }
}

void rn_study_dots(FILE *out, const rn_study *study)
{
    double min = INFINITY, max = -INFINITY, n = study->variants.count;
    char summary[128];
    for (int i = 0; i < study->n_runs; i++) {
        min = fmin(min, rn_study_run_value(&study->runs[i])); /* fmin skips NaN */
        max = fmax(max, rn_study_run_value(&study->runs[i]));
    }
    if (!(max >= min))
        return;
    snprintf(summary, sizeof summary, "%s of each run", study->series[0]);
    rn_plot plot = { .summary = summary,
                     .x = rn_axis_fit(min, max, 5),
                     .y = { 0, n, 1 },
                     .x_label = rn_plot_number,
                     .height = ROW_REM * n };
    rn_plot_open(out, &plot);
    for (int i = 0; i < study->variants.count; i++)
        draw_row(out, study, &plot, i);
    rn_plot_close(out, &plot);
    print_names(out, study);
    rn_plot_end(out);
}
