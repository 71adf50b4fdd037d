/* ranks.h: devices that take steps together: one thread for each but the first, which the calling
 * thread serves. */
#ifndef RN_CORE_DEVICE_RANKS_H
#define RN_CORE_DEVICE_RANKS_H

#include "device/device.h"

typedef struct rn_ranks rn_ranks;

/* One rank's part of a job. */
typedef rn_status rn_rank_job(void *context, int32_t rank);

/* Joins the n opened devices (2 to RN_MAX_RANKS), which outlive the ranks, and starts the
 * threads. */
rn_status rn_ranks_open(rn_device *const *devices, int32_t n, rn_ranks **out);

/* Calls the job once for each rank, all at a time, and returns when all have returned. Where a rank
 * fails, the others are interrupted; the first failure is what is returned then, and by every later
 * call. Allocates nothing. */
rn_status rn_ranks_run(rn_ranks *ranks, rn_rank_job *job, void *context);

/* Ends the threads; the devices are then closed. */
void rn_ranks_close(rn_ranks *ranks);

#endif
