/* loader.h: threads that prepare the batches of one epoch ahead of the step: read, decoded,
 * transformed, in an order that depends on the seed and the epoch alone. */
#ifndef RN_CORE_DATA_LOADER_H
#define RN_CORE_DATA_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "data/left_out.h"
#include "data/loader_memory.h"
#include "data/loader_worker.h"
#include "data/share.h"

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
    bool bytes;              /* batches have bytes, of a source with rn_source_byte_values */
    int64_t group;           /* batches that belong together; 0: 1 */
    uint64_t seed;
    int64_t epoch;
    int64_t first;       /* where a resumed epoch continues: a place in its order */
    int64_t first_batch; /* and how many batches were before it */
    int64_t workers;     /* threads; 0: one */

    rn_loader_memory memory; /* in which batches are made; without functions: any */

    /* Where several processes take each step together, with the same parameters but for
     * share.process and workers: a process makes its rows of each batch alone. */
    rn_share share;
    int32_t n_parts; /* processes that a shuffled stream's shards are dealt to, so that its order
                      * depends on them, too; 0: these */

    /* With data.on_error = "skip": hears of each sample that is left out, in the epoch's order, on
     * the thread that calls rn_loader_next. NULL: nobody does. */
    rn_left_out_heard *skipped;
    void *context;

    /* With data.on_error = "skip" and several processes: adds the lists of all of them, in their
     * order, to one that each gets. All call it for each batch. */
    rn_status (*agree)(void *context, rn_left_out **list);
    void *agree_context;
} rn_loader_params;

typedef struct rn_batch {
    const float *images;  /* (n_here, channels, height, width); if the loader pads, with room for a
                             * process's rows of a full batch */
    const uint8_t *bytes; /* in their place, where the loader makes bytes: (n_here, height, width,
                            * channels), with the same room. The images are then these bytes' */
    const float *byte_values; /* (n_channels, 256); else NULL */
    int64_t n_channels;
    bool is_pinned;         /* images or bytes are in rn_loader_params.memory */
    const int32_t *labels;  /* count */
    const float *targets;   /* (n_here, n_classes): shares of classes, where the transforms mix
                            * pictures; else NULL */
    int64_t count;          /* images; 0 at the end of the epoch */
    int64_t first, n_here;  /* of the images, those that this process has; alone: all */
    int64_t index;          /* of the batch in the epoch */
    int64_t end;            /* the place in the epoch's order after its last sample */
    const int64_t *samples; /* count indices of the data set */
    bool stays; /* step after step is of these same images and labels: the devices keep them */
} rn_batch;

/* Starts the threads. The functions below are for one thread at a time. */
rn_status rn_loader_create(const rn_loader_params *params, rn_loader **out);

/* Waits for the next batch. A batch stays valid until the second call after the one that returned
 * it, so that the caller can hold two. RN_E_DATA names the sample that cannot be read. After a
 * signal that asks to stop, count is 0 at once where a group of batches begins.
 *
 * Where samples are skipped, later ones move up. The last batch has then another size than was
 * planned for: it is given as batches of one image, or not at all if the loader `trains`; a loader
 * that `pads` gives it as it is.
 *
 * With several processes all get the same batches, each its rows (share.h). A smaller last batch
 * that the ranks cannot share is given as two: one that they can, and the rest. A signal does not
 * end the waiting, as others may not have got it. */
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
