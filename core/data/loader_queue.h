/* loader_queue.h: the samples of an epoch between the workers that make them and the caller that
 * takes batches of them.
 *
 * A place is an index into the order of the epoch. Workers take places one after the other, and
 * make each sample in a slot of a ring; so they finish in another order. The queue goes through the
 * places in their order: a sample that was made is the next of its batch, one that could not be
 * read is left out, and later ones move up, so that every batch is one stretch of the ring. */
#ifndef RN_CORE_DATA_LOADER_QUEUE_H
#define RN_CORE_DATA_LOADER_QUEUE_H

#include <pthread.h>
#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

#include "data/left_out.h"
#include "data/loader_memory.h"

/* The caller holds two batches while others are made. */
#define RN_QUEUE_HELD 2

typedef enum rn_place_state { RN_PLACE_UNMADE, RN_PLACE_MADE, RN_PLACE_BROKEN } rn_place_state;

/* A place that a worker has taken. */
typedef struct rn_place {
    rn_place_state state;
    int64_t place;
    int64_t sample; /* its index in the data set */
    int64_t slot;   /* where it is made, counted from the epoch's start without wrapping round */
    rn_status status;
    char *message; /* of a broken one; owned; NULL where memory lacked */
} rn_place;

typedef struct rn_queue {
    /* Given. */
    int64_t batch, n_batches; /* samples of a batch; batches that the ring holds */
    int64_t image_bytes;      /* of an image */
    int64_t n_classes;        /* floats of its targets; 0: none */
    int64_t count;            /* places of the epoch */
    int64_t last;             /* samples of the last batch, which may be longer than others; 0: as
                               * many as are left, at most `batch` */
    bool skips;               /* leave out what cannot be read */
    void (*mix)(void *context, int64_t index, int64_t count); /* a complete batch; NULL: no
                                                                 * mixing */
    void *context;
    rn_loader_memory memory; /* for images; without functions, or where it has none: any */

    /* The ring: n_batches * batch slots, and behind it room for what a longer last batch has more,
     * so that it need not wrap round. */
    uint8_t *images; /* floats or bytes */
    bool is_pinned;  /* these are in `memory` */
    float *targets;
    int32_t *labels;
    int64_t *samples; /* their indices in the data set */
    rn_place *places; /* taken and not gone through, by place modulo the slots */

    int64_t last_at; /* the slot at which `last` begins; INT64_MAX: none does */

    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t made;  /* the caller waits for it */
    pthread_cond_t room;  /* workers wait for it */
    int64_t taken;        /* the next place to take */
    int64_t next_slot;    /* for the next place */
    int64_t seen;         /* places before it have been gone through */
    int64_t n_good;       /* samples made, in order: the first slot that is still free */
    int64_t n_ready;      /* batches that are complete and mixed */
    bool mixing;          /* a worker mixes batch n_ready */
    int64_t *ends;        /* by batch in the ring: the place after its last sample */
    int64_t released;     /* slots before may be used again */
    rn_left_out *left_out, **last_left_out;
    rn_place failed; /* state RN_PLACE_BROKEN: the sample that ends the epoch */
    double mix_s;    /* that workers have mixed */
    double idle_s;   /* that they have waited for room */
    bool stop;
} rn_queue;

/* Allocates a queue whose given fields are set; `first` is the place to start at, 0 where `last` is
 * given, and n_batches is then at least 1 more than `last` takes. False if there is
 * not enough memory. rn_queue_clear frees what there is in either case. */
bool rn_queue_init(rn_queue *queue, int64_t first);
void rn_queue_clear(rn_queue *queue);

/* Where a slot, counted from the epoch's start, lies in the ring. */
int64_t rn_queue_slot(const rn_queue *queue, int64_t slot);

/* The image there. */
static inline void *rn_queue_image(const rn_queue *queue, int64_t slot_in_ring)
{
    return queue->images + slot_in_ring * queue->image_bytes;
}

/* For workers. Waits for room and takes the next place; false: there is none, or the queue was
 * stopped. */
bool rn_queue_take(rn_queue *queue, rn_place *place);

/* A place is made or broken; the queue owns its message now. Mixes a batch that becomes
 * complete. */
void rn_queue_put(rn_queue *queue, const rn_place *place);

/* Ends the workers' waiting. */
void rn_queue_stop(rn_queue *queue);

/* For the caller. Releases the batches before `index` - 1, and waits until batch `index` is ready,
 * or the epoch has ended, or it may stop and a signal asks for that: then *count is 0. A batch that
 * is smaller is the epoch's last. RN_E_DATA and others: the sample that cannot be read. */
rn_status rn_queue_wait(rn_queue *queue, int64_t index, bool may_stop, int64_t *count);

/* The samples left out since the last call, in order; the caller frees the list. */
rn_left_out *rn_queue_take_left_out(rn_queue *queue);

/* The clock. */
double rn_queue_now_s(void);

#endif
