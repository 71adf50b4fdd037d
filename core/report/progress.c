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

/* A line that is as wide as the terminal would wrap, and the next redraw would leave it behind. */
static int columns(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col - 1;
    return 79;
}

static bool is_terminal(FILE *stream)
{
    const char *kind = getenv("TERM");
    return isatty(fileno(stream)) && kind && strcmp(kind, "dumb") != 0;
}

void rn_progress_start(rn_progress *progress, FILE *stream, bool quiet, const char *label,
                       int64_t total_steps)
{
    *progress = (rn_progress){ .stream = quiet ? NULL : stream, .total_steps = total_steps };
    if (!progress->stream)
        return;
    progress->terminal = is_terminal(stream);
    progress->began_s = now_s();
    /* The first bar appears at once, the first plain line only when a run takes long. */
    progress->drawn_s = progress->terminal ? 0 : progress->began_s;
    snprintf(progress->label, sizeof progress->label, "%s", label);
}

/* "1:02:03" or "2:03". */
static void format_time(double time_s, char *text, size_t size)
{
    long seconds = time_s < 3.6e8 ? (long)(time_s + 0.5) : 360000000L;
    if (seconds >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60, seconds % 60);
    else
        snprintf(text, size, "%ld:%02ld", seconds / 60, seconds % 60);
}

/* Appends to a line; what does not fit is cut. */
RN_PRINTF(2, 3)
static void append(char line[LINE_MAX_BYTES], const char *format, ...)
{
    size_t used = strlen(line);
    va_list args;
    va_start(args, format);
    vsnprintf(line + used, LINE_MAX_BYTES - used, format, args);
    va_end(args);
}

/* "loss 0.4312  1024 images/s  0:12 left" */
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
    double elapsed_s = now_s() - progress->began_s;
    double left_s =
        elapsed_s * (double)(progress->total_steps - progress->step) / (double)progress->step;
    format_time(left_s > 0 ? left_s : 0, left, sizeof left);
    append(line, "  %s left", left);
}

static double share(const rn_progress *progress)
{
    double part = (double)progress->step / (double)progress->total_steps;
    return part > 1 ? 1 : part < 0 ? 0 : part;
}

/* The bar takes what the label and the figures leave of the line. */
static void draw_bar(const rn_progress *progress, const char *figures)
{
    char line[LINE_MAX_BYTES] = "", bar[BAR_MAX + 1] = "";
    int width = columns(progress->stream);
    int room = width - (int)strlen(progress->label) - (int)strlen(figures) - 8;
    int length = room > BAR_MAX ? BAR_MAX : room;
    append(line, "%s", progress->label);
    if (progress->total_steps > 0 && length >= 5) {
        int filled = (int)(share(progress) * length);
        for (int i = 0; i < length; i++)
            bar[i] = i < filled ? '=' : i == filled ? '>' : ' ';
        append(line, " [%s]", bar);
    }
    if (progress->total_steps > 0)
        append(line, " %3.0f%%", floor(100 * share(progress)));
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
