/* progress.h: a progress bar, redrawn in one line on a terminal; elsewhere plain lines. */
#ifndef RN_CORE_REPORT_PROGRESS_H
#define RN_CORE_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Held by the caller, so that nothing is allocated. */
typedef struct rn_progress {
    FILE *stream; /* NULL if quiet */
    bool terminal;
    int64_t total_steps, step;
    double start_s, drawn_s; /* on the monotonic clock */
    char label[48];          /* "epoch 3/10" */
} rn_progress;

/* Starts a bar of `total_steps` (0 if unknown) on `stream`; prints nothing if `quiet`. */
void rn_progress_start(rn_progress *progress, FILE *stream, bool quiet, const char *label,
                       int64_t total_steps);

/* Reports that `step` steps are done. A NaN loss or a speed of 0 is omitted. Draws at most ten
 * times a second on a terminal, otherwise every ten seconds; allocates nothing. */
void rn_progress_update(rn_progress *progress, int64_t step, double loss, double images_per_s);

/* Clears the bar from a terminal, so that the caller can print a summary in its line. */
void rn_progress_finish(rn_progress *progress);

#endif
