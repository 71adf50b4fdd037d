/* gang.h: the loaders of several processes, each on a thread, and what they give together. */
#ifndef RN_TESTS_GANG_H
#define RN_TESTS_GANG_H

#include "data/loader.h"

/* What an epoch gave: the rows of its batches, one after the other. */
typedef struct epoch_rows {
    int64_t count; /* rows */
    int64_t image; /* floats of a picture */
    int64_t n_classes;
    float *images, *targets; /* targets: NULL unless labels are mixed */
    int64_t *samples;
    int32_t *labels;
    int64_t *ends;             /* of the row's batch */
    int32_t *makers;           /* the process that had the row's picture; -1: none */
    int64_t n_batches, n_made; /* n_made: pictures that all processes had */
    char heard[4096];          /* the names of samples that were left out, as process 0 heard */
} epoch_rows;

/* Runs the loaders of n processes to the end; n 0: one loader without shares. Every process checks
 * that it sees the batches that process 0 does. n_ranks 0: as many as processes. */
epoch_rows *gang_run(const rn_loader_params *params, int32_t n, int64_t n_ranks);
void gang_free(epoch_rows *rows);

/* Whether both gave the same. */
bool gang_same(const epoch_rows *a, const epoch_rows *b);

#endif
