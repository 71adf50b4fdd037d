/* plot.c: an SVG that is stretched to its box, with labels around it in HTML. Strokes are not stretched
 * with it; a dot is a line without length that has a round end. */
#include "report/plot.h"

#include <math.h>

#include "base/text.h"
#include "report/html.h"

#define WIDTH 1000.0
#define HEIGHT 400.0
#define USUAL_REM 12.0

const char rn_plot_style[] =
    ".v0 { --of: #1f77b4 } .v1 { --of: #d95f02 } .v2 { --of: #218739 } .v3 { --of: #b0308f }\n"
    ".v4 { --of: #7a5c00 } .v5 { --of: #6a51c9 } .v6 { --of: #c1272d } .v7 { --of: #00808c }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  .v0 { --of: #6cb6ff } .v1 { --of: #ffa657 } .v2 { --of: #5fd37a } .v3 { --of: #f49ade }\n"
    "  .v4 { --of: #d9bf5f } .v5 { --of: #b9a5ff } .v6 { --of: #ff8f8a } .v7 { --of: #4fd3df } }\n"
    ".plot { position: relative; margin: .6rem .8rem 1.9rem 3.4rem; font-size: .75rem;\n"
    "  color: var(--soft); font-variant-numeric: tabular-nums; line-height: 1.2 }\n"
    ".plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible }\n"
    ".plot path { fill: none; stroke: var(--of); vector-effect: non-scaling-stroke }\n"
    ".plot .grid { stroke: var(--line); stroke-width: 1 }\n"
    ".plot .line { stroke-width: 2; stroke-linejoin: round }\n"
    ".plot .dashed { stroke-dasharray: 7 4 }\n"
    ".plot .dots { stroke-width: 6; stroke-linecap: round }\n"
    ".plot .reference { stroke: var(--soft) }\n"
    ".plot .limit { stroke-width: 1; stroke-dasharray: 2 3 }\n"
    ".plot .fails { stroke-width: 11 }\n"
    ".plot .band { fill: var(--of); stroke: none; opacity: .18 }\n"
    ".plot .band.reference { fill: var(--soft) }\n"
    ".plot span { position: absolute; white-space: nowrap }\n"
    ".plot .y { right: calc(100% + .4rem); transform: translateY(-50%) }\n"
    ".plot .x { top: calc(100% + .3rem); transform: translateX(-50%) }\n"
    ".mark { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem;\n"
    "  margin-right: .5rem; background: var(--of) }\n"
    ".legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0;\n"
    "  font-size: .9rem }\n";

/* From 0 to 1, where the axis ends. */
static double share_of(const rn_axis *axis, double value)
{
    double share = (value - axis->min) / (axis->max - axis->min);
    return fmin(fmax(share, 0), 1);
}

double rn_plot_x(const rn_plot *plot, double value)
{
    return WIDTH * share_of(&plot->x, value);
}

double rn_plot_y(const rn_plot *plot, double value)
{
    return HEIGHT * (1 - share_of(&plot->y, value));
}

static void draw_grid(FILE *out, const rn_plot *plot)
{
    int64_t first, last;
    fputs("<path class=\"grid\" d=\"", out);
    rn_axis_ticks(&plot->y, &first, &last);
    for (int64_t i = first; plot->y_label && i <= last; i++)
        fprintf(out, "M0 %.1fH%.0f", rn_plot_y(plot, (double)i * plot->y.step), WIDTH);
    rn_axis_ticks(&plot->x, &first, &last);
    for (int64_t i = first; plot->x_label && i <= last; i++)
        fprintf(out, "M%.1f 0V%.0f", rn_plot_x(plot, (double)i * plot->x.step), HEIGHT);
    fputs("\"/>\n", out);
}

void rn_plot_open(FILE *out, const rn_plot *plot)
{
    fprintf(out,
            "<div class=\"plot\" style=\"height:%.1frem\"><svg viewBox=\"0 0 %.0f %.0f\" "
            "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
            plot->height > 0 ? plot->height : USUAL_REM, WIDTH, HEIGHT);
    rn_html_text(out, plot->summary);
    fputs("\">\n", out);
    draw_grid(out, plot);
}

void rn_plot_mark(FILE *out, const rn_plot *plot, double value, const char *text)
{
    fprintf(out, "<span class=\"x\" style=\"left:%.2f%%\">", 100 * share_of(&plot->x, value));
    rn_html_text(out, text);
    fputs("</span>\n", out);
}

void rn_plot_close(FILE *out, const rn_plot *plot)
{
    char text[RN_PLOT_TEXT];
    int64_t first, last;
    fputs("</svg>\n", out);
    rn_axis_ticks(&plot->y, &first, &last);
    for (int64_t i = first; plot->y_label && i <= last; i++) {
        double value = (double)i * plot->y.step;
        plot->y_label(&plot->y, value, text);
        rn_print(out, "<span class=\"y\" style=\"top:%.2f%%\">%s</span>\n",
                 100 * (1 - share_of(&plot->y, value)), text);
    }
    rn_axis_ticks(&plot->x, &first, &last);
    for (int64_t i = first; plot->x_label && i <= last; i++) {
        double value = (double)i * plot->x.step;
        plot->x_label(&plot->x, value, text);
        rn_plot_mark(out, plot, value, text);
    }
}

void rn_plot_end(FILE *out)
{
    fputs("</div>\n", out);
}

void rn_plot_point_to(FILE *out, const rn_plot *plot, rn_plot_point point, bool *pen_down)
{
    if (!isnan(point.y))
        fprintf(out, "%c%.1f %.1f", *pen_down ? 'L' : 'M', rn_plot_x(plot, point.x),
                rn_plot_y(plot, point.y));
    *pen_down = !isnan(point.y);
}

void rn_plot_number(const rn_axis *axis, double value, char text[RN_PLOT_TEXT])
{
    rn_axis_label(axis, value, text);
}

void rn_plot_integer(const rn_axis *axis, double value, char text[RN_PLOT_TEXT])
{
    (void)axis;
    snprintf(text, RN_PLOT_TEXT, "%.0f", value);
}
