/* writer.h: writes one snapshot at a time beside the training. */
#ifndef RN_CORE_TRAIN_WRITER_H
#define RN_CORE_TRAIN_WRITER_H

#include <pthread.h>
#include <stdbool.h>

#include "train/checkpoint.h"

/* Zero-initialise. Used by one thread. */
typedef struct rn_writer {
    rn_snapshot *snapshot; /* that is being written; NULL: none */
    pthread_t thread;
    bool has_thread;
    _Atomic bool is_written;
    rn_status status; /* and the message of it, once it is written */
    char message[1024];
    double seconds; /* that the last one took */
} rn_writer;

/* Begins to write a snapshot, which now belongs to the writer. The one before must be finished. */
void rn_writer_begin(rn_writer *writer, rn_snapshot *snapshot);

static inline bool rn_writer_is_busy(const rn_writer *writer)
{
    return writer->snapshot != NULL;
}

/* Whether rn_writer_finish would not wait. */
bool rn_writer_is_done(const rn_writer *writer);

/* Waits until the file is whole. Fails as rn_snapshot_write did; nothing was begun: RN_OK. */
rn_status rn_writer_finish(rn_writer *writer);

/* The same where something else has failed already: its message stays. */
void rn_writer_abandon(rn_writer *writer);

#endif
