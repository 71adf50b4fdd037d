/* loader.h: threads that prepare the batches of one epoch ahead of the step: read, decoded,
 * transformed, in an order that depends on the seed and the epoch alone. */
#ifndef RN_CORE_DATA_LOADER_H
#define RN_CORE_DATA_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "data/loader_worker.h"

typedef struct rn_loader rn_loader;

/* Zero-initialise, then set the fields. */
typedef struct rn_loader_params {
    const rn_source *source; /* outlives the loader */
    int64_t batch;           /* images per batch */
    const char *batch_key;   /* the cfg key or option that sets it, for messages; may be NULL */
    bool shuffle;            /* the order depends on seed and epoch only */
    bool drop_last;          /* omit a smaller last batch */
    bool trains;             /* the last batch may not be split: see rn_loader_next */
    bool pads;               /* the last batch is given whole, with room for a full one */
    int64_t group;           /* batches that belong together; 0: 1 */
    uint64_t seed;
    int64_t epoch;
    int64_t first;       /* where a resumed epoch continues: a place in its order */
    int64_t first_batch; /* and how many batches were before it */
    int64_t workers;     /* threads; 0: one */

    /* With data.on_error = "skip": hears of each sample that is left out, in the epoch's order, on
     * the thread that calls rn_loader_next. NULL: nobody does. */
    rn_status (*skipped)(void *context, const char *name, const char *reason);
    void *context;
} rn_loader_params;

typedef struct rn_batch {
    const float *images;    /* (count, channels, height, width) */
    const int32_t *labels;  /* count */
    const float *targets;   /* (count, n_classes): shares of classes, where the transforms mix
                            * pictures; else NULL */
    int64_t count;          /* images; 0 at the end of the epoch */
    int64_t index;          /* of the batch in the epoch */
    int64_t end;            /* the place in the epoch's order after its last sample */
    const int64_t *samples; /* count indices of the data set */
} rn_batch;

/* Starts the threads. The functions below are for one thread at a time. */
rn_status rn_loader_create(const rn_loader_params *params, rn_loader **out);

/* Waits for the next batch. A batch stays valid until the second call after the one that returned
 * it, so that the caller can hold two. RN_E_DATA names the sample that cannot be read. After a
 * signal that asks to stop, count is 0 at once where a group of batches begins.
 *
 * Where samples are skipped, later ones move up. The last batch has then another size than was
 * planned for: it is given as batches of one image, or not at all if the loader `trains`; a loader
 * that `pads` gives it as it is. */
rn_status rn_loader_next(rn_loader *loader, rn_batch *batch);

/* Seconds that rn_loader_next has waited so far. */
double rn_loader_waited_s(const rn_loader *loader);

/* What the workers have done so far. */
rn_loader_times rn_loader_read_times(rn_loader *loader);

/* The number of batches in an epoch of `count` images. */
int64_t rn_loader_n_batches(int64_t count, int64_t batch, bool drop_last);

/* Bytes of the pictures that a loader holds. */
uint64_t rn_loader_bytes(const rn_loader_params *params);

/* Stops the threads as soon as each has finished its sample. `loader` may be NULL. */
void rn_loader_destroy(rn_loader *loader);

#endif
