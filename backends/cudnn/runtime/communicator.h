/* communicator.h: a communicator of NCCL, which another thread may abort at any time.
 *
 * Communicators do not block (ncclConfig_t.blocking = 0, NCCL 2.14): a call returns at once, and
 * cudnn_comm_finish waits until NCCL has done it, or until the ranks are interrupted. So neither a
 * process that dies while the others join, nor one that does so later, leaves them waiting. */
#ifndef BACKENDS_CUDNN_RUNTIME_COMMUNICATOR_H
#define BACKENDS_CUDNN_RUNTIME_COMMUNICATOR_H

#include "cudnn/runtime/nccl.h"

#ifdef HAVE_NCCL
#include <pthread.h>
#include <stdatomic.h>

/* What the ranks of this process have in common. */
typedef struct cudnn_team {
    const cudnn_nccl *nccl;
    int32_t n, n_open;          /* ranks of this process; of these, not closed yet */
    int32_t n_ranks;            /* in all processes */
    atomic_bool is_interrupted; /* another rank cannot go on */
    atomic_bool is_gone; /* the contexts are no longer ranks: one was closed, or joining failed */
    pthread_t aborter;   /* thread that aborts the communicators; valid if has_aborter */
    bool has_aborter;
    cudnn_ranks **ranks;
} cudnn_team;

typedef struct cudnn_comm {
    cudnn_team *team;
    pthread_mutex_t busy; /* held during NCCL's calls, which are brief */
    ncclComm_t comm;      /* NULL: not there yet, aborted or destroyed */
} cudnn_comm;

/* Fails because another rank cannot go on. */
rn_status cudnn_comm_fail_lost(const cudnn_comm *c);

/* Locks the communicator against an abort until cudnn_comm_give; fails if it is gone. */
rn_status cudnn_comm_take(cudnn_comm *c);
void cudnn_comm_give(cudnn_comm *c);

/* Waits until NCCL has done what a call that returned `error` began. */
rn_status cudnn_comm_finish(cudnn_comm *c, ncclResult_t error, const char *what);

/* Fails if NCCL has found an error since, such as a lost process or link. */
rn_status cudnn_comm_watch(cudnn_comm *c);

/* Makes `part` of the ranks that name the same colour, in the order of their keys. */
rn_status cudnn_comm_split(cudnn_comm *c, int32_t color, int32_t key, cudnn_comm *part);

/* Both do nothing where there is none any more. */
void cudnn_comm_abort(cudnn_comm *c);
void cudnn_comm_destroy(cudnn_comm *c);

/* Spins at first, so that short waits are brief; then sleeps between polls to free the processor.
 * The sleep is negligible for a step of milliseconds. */
void cudnn_comm_pause(uint64_t polls);
#endif

#endif
