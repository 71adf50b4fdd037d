/* nccl_sim.h: what the parts of the stand-in for NCCL have between them. */
#ifndef RN_TESTS_CUDASIM_NCCL_SIM_H
#define RN_TESTS_CUDASIM_NCCL_SIM_H

#include <nccl.h>
#include <time.h>

#include "cudasim.h"

#define NCCL_SIM_COMM "ncclComm_t"
#define NCCL_SIM_RANKS 16

/* ---- collectives: nccl_collective.c ---- */

typedef enum nccl_kind { NCCL_ALL_REDUCE, NCCL_BROADCAST } nccl_kind;

typedef struct nccl_call {
    const char *function;
    nccl_kind kind;
    const void *send;
    void *receive;
    size_t count;
    ncclDataType_t type;
    ncclRedOp_t op; /* of NCCL_ALL_REDUCE */
    int root;       /* of NCCL_BROADCAST */
    struct nccl_rank *rank;
} nccl_call;

size_t nccl_bytes(ncclDataType_t type); /* 0: the stand-in does not know it */

/* A cudasim_work on a nccl_call: done once all ranks have come to theirs. */
bool nccl_call_run(void *call);

/* ---- communicators: nccl.c ---- */

/* What outlives a communicator, as work in streams and graphs may name it. */
typedef struct nccl_rank {
    struct nccl_clique *clique;
    int rank, device;
    bool is_over; /* destroyed or aborted */
    bool is_aborted;
    struct timespec end;
    ncclResult_t asynchronous; /* for ncclCommGetAsyncError */
    /* how far its stream has come */
    const void *pending; /* the work it is in; NULL: none */
    nccl_call call;      /* the pending one */
    bool is_done;        /* with that, but its stream has not been told */
    bool is_wrong;
    /* how its calls were made */
    uint64_t n_calls;
    const void *caller; /* a thread */
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
/* Gives the lock up meanwhile. */
ncclResult_t nccl_await_ranks(const char *function, const nccl_rank *rank);

#endif
