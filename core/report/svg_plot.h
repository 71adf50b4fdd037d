/* svg_plot.h: lines over epochs as one SVG with axes, ticks and legend. It needs no other files and
 * suits light and dark backgrounds. */
#ifndef RN_CORE_REPORT_SVG_PLOT_H
#define RN_CORE_REPORT_SVG_PLOT_H

#include <stdio.h>

#include "report/axis.h"

typedef struct rn_svg_plot {
    const char *title;   /* above the drawing; text of others */
    const char *summary; /* what it shows, for those who do not see it */
    const rn_axis *epochs, *left,
        *right; /* right: NULL, or of lines that the left one is not for */
} rn_svg_plot;

/* The drawing without lines; rn_svg_plot_close ends it. */
void rn_svg_plot_open(FILE *out, const rn_svg_plot *plot);

/* An entry of the legend, at x pixels from its left end. Series are 0, 1 and 2. */
void rn_svg_plot_key(FILE *out, int series, double x, const char *label, const char *more);

/* Draws a line that is interrupted where y is NaN; a point without neighbours is a dot. */
void rn_svg_plot_line(FILE *out, const rn_svg_plot *plot, const rn_axis *y_axis, int series,
                      const rn_plot_point *points, int64_t count);

void rn_svg_plot_close(FILE *out);

#endif
