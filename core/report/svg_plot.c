/* svg_plot.c: draws lines as SVG in the book's style: epochs along the bottom, a grid, and a first
 * line that is solid, a second one dashed and a third one dash-dotted. */
#include "report/svg_plot.h"

#include <math.h>
#include <stdbool.h>

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

static double x_of(const rn_axis *axis, double epoch)
{
    return LEFT + (RIGHT - LEFT) * (epoch - axis->min) / (axis->max - axis->min);
}

static double y_of(const rn_axis *axis, double value)
{
    double y = BOTTOM - (BOTTOM - TOP) * (value - axis->min) / (axis->max - axis->min);
    return fmin(fmax(y, TOP), BOTTOM);
}

static void draw_epoch_axis(FILE *out, const rn_axis *axis)
{
    int64_t first, last;
    rn_axis_ticks(axis, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double epoch = (double)i * axis->step, x = x_of(axis, epoch);
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", x, TOP, BOTTOM);
        fprintf(out,
                "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>\n",
                x, BOTTOM + 19, epoch);
    }
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">epoch</text>\n",
            (LEFT + RIGHT) / 2, BOTTOM + 42);
}

/* The horizontal grid lines belong to the left axis. */
static void draw_value_axis(FILE *out, const rn_axis *axis, bool is_left)
{
    char label[RN_AXIS_LABEL_MAX];
    int64_t first, last;
    rn_axis_ticks(axis, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double value = (double)i * axis->step, y = y_of(axis, value);
        if (is_left)
            fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>", LEFT, y, RIGHT);
        rn_axis_label(axis, value, label);
        fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
                is_left ? LEFT - 8 : RIGHT + 8, y + 4, is_left ? "end" : "start", label);
    }
}

void rn_svg_plot_open(FILE *out, const rn_svg_plot *plot)
{
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" ", WIDTH,
            HEIGHT);
    fprintf(out, "viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>", WIDTH, HEIGHT);
    rn_html_text(out, plot->title);
    fprintf(out, ": %s</title>\n%s", plot->summary, style);
    fputs("<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n", out);
    fprintf(out, "<text class=\"title\" x=\"%.1f\" y=\"%.1f\">", LEFT, TOP - 45);
    rn_html_text(out, plot->title);
    fputs("</text>\n", out);
    draw_epoch_axis(out, plot->epochs);
    draw_value_axis(out, plot->left, true);
    if (plot->right)
        draw_value_axis(out, plot->right, false);
    fprintf(out, "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
            LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP);
}

void rn_svg_plot_key(FILE *out, int series, double x, const char *label, const char *more)
{
    fprintf(out, "<path class=\"line s%d\" d=\"M%.1f %.1fh32\"/>", series, LEFT + x, TOP - 20);
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">%s%s</text>\n", LEFT + x + 39, TOP - 15.5, label,
            more);
}

void rn_svg_plot_line(FILE *out, const rn_svg_plot *plot, const rn_axis *y_axis, int series,
                      const rn_plot_point *points, int64_t count)
{
    bool pen_down = false;
    fprintf(out, "<path class=\"line s%d\" d=\"", series);
    for (int64_t i = 0; i < count; i++) {
        if (!isnan(points[i].y))
            fprintf(out, "%c%.2f %.2f", pen_down ? 'L' : 'M', x_of(plot->epochs, points[i].x),
                    y_of(y_axis, points[i].y));
        pen_down = !isnan(points[i].y);
    }
    fputs("\"/>\n", out);
    for (int64_t i = 0; i < count; i++) {
        bool before = i > 0 && !isnan(points[i - 1].y);
        bool after = i + 1 < count && !isnan(points[i + 1].y);
        if (!isnan(points[i].y) && !before && !after)
            fprintf(out, "<circle class=\"p%d\" cx=\"%.2f\" cy=\"%.2f\" r=\"4\"/>\n", series,
                    x_of(plot->epochs, points[i].x), y_of(y_axis, points[i].y));
    }
}

void rn_svg_plot_close(FILE *out)
{
    fputs("</svg>\n", out);
}
