/* curve.c: draws the learning curve as an SVG in the book's style: epochs along the bottom, train
 * loss solid, validation loss dashed, validation accuracy dash-dotted, a grid and a legend. */
#include <inttypes.h>
#include <math.h>

#include "io/file.h"
#include "report/curve_scale.h"
#include "report/html.h"

#define WIDTH 640.0
#define HEIGHT 400.0
#define LEFT 60.0
#define RIGHT 580.0
#define TOP 76.0
#define BOTTOM 340.0

/* Without CSS variables, which some renderers do not support. Those that also ignore @media draw
 * the light version. */
static const char style[] =
    "<style>\n"
    "  text { font: 13px system-ui, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif }\n"
    "  text { fill: #333 }\n"
    "  .title { font-size: 15px; font-weight: 600 }\n"
    "  .tick { font-size: 12px; fill: #555 }\n"
    "  .paper { fill: #fff }\n"
    "  .grid { stroke: #ddd; stroke-width: 1 }\n"
    "  .frame { fill: none; stroke: #888; stroke-width: 1 }\n"
    "  .line { fill: none; stroke-width: 2; stroke-linejoin: round }\n"
    "  .s0 { stroke: #1f77b4 } .s1 { stroke: #d95f02 } .s2 { stroke: #218739 }\n"
    "  .line.s1 { stroke-dasharray: 7 4 } .line.s2 { stroke-dasharray: 9 3 2 3 }\n"
    "  .p0 { fill: #1f77b4 } .p1 { fill: #d95f02 } .p2 { fill: #218739 }\n"
    "  @media (prefers-color-scheme: dark) {\n"
    "    text { fill: #ddd } .tick { fill: #aaa } .paper { fill: #15181d }\n"
    "    .grid { stroke: #33383f } .frame { stroke: #777 }\n"
    "    .s0 { stroke: #6cb6ff } .s1 { stroke: #ffa657 } .s2 { stroke: #5fd37a }\n"
    "    .p0 { fill: #6cb6ff } .p1 { fill: #ffa657 } .p2 { fill: #5fd37a }\n"
    "  }\n"
    "</style>\n";

static double x_of(const rn_curve_scale *scale, double epoch)
{
    return LEFT +
           (RIGHT - LEFT) * (epoch - scale->epoch.min) / (scale->epoch.max - scale->epoch.min);
}

static double y_of(const rn_curve_axis *axis, double value)
{
    double y = BOTTOM - (BOTTOM - TOP) * (value - axis->min) / (axis->max - axis->min);
    return fmin(fmax(y, TOP), BOTTOM);
}

static void draw_epoch_axis(FILE *out, const rn_curve_scale *scale)
{
    const rn_curve_axis *axis = &scale->epoch;
    int64_t first, last;
    rn_curve_scale_ticks(axis, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double epoch = (double)i * axis->step, x = x_of(scale, epoch);
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", x, TOP, BOTTOM);
        fprintf(out,
                "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>\n",
                x, BOTTOM + 19, epoch);
    }
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">epoch</text>\n",
            (LEFT + RIGHT) / 2, BOTTOM + 42);
}

/* The horizontal grid lines belong to the left axis. */
static void draw_value_axis(FILE *out, const rn_curve_axis *axis, bool is_left)
{
    char label[RN_CURVE_LABEL_MAX];
    int64_t first, last;
    rn_curve_scale_ticks(axis, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double value = (double)i * axis->step, y = y_of(axis, value);
        if (is_left)
            fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>", LEFT, y, RIGHT);
        rn_curve_scale_label(axis, value, label);
        fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
                is_left ? LEFT - 8 : RIGHT + 8, y + 4, is_left ? "end" : "start", label);
    }
}

static void draw_legend(FILE *out, const rn_curve_scale *scale)
{
    static const double starts[RN_CURVE_N] = { LEFT, LEFT + 130, LEFT + 290 };
    for (int series = 0; series < RN_CURVE_N; series++) {
        const char *side = !scale->shared && series == RN_CURVE_ACCURACY ? " (right)" : "";
        fprintf(out, "<path class=\"line s%d\" d=\"M%.1f %.1fh32\"/>", series, starts[series],
                TOP - 20);
        fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">%s%s</text>\n", starts[series] + 39, TOP - 15.5,
                rn_curve_labels[series], side);
    }
}

/* Draws a line that is interrupted at missing values; a value without neighbours is a dot. */
static void draw_series(FILE *out, const rn_curve_scale *scale, const rn_epoch_metrics *rows,
                        int64_t count, int series)
{
    const rn_curve_axis *axis = rn_curve_scale_axis(scale, series);
    bool pen_down = false;
    fprintf(out, "<path class=\"line s%d\" d=\"", series);
    for (int64_t i = 0; i < count; i++) {
        double value = rn_curve_scale_value(&rows[i], series);
        if (!isnan(value))
            fprintf(out, "%c%.2f %.2f", pen_down ? 'L' : 'M',
                    x_of(scale, rn_curve_scale_epoch(&rows[i])), y_of(axis, value));
        pen_down = !isnan(value);
    }
    fputs("\"/>\n", out);
    for (int64_t i = 0; i < count; i++) {
        double value = rn_curve_scale_value(&rows[i], series);
        bool before = i > 0 && !isnan(rn_curve_scale_value(&rows[i - 1], series));
        bool after = i + 1 < count && !isnan(rn_curve_scale_value(&rows[i + 1], series));
        if (!isnan(value) && !before && !after)
            fprintf(out, "<circle class=\"p%d\" cx=\"%.2f\" cy=\"%.2f\" r=\"4\"/>\n", series,
                    x_of(scale, rn_curve_scale_epoch(&rows[i])), y_of(axis, value));
    }
}

static void draw(FILE *out, const char *title, const rn_epoch_metrics *rows, int64_t count)
{
    rn_curve_scale scale = rn_curve_scale_fit(rows, count);
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" ", WIDTH,
            HEIGHT);
    fprintf(out, "viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>", WIDTH, HEIGHT);
    rn_html_text(out, title);
    fprintf(out, ": loss and accuracy by epoch</title>\n%s", style);
    fputs("<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n", out);
    fprintf(out, "<text class=\"title\" x=\"%.1f\" y=\"%.1f\">", LEFT, TOP - 45);
    rn_html_text(out, title);
    fputs("</text>\n", out);
    draw_epoch_axis(out, &scale);
    draw_value_axis(out, &scale.left, true);
    if (!scale.shared)
        draw_value_axis(out, &scale.right, false);
    fprintf(out, "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
            LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP);
    draw_legend(out, &scale);
    for (int series = 0; series < RN_CURVE_N; series++)
        draw_series(out, &scale, rows, count, series);
    fputs("</svg>\n", out);
}

rn_status rn_curve_write(const char *path, const char *title, const rn_epoch_metrics *rows,
                         int64_t count)
{
    rn_file *file = NULL;
    if (count < 1)
        return RN_OK;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    draw(rn_file_stream(file), title, rows, count);
    return rn_file_commit(file);
}
