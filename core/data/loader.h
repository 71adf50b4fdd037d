/* loader.h: a thread that shuffles, resizes, normalises and batches, a batch ahead of the step. */
#ifndef RN_CORE_DATA_LOADER_H
#define RN_CORE_DATA_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "data/dataset.h"

typedef struct rn_loader rn_loader;

typedef struct rn_loader_params {
    const rn_dataset *dataset; /* outlives the loader */
    int64_t height, width; /* of the network's input; resized as PIL does (bilinear, antialiased) */
    const double *mean,
        *std; /* per channel, `n_mean` and `n_std` of them (1 serves all channels) */
    int64_t n_mean, n_std;
    int64_t batch;
    const char *batch_key; /* what sets it, for messages: "train.batch" */
    bool shuffle;          /* order is a function of seed and epoch alone */
    bool drop_last;        /* no smaller last batch */
    uint64_t seed;
    int64_t epoch;
    int64_t first_batch; /* resume: batches of this epoch that are already done */
} rn_loader_params;

typedef struct rn_batch {
    const float *images;   /* (count, channels, height, width) */
    const int32_t *labels; /* count */
    int64_t count;         /* 0: the epoch is over */
    int64_t index;         /* of the batch in the epoch */
} rn_batch;

/* Starts the thread. */
rn_status rn_loader_create(const rn_loader_params *params, rn_loader **out);

/* The next batch; valid until the call after the following one, so that the caller can hold two.
 * Waits for it where the thread is behind. */
rn_status rn_loader_next(rn_loader *loader, rn_batch *batch);

/* Seconds that rn_loader_next has waited so far. */
double rn_loader_waited_s(const rn_loader *loader);

/* Batches of one epoch. */
int64_t rn_loader_n_batches(int64_t count, int64_t batch, bool drop_last);

/* Stops the thread at once, wherever it is. */
void rn_loader_destroy(rn_loader *loader);

#endif
