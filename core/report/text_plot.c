/* text_plot.c: a grid of characters between two axes. */
#include "report/text_plot.h"

#include <math.h>
#include <string.h>

enum { HEIGHT = RN_TEXT_PLOT_HEIGHT, WIDTH = RN_TEXT_PLOT_WIDTH, LEAST_LABEL = 6 };

static int column_of(const rn_axis *axis, double x)
{
    double column = (x - axis->min) / (axis->max - axis->min) * (WIDTH - 1);
    return column < 0 ? 0 : column > WIDTH - 1 ? WIDTH - 1 : (int)lround(column);
}

static int row_of(const rn_axis *axis, double value)
{
    double row = (HEIGHT - 1) * (1 - (value - axis->min) / (axis->max - axis->min));
    return row < 0 ? 0 : row > HEIGHT - 1 ? HEIGHT - 1 : (int)lround(row);
}

void rn_text_plot_start(rn_text_plot *plot)
{
    for (int row = 0; row < HEIGHT; row++) {
        memset(plot->grid[row], ' ', WIDTH);
        plot->grid[row][WIDTH] = '\0';
    }
}

void rn_text_plot_line(rn_text_plot *plot, const rn_axis *y_axis, rn_plot_point from,
                       rn_plot_point to, char mark)
{
    int first = column_of(plot->epochs, from.x), last = column_of(plot->epochs, to.x);
    if (isnan(from.y))
        return;
    if (isnan(to.y))
        last = first;
    for (int column = first; column <= last; column++) {
        double t = last > first ? (double)(column - first) / (last - first) : 0;
        double y = last > first ? from.y + t * (to.y - from.y) : from.y;
        plot->grid[row_of(y_axis, y)][column] = mark;
    }
}

/* The label of the tick on this line; empty if there is none. */
static void find_label(const rn_axis *axis, int row, char label[RN_AXIS_LABEL_MAX])
{
    int64_t first, last;
    rn_axis_ticks(axis, &first, &last);
    label[0] = '\0';
    for (int64_t i = first; i <= last; i++) {
        double value = (double)i * axis->step;
        if (row_of(axis, value) == row)
            rn_axis_label(axis, value, label);
    }
}

static int widest_label(const rn_axis *axis)
{
    char label[RN_AXIS_LABEL_MAX];
    int widest = LEAST_LABEL;
    for (int row = 0; row < HEIGHT; row++) {
        find_label(axis, row, label);
        if ((int)strlen(label) > widest)
            widest = (int)strlen(label);
    }
    return widest;
}

static void print_epochs(FILE *stream, const rn_axis *axis, const char *caption, int indent)
{
    char line[WIDTH + RN_AXIS_LABEL_MAX];
    int64_t first, last;
    memset(line, ' ', sizeof line);
    rn_axis_ticks(axis, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        char label[RN_AXIS_LABEL_MAX];
        double epoch = (double)i * axis->step;
        snprintf(label, sizeof label, "%.0f", epoch);
        memcpy(line + column_of(axis, epoch), label, strlen(label));
    }
    int end = (int)sizeof line - 1;
    while (end > 0 && line[end - 1] == ' ')
        end--;
    fprintf(stream, "%*s%.*s  %s\n", indent, "", end, line, caption);
}

void rn_text_plot_print(const rn_text_plot *plot, FILE *stream)
{
    char label[RN_AXIS_LABEL_MAX];
    int width = widest_label(plot->left);
    for (int row = 0; row < HEIGHT; row++) {
        find_label(plot->left, row, label);
        fprintf(stream, "%*s |%s", width, label, plot->grid[row]);
        if (plot->right) {
            find_label(plot->right, row, label);
            fprintf(stream, "%*s", LEAST_LABEL, label);
        }
        fputc('\n', stream);
    }
    fprintf(stream, "%*s +", width, "");
    for (int column = 0; column < WIDTH; column++)
        fputc('-', stream);
    fputc('\n', stream);
    print_epochs(stream, plot->epochs, plot->caption ? plot->caption : "epoch", width + 2);
}
