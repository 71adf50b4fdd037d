/* loader.h: a thread that prepares the batches of one epoch ahead of the training step: shuffled,
 * resized, normalised. */
#ifndef RN_CORE_DATA_LOADER_H
#define RN_CORE_DATA_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "data/dataset.h"

typedef struct rn_loader rn_loader;

typedef struct rn_loader_params {
    const rn_dataset *dataset; /* outlives the loader */
    int64_t height, width;     /* of the network's input; images are resized as in resize.h */
    const double *mean, *std;  /* of values in [0,1] */
    int64_t n_mean, n_std;     /* one for all channels, or one per channel */
    int64_t batch;             /* images per batch */
    const char *batch_key;     /* the cfg key or option that sets it, for messages; may be NULL */
    bool shuffle;              /* the order depends on seed and epoch only */
    bool drop_last;            /* omit a smaller last batch */
    uint64_t seed;
    int64_t epoch;
    int64_t first_batch; /* where a resumed epoch continues */
} rn_loader_params;

typedef struct rn_batch {
    const float *images;   /* (count, channels, height, width) */
    const int32_t *labels; /* count */
    const float *targets;  /* (count, classes): shares of each image's classes; NULL: its label */
    int64_t count;         /* images; 0 at the end of the epoch */
    int64_t index;         /* of the batch in the epoch */
} rn_batch;

/* Starts the thread. The functions below are for one thread at a time. */
rn_status rn_loader_create(const rn_loader_params *params, rn_loader **out);

/* Waits for the next batch. A batch stays valid until the second call after the one that returned
 * it, so that the caller can hold two. */
rn_status rn_loader_next(rn_loader *loader, rn_batch *batch);

/* Seconds that rn_loader_next has waited so far. */
double rn_loader_waited_s(const rn_loader *loader);

/* The number of batches in an epoch of `count` images. */
int64_t rn_loader_n_batches(int64_t count, int64_t batch, bool drop_last);

/* Stops the thread, if need be in the middle of a batch. `loader` may be NULL. */
void rn_loader_destroy(rn_loader *loader);

#endif
