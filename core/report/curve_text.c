/* curve_text.c: draws the learning curve with characters. */
#include <math.h>
#include <string.h>

#include "report/curve_scale.h"

#define HEIGHT 13
#define WIDTH 60

static const char marks[RN_CURVE_N] = { '*', 'o', '#' };

static int column_of(const rn_curve_axis *axis, double epoch)
{
    double column = (epoch - axis->min) / (axis->max - axis->min) * (WIDTH - 1);
    return column < 0 ? 0 : column > WIDTH - 1 ? WIDTH - 1 : (int)lround(column);
}

static int row_of(const rn_curve_axis *axis, double value)
{
    double row = (HEIGHT - 1) * (1 - (value - axis->min) / (axis->max - axis->min));
    return row < 0 ? 0 : row > HEIGHT - 1 ? HEIGHT - 1 : (int)lround(row);
}

/* Draws a straight line from one row to the next, with one mark per column. */
static void draw_segment(char grid[HEIGHT][WIDTH + 1], const rn_curve_scale *scale,
                         const rn_epoch_metrics *from, const rn_epoch_metrics *to, int series)
{
    const rn_curve_axis *axis = rn_curve_scale_axis(scale, series);
    double a = rn_curve_scale_value(from, series), b = rn_curve_scale_value(to, series);
    int first = column_of(&scale->epoch, rn_curve_scale_epoch(from));
    int last = column_of(&scale->epoch, rn_curve_scale_epoch(to));
    if (isnan(a))
        return;
    if (isnan(b))
        last = first;
    for (int column = first; column <= last; column++) {
        double t = last > first ? (double)(column - first) / (last - first) : 0;
        grid[row_of(axis, last > first ? a + t * (b - a) : a)][column] = marks[series];
    }
}

/* Prints the label of the tick on this line; spaces if there is none. */
static void print_tick(FILE *stream, const rn_curve_axis *axis, int row)
{
    char label[RN_CURVE_LABEL_MAX] = "";
    int64_t first, last;
    rn_curve_scale_ticks(axis, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        double value = (double)i * axis->step;
        if (row_of(axis, value) == row)
            rn_curve_scale_label(axis, value, label);
    }
    fprintf(stream, "%6s", label);
}

static void print_epochs(FILE *stream, const rn_curve_scale *scale)
{
    char line[WIDTH + RN_CURVE_LABEL_MAX];
    int64_t first, last;
    const rn_curve_axis *axis = &scale->epoch;
    memset(line, ' ', sizeof line);
    rn_curve_scale_ticks(axis, &first, &last);
    for (int64_t i = first; i <= last; i++) {
        char label[RN_CURVE_LABEL_MAX];
        double epoch = (double)i * axis->step;
        snprintf(label, sizeof label, "%.0f", epoch);
        memcpy(line + column_of(axis, epoch), label, strlen(label));
    }
    int end = (int)sizeof line - 1;
    while (end > 0 && line[end - 1] == ' ')
        end--;
    fprintf(stream, "        %.*s  epoch\n", end, line);
}

void rn_curve_text(FILE *stream, const rn_epoch_metrics *rows, int64_t count)
{
    char grid[HEIGHT][WIDTH + 1];
    if (count < 1)
        return;
    rn_curve_scale scale = rn_curve_scale_fit(rows, count);
    for (int row = 0; row < HEIGHT; row++) {
        memset(grid[row], ' ', WIDTH);
        grid[row][WIDTH] = '\0';
    }
    for (int series = 0; series < RN_CURVE_N; series++)
        for (int64_t i = 0; i < count; i++)
            draw_segment(grid, &scale, &rows[i], &rows[i + 1 < count ? i + 1 : i], series);
    for (int row = 0; row < HEIGHT; row++) {
        print_tick(stream, &scale.left, row);
        fprintf(stream, " |%s", grid[row]);
        if (!scale.shared)
            print_tick(stream, &scale.right, row);
        fputc('\n', stream);
    }
    fputs("       +", stream);
    for (int column = 0; column < WIDTH; column++)
        fputc('-', stream);
    fputc('\n', stream);
    print_epochs(stream, &scale);
    for (int series = 0; series < RN_CURVE_N; series++)
        fprintf(stream, "%s%c %s%s", series ? "   " : "        ", marks[series],
                rn_curve_labels[series],
                !scale.shared && series == RN_CURVE_ACCURACY ? " (right)" : "");
    fputc('\n', stream);
}
