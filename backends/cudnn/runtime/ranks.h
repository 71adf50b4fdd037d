/* ranks.h: a context as a rank. */
#ifndef BACKENDS_CUDNN_RUNTIME_RANKS_H
#define BACKENDS_CUDNN_RUNTIME_RANKS_H

#include "cudnn/runtime/communicator.h"

#ifdef HAVE_NCCL
struct cudnn_ranks {
    cudnn_team *team;
    int32_t rank; /* among those of all processes */
    cudaStream_t stream;
    cudaEvent_t forked, done;
    bool is_pending; /* `done` is recorded, and context->stream does not wait for it yet */
    cudnn_comm all;
    cudnn_comm part; /* the group of part_n ranks in succession that this one belongs to */
    int32_t part_n;  /* 0: there are no groups */
};
#endif

#endif
