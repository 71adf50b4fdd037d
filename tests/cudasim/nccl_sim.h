/* nccl_sim.h: shared by the parts of the stand-in for NCCL. */
#ifndef RN_TESTS_CUDASIM_NCCL_SIM_H
#define RN_TESTS_CUDASIM_NCCL_SIM_H

#include <nccl.h>
#include <pthread.h>
#include <time.h>

#include "cudasim.h"

#define NCCL_SIM_COMM "ncclComm_t"
#define NCCL_SIM_RANKS 16

/* ---- what the processes of a clique share: nccl_shared.c ---- */

/* Memory that whoever has the id can open while the process that made the id lives: the id names
 * that process and its file descriptor. So nothing is left behind, however processes end. */

/* How far a rank is with its collective. */
typedef enum nccl_step {
    NCCL_ELSEWHERE,
    NCCL_ARRIVED, /* what it sends is in its part of the memory */
    NCCL_DONE     /* the result is in the memory */
} nccl_step;

typedef enum nccl_collective { NCCL_ALL_REDUCE, NCCL_BROADCAST } nccl_collective;

/* What all ranks must call alike. */
typedef struct nccl_terms {
    char function[24];
    nccl_collective collective;
    size_t count;
    ncclDataType_t type;
    ncclRedOp_t op; /* for NCCL_ALL_REDUCE */
    int root;       /* for NCCL_BROADCAST */
} nccl_terms;

/* A rank, as the others see it. */
typedef struct nccl_seat {
    bool has_joined;
    bool is_over; /* destroyed or aborted */
    struct timespec end;
    char host[64];
    int bus; /* of its device in that host */
    nccl_step step;
    nccl_terms terms;
    bool is_wrong; /* the ranks' calls differ */
    /* its call of ncclCommSplit, of which there is one at most */
    bool has_split;
    int color, key;
    ncclUniqueId child; /* serves the ranks of its colour if it is the first of them */
} nccl_seat;

typedef struct nccl_shared {
    ncclUniqueId id;
    pthread_mutex_t mutex;
    int n;             /* ranks; 0: none has joined */
    char refusal[128]; /* why they cannot work together */
    nccl_seat seats[NCCL_SIM_RANKS];
} nccl_shared;

bool nccl_shared_make(ncclUniqueId *id);
bool nccl_shared_is_id(const ncclUniqueId *id);
/* NULL: the process that made the id has ended. */
nccl_shared *nccl_shared_open(const ncclUniqueId *id);
/* Held briefly, and not while device memory is touched. */
void nccl_shared_lock(nccl_shared *shared);
void nccl_shared_unlock(nccl_shared *shared);
/* A rank's part of the memory, of NCCL_SIM_BYTES. */
#define NCCL_SIM_BYTES ((size_t)512 << 20)
void *nccl_shared_data(nccl_shared *shared, int rank);
/* Seats taken so far. */
int nccl_shared_count(nccl_shared *shared);

/* ---- collectives: nccl_collective.c ---- */

typedef struct nccl_call {
    const char *function;
    nccl_terms terms;
    const void *send;
    void *receive;
    struct nccl_rank *rank;
} nccl_call;

size_t nccl_bytes(ncclDataType_t type); /* 0: the stand-in does not support it */

/* A cudasim_work on a nccl_call: done once all ranks have reached theirs. */
bool nccl_call_run(void *call);

/* ---- communicators: nccl.c ---- */

/* What NCCL still does for a communicator after a call has returned. */
typedef enum nccl_phase { NCCL_READY, NCCL_JOINING, NCCL_SPLITTING, NCCL_CALLING } nccl_phase;

typedef struct nccl_grouped {
    nccl_call call;
    cudaStream_t stream;
} nccl_grouped;

/* A rank of this process. Outlives its communicator, because work in streams and graphs may refer
 * to it. */
typedef struct nccl_rank {
    struct nccl_clique *clique;
    nccl_seat *seat;
    int rank, device;
    bool is_blocking, is_over, is_aborted;
    ncclResult_t asynchronous; /* the error that ncclCommGetAsyncError tells */
    nccl_phase phase;
    int polls;           /* since the phase began */
    nccl_grouped *calls; /* of NCCL_CALLING, or of the group so far */
    int n_calls;
    ncclComm_t *child; /* of NCCL_SPLITTING: what to write */
    bool is_child_blocking;
    const void *pending; /* the work that its stream waits in, or NULL */
    /* how its calls were made */
    uint64_t n_made;
    const void *caller; /* identifies a thread */
    bool was_grouped;
} nccl_rank;

/* This process's part of a clique. */
typedef struct nccl_clique {
    struct nccl_clique *next;
    nccl_shared *shared;
    int n_here, n_over_here;
    int n_recorded;                   /* collectives that graphs hold */
    nccl_rank *ranks[NCCL_SIM_RANKS]; /* NULL: in another process, or not yet there */
} nccl_clique;

struct ncclComm {
    nccl_rank *rank;
};

ncclResult_t nccl_leave(ncclResult_t result);
extern _Thread_local char nccl_last_error[256]; /* what ncclGetLastError tells */
/* Blames, and keeps the text as the last error. */
ncclResult_t nccl_wrong(const char *function, ncclResult_t result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Begins a function that takes a communicator, or none (NULL). */
ncclResult_t nccl_enter(const char *function, bool during_capture, const ncclComm_t *comm);
/* As nccl_enter, for what NCCL refuses while the communicator is not ready. */
ncclResult_t nccl_enter_ready(const char *function, bool during_capture, const ncclComm_t *comm);

/* ---- joining: nccl_join.c ---- */

/* Makes a device a rank of the id's clique, without waiting for others. */
typedef struct nccl_ticket {
    const ncclUniqueId *id;
    int n, rank, device;
    bool is_blocking;
} nccl_ticket;
ncclResult_t nccl_join(const char *function, const nccl_ticket *ticket, ncclComm_t *comm);

/* Whether ranks of other processes may go on unheard, while some of this one's are there. */
bool nccl_is_unheard(const nccl_clique *clique);

/* ---- what goes on after a call: nccl_progress.c ---- */

/* Continues; ncclInProgress until nothing is left to do. */
ncclResult_t nccl_progress(const char *function, nccl_rank *rank);
/* Waits for it. Releases the lock while it waits. */
ncclResult_t nccl_await(const char *function, nccl_rank *rank);

/* ---- groups: nccl_group.c ---- */

/* Begins the phase at the end of the group, at once if there is none: a blocking communicator's
 * call then waits, and the result of another's is ncclInProgress. */
ncclResult_t nccl_group_add(const char *function, nccl_rank *rank, nccl_phase phase);

#endif
