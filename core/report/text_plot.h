/* text_plot.h: lines over epochs, drawn with characters. */
#ifndef RN_CORE_REPORT_TEXT_PLOT_H
#define RN_CORE_REPORT_TEXT_PLOT_H

#include <stdio.h>

#include "report/axis.h"

enum { RN_TEXT_PLOT_HEIGHT = 13, RN_TEXT_PLOT_WIDTH = 60 };

/* Set the axes, then call rn_text_plot_start. */
typedef struct rn_text_plot {
    const char *caption; /* of the axis along the bottom; NULL: epoch */
    const rn_axis *epochs, *left,
        *right; /* right: NULL, or of lines that the left one is not for */
    char grid[RN_TEXT_PLOT_HEIGHT][RN_TEXT_PLOT_WIDTH + 1];
} rn_text_plot;

void rn_text_plot_start(rn_text_plot *plot);

/* Draws a straight line, with one mark per column; what is outside the axes is moved to their ends.
 * Nothing if its first y is NaN, and only its first point if its last y is. */
void rn_text_plot_line(rn_text_plot *plot, const rn_axis *y_axis, rn_plot_point from,
                       rn_plot_point to, char mark);

/* Prints 15 lines of less than 90 columns. */
void rn_text_plot_print(const rn_text_plot *plot, FILE *stream);

#endif
