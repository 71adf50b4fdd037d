/* progress.c: the progress bar. */
#include "report/progress.h"

#include <inttypes.h>
#include <math.h>
#include <resnet/status.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TERMINAL_INTERVAL_S 0.1
#define PLAIN_INTERVAL_S 10.0
#define LINE_MAX_BYTES 256
#define BAR_MAX 30

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* One less than the terminal's width: a full line would wrap, and the next redraw not erase it. */
static int usable_columns(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col - 1;
    return 79;
}

static bool is_terminal(FILE *stream)
{
    const char *type = getenv("TERM");
    return isatty(fileno(stream)) && type && strcmp(type, "dumb") != 0;
}

void rn_progress_start(rn_progress *progress, FILE *stream, bool quiet, const char *label,
                       int64_t total_steps)
{
    *progress = (rn_progress){ .stream = quiet ? NULL : stream, .total_steps = total_steps };
    if (!progress->stream)
        return;
    progress->terminal = is_terminal(stream);
    progress->start_s = now_s();
    /* The first bar appears at once; the first plain line after PLAIN_INTERVAL_S. */
    progress->drawn_s = progress->terminal ? 0 : progress->start_s;
    snprintf(progress->label, sizeof progress->label, "%s", label);
}

/* Formats as "1:02:03" or "2:03". */
static void format_time(double time_s, char *text, size_t size)
{
    long seconds = time_s < 3.6e8 ? (long)(time_s + 0.5) : 360000000L;
    if (seconds >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60, seconds % 60);
    else
        snprintf(text, size, "%ld:%02ld", seconds / 60, seconds % 60);
}

/* Appends to a line; truncates what does not fit. */
RN_PRINTF(2, 3)
static void append(char line[LINE_MAX_BYTES], const char *format, ...)
{
    size_t used = strlen(line);
    va_list args;
    va_start(args, format);
    vsnprintf(line + used, LINE_MAX_BYTES - used, format, args);
    va_end(args);
}

/* Appends "  loss 0.4312  1024 images/s  0:12 left". */
static void format_figures(const rn_progress *progress, double loss, double images_per_s,
                           char *line)
{
    char left[24];
    if (!isnan(loss))
        append(line, "  loss %.4g", loss);
    if (images_per_s > 0)
        append(line, "  %.*f images/s", images_per_s < 100 ? 1 : 0, images_per_s);
    if (progress->total_steps <= 0 || progress->step <= 0)
        return;
    double elapsed_s = now_s() - progress->start_s;
    double left_s =
        elapsed_s * (double)(progress->total_steps - progress->step) / (double)progress->step;
    format_time(left_s > 0 ? left_s : 0, left, sizeof left);
    append(line, "  %s left", left);
}

static double fraction_done(const rn_progress *progress)
{
    double fraction = (double)progress->step / (double)progress->total_steps;
    return fraction > 1 ? 1 : fraction < 0 ? 0 : fraction;
}

/* The bar takes the part of the line that label and figures leave. */
static void draw_bar(const rn_progress *progress, const char *figures)
{
    char line[LINE_MAX_BYTES] = "", bar[BAR_MAX + 1] = "";
    int width = usable_columns(progress->stream);
    int free_columns = width - (int)strlen(progress->label) - (int)strlen(figures) - 8;
    int length = free_columns > BAR_MAX ? BAR_MAX : free_columns;
    append(line, "%s", progress->label);
    if (progress->total_steps > 0 && length >= 5) {
        int filled = (int)(fraction_done(progress) * length);
        for (int i = 0; i < length; i++)
            bar[i] = i < filled ? '=' : i == filled ? '>' : ' ';
        append(line, " [%s]", bar);
    }
    if (progress->total_steps > 0)
        append(line, " %3.0f%%", floor(100 * fraction_done(progress)));
    append(line, "%s", figures);
    if (width < LINE_MAX_BYTES)
        line[width] = '\0';
    fprintf(progress->stream, "\r%s\033[K", line);
}

void rn_progress_update(rn_progress *progress, int64_t step, double loss, double images_per_s)
{
    char figures[LINE_MAX_BYTES] = "";
    if (!progress->stream)
        return;
    progress->step = step;
    double now = now_s();
    if (now - progress->drawn_s < (progress->terminal ? TERMINAL_INTERVAL_S : PLAIN_INTERVAL_S))
        return;
    progress->drawn_s = now;
    format_figures(progress, loss, images_per_s, figures);
    if (progress->terminal)
        draw_bar(progress, figures);
    else if (progress->total_steps > 0)
        fprintf(progress->stream, "%s, step %" PRId64 "/%" PRId64 ":%s\n", progress->label, step,
                progress->total_steps, figures);
    else
        fprintf(progress->stream, "%s, step %" PRId64 ":%s\n", progress->label, step, figures);
    fflush(progress->stream);
}

void rn_progress_finish(rn_progress *progress)
{
    if (progress->stream && progress->terminal) {
        fputs("\r\033[K", progress->stream);
        fflush(progress->stream);
    }
    progress->stream = NULL;
}
