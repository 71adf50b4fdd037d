/* plot.h: the axes of a chart of a page (html.h). The drawing is as wide as there is room; the labels
 * are text of the page, which keeps its size, and so do lines and dots. */
#ifndef RN_CORE_REPORT_PLOT_H
#define RN_CORE_REPORT_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "report/axis.h"

#define RN_PLOT_COLOURS 8
#define RN_PLOT_TEXT 32

/* What a tick is called. */
typedef void rn_plot_label(const rn_axis *axis, double value, char text[RN_PLOT_TEXT]);

/* Zero-initialise, then set the fields. */
typedef struct rn_plot {
    const char *summary; /* what it shows, for those who do not see it; text of others */
    rn_axis x, y;
    rn_plot_label *x_label, *y_label; /* NULL: the axis has no ticks of its own */
    double height;                    /* in rem; 0: 12 */
} rn_plot;

/* The style of charts, without <style>. It defines the colour --of of the classes v0, v1, …, which repeat
 * after RN_PLOT_COLOURS, and knows, in a drawing: <path class="line">, "dots" (of dots; of "M1 2h0"),
 * "band" (an area); beside these "reference" (in grey), "dashed" and "fails" (larger dots); "limit". */
extern const char rn_plot_style[];

/* Begins the drawing, with a grid. What is drawn is in the coordinates of rn_plot_x and rn_plot_y. */
void rn_plot_open(FILE *out, const rn_plot *plot);
double rn_plot_x(const rn_plot *plot, double value);
double rn_plot_y(const rn_plot *plot, double value);

/* Ends the drawing, and labels the ticks. rn_plot_end follows, after further labels. */
void rn_plot_close(FILE *out, const rn_plot *plot);

/* A label below the drawing where x is `value`. */
void rn_plot_mark(FILE *out, const rn_plot *plot, double value, const char *text);
void rn_plot_end(FILE *out);

/* Continues a path's d with a point; *pen_down: it goes on from the one before. A y of NaN interrupts it. */
void rn_plot_point_to(FILE *out, const rn_plot *plot, rn_plot_point point, bool *pen_down);

/* "1", "0.25", and whole numbers. */
rn_plot_label rn_plot_number, rn_plot_integer;

#endif
