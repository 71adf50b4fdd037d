/* state.h: what the threads of this process share of the world. */
#ifndef RN_CORE_WORLD_STATE_H
#define RN_CORE_WORLD_STATE_H

#include <pthread.h>

#include "world/world.h"

#define RN_WORLD_TEXT_BYTES 896 /* of a note's text */

/* Where the world's thread is. */
enum rn_world_phase {
    RN_WORLD_ALONE,   /* there is no thread */
    RN_WORLD_OPENING, /* in the transport's `open` */
    RN_WORLD_RUNS,
    RN_WORLD_CLOSED,
};

/* What ends the run before its time. */
typedef struct rn_world_fault {
    rn_status status; /* RN_OK: nothing */
    int32_t teller;   /* the process that found it, and told the others */
    char text[RN_WORLD_TEXT_BYTES];
} rn_world_fault;

/* What this process knows of the next one, whom it watches (notes.h). */
typedef struct rn_world_neighbour {
    double heard_s;     /* when its last note came */
    double advanced_s;  /* when n_started last grew */
    int64_t n_started;  /* its exchanges */
    int32_t under_way;  /* of these */
    bool ended;         /* its work */
    bool busy;          /* with: */
    char busy_with[64]; /* "builds the cache" */
} rn_world_neighbour;

typedef struct rn_world_state {
    rn_world facts;
    rn_transport transport; /* a copy, which outlives the registry */
    rn_transport_link *link;

    pthread_t thread;
    pthread_mutex_t lock; /* of all below, but for what is the thread's own */
    pthread_cond_t work;  /* wakes the thread */
    pthread_cond_t news;  /* wakes those who wait for it */
    int32_t phase;        /* rn_world_phase */
    rn_status opened;     /* of `open`, with its text in `fault` */
    double deadline_s;

    rn_world_sum *queued, **queued_end; /* to be started */
    rn_world_sum *started, **started_end;
    int64_t n_started;
    int32_t n_waiting; /* threads in rn_world_wait */
    double first_start_s;
    rn_world_times times;

    int64_t n_turns; /* of the thread: it is alive */
    bool busy;
    char busy_with[64];
    rn_world_fault fault;
    bool settled; /* the fault is told; the transport touches no data any more */
    bool stuck;   /* a call of the transport does not return */
    bool aborts;  /* the thread is to call `abort` with: */
    int32_t abort_status;
    void (*failed)(void *argument); /* of rn_world_watch */
    void *failed_argument;

    bool ended;      /* this process's work */
    bool all_ended;  /* everyone's; in the others than process 0: and it has let them go */
    bool leaves;     /* nothing is left to be done but `close` */
    int64_t n_ended; /* in process 0: others that have told so */
    /* The thread's own. */
    double told_s;         /* when it told the others of its failure; 0: it has not */
    double turn_s;         /* when it last looked at notes */
    double note_s;         /* when it last told that it is alive */
    double event_s;        /* when an exchange was last started or done */
    bool told_end, broken; /* the transport has failed */
    double limit_s;        /* deadline_s */
    rn_world_neighbour next;
} rn_world_state;

/* This process's. What the thread has in its hands lives as long as the process. */
extern rn_world_state rn_world_self;

/* Seconds of a clock that does not depend on the time of day. */
double rn_world_now_s(void);
void rn_world_sleep(double seconds);

/* Records a failure, unless one is known; with the lock held. Of processes that fail at the same
 * time the first one counts. */
void rn_world_record(rn_world_state *world, rn_status status, int32_t teller, const char *text);

/* The same for a failure of this process itself, found without or with the lock. */
void rn_world_record_own(rn_world_state *world, rn_status status, const char *text);
void rn_world_record_own_locked(rn_world_state *world, rn_status status, const char *text);

bool rn_world_is_settled(rn_world_state *world);

/* The name of a process's host, or that it is not known yet. */
const char *rn_world_host(const rn_world_state *world, int32_t process);

/* The recorded failure as this thread's; with the lock held. */
rn_status rn_world_fault_raise(const rn_world_state *world);

#endif
