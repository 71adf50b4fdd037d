/* nccl_sim.h: shared by the parts of the stand-in for NCCL. */
#ifndef RN_TESTS_CUDASIM_NCCL_SIM_H
#define RN_TESTS_CUDASIM_NCCL_SIM_H

#include <nccl.h>
#include <time.h>

#include "cudasim.h"

#define NCCL_SIM_COMM "ncclComm_t"
#define NCCL_SIM_RANKS 16

/* ---- collectives: nccl_collective.c ---- */

typedef enum nccl_collective { NCCL_ALL_REDUCE, NCCL_BROADCAST } nccl_collective;

typedef struct nccl_call {
    const char *function;
    nccl_collective collective;
    const void *send;
    void *receive;
    size_t count;
    ncclDataType_t type;
    ncclRedOp_t op; /* for NCCL_ALL_REDUCE */
    int root;       /* for NCCL_BROADCAST */
    struct nccl_rank *rank;
} nccl_call;

size_t nccl_bytes(ncclDataType_t type); /* 0: the stand-in does not support it */

/* A cudasim_work on a nccl_call: done once all ranks have reached theirs. */
bool nccl_call_run(void *call);

/* ---- communicators: nccl.c ---- */

/* Outlives its communicator, because work in streams and graphs may refer to it. */
typedef struct nccl_rank {
    struct nccl_clique *clique;
    int rank, device;
    bool is_over; /* destroyed or aborted */
    bool is_aborted;
    struct timespec end;
    ncclResult_t asynchronous; /* for ncclCommGetAsyncError */
    /* progress of its stream */
    const void *pending; /* the work it is waiting in, or NULL */
    nccl_call call;      /* the pending call */
    bool is_done;        /* the call is done, but its stream does not know yet */
    bool is_wrong;
    /* how its calls were made */
    uint64_t n_calls;
    const void *caller; /* identifies a thread */
    bool was_grouped;
} nccl_rank;

typedef struct nccl_clique {
    struct nccl_clique *next;
    ncclUniqueId id;
    int n, n_joined, n_over;
    int n_recorded; /* collectives that graphs hold */
    nccl_rank *ranks[NCCL_SIM_RANKS];
} nccl_clique;

struct ncclComm {
    nccl_rank *rank;
};

ncclResult_t nccl_leave(ncclResult_t result);
ncclResult_t nccl_wrong(const char *function, ncclResult_t result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- groups: nccl_group.c ---- */

/* Waits, at once or at the end of the group, until all ranks have joined. */
ncclResult_t nccl_group_join(nccl_rank *rank);
/* Releases the lock while it waits. */
ncclResult_t nccl_await_ranks(const char *function, const nccl_rank *rank);

#endif
