/* progress.h: how far a run is, as one line that is redrawn on a terminal, or as plain lines. */
#ifndef RN_CORE_REPORT_PROGRESS_H
#define RN_CORE_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The caller's memory, so that nothing is allocated. */
typedef struct rn_progress {
    FILE *stream; /* NULL: silent */
    bool terminal;
    int64_t total_steps, step;
    double began_s, drawn_s;
    char label[48]; /* "epoch 3/10" */
} rn_progress;

/* Begins `total_steps` (0: unknown) on `stream`; silent where `quiet`. */
void rn_progress_start(rn_progress *progress, FILE *stream, bool quiet, const char *label,
                       int64_t total_steps);

/* `step` steps are done. A NaN loss or a speed of 0 is left out. Draws at most ten times a second
 * on a terminal, else every ten seconds; allocates nothing. */
void rn_progress_update(rn_progress *progress, int64_t step, double loss, double images_per_s);

/* Removes the bar from a terminal, so that the caller's own summary takes its line. */
void rn_progress_finish(rn_progress *progress);

#endif
