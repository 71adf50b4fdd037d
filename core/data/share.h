/* share.h: the rows of a batch that a process has, where several take each step together. */
#ifndef RN_CORE_DATA_SHARE_H
#define RN_CORE_DATA_SHARE_H

#include <stdint.h>

/* Zero-initialised: one process. */
typedef struct rn_share {
    int32_t process, n_processes;
    int64_t n_ranks; /* devices of all processes, as many in each; 0: one in each */
} rn_share;

/* A stretch of rows. */
typedef struct rn_rows {
    int64_t first, count;
} rn_rows;

static inline int64_t rn_share_ranks(const rn_share *share)
{
    return share->n_ranks > share->n_processes ? share->n_ranks : share->n_processes;
}

/* An equal part of a batch that all ranks can share; process 0 has all of any other. */
static inline rn_rows rn_share_rows(const rn_share *share, int64_t count)
{
    if (share->n_processes <= 1)
        return (rn_rows){ 0, count };
    if (count % rn_share_ranks(share))
        return (rn_rows){ 0, share->process ? 0 : count };
    int64_t n = count / share->n_processes;
    return (rn_rows){ share->process * n, n };
}

#endif
