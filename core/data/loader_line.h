/* loader_line.h: workers that make samples of a list into a queue of batches. */
#ifndef RN_CORE_DATA_LOADER_LINE_H
#define RN_CORE_DATA_LOADER_LINE_H

#include "data/loader_queue.h"
#include "data/loader_worker.h"

typedef struct rn_line rn_line;

/* Zero-initialise, then set the fields. */
typedef struct rn_line_params {
    const rn_source *source;  /* outlives the line */
    const int64_t *samples;   /* `count` of them, in order; outlives it, too */
    int64_t first, count;     /* makes samples[first] to samples[count - 1] */
    int64_t batch, n_batches; /* samples of a batch, at least 1; batches that the queue holds */
    int64_t last;             /* rn_queue.last */
    uint64_t seed;
    int64_t epoch;
    int64_t first_batch; /* the number in the epoch of the line's first one */
    int64_t workers;     /* threads; 0: one */
    rn_loader_memory memory;
    bool bytes; /* makes the bytes of images (rn_source_byte_values) */
} rn_line_params;

/* Starts the threads. RN_E_NOMEM: *lacks_room says whether it was for the queue. */
rn_status rn_line_create(const rn_line_params *params, bool *lacks_room, rn_line **out);

/* Stops the threads as soon as each has finished its sample. `line` may be NULL. */
void rn_line_destroy(rn_line *line);

rn_queue *rn_line_queue(rn_line *line);

/* Adds what the workers have done so far. */
void rn_line_add_times(rn_line *line, rn_loader_times *times);

#endif
